// Three CSV files as Danish care systems export them: semicolons, decimal comma, dd-mm-yyyy.
#include <fstream>
#include <vector>

#include "services/tool/simulation/closing_reason.h"
#include "services/tool/simulation/export_text.h"
#include "services/tool/simulation/extract_writer.h"
#include "services/tool/simulation/snapshot.h"

namespace hjerte::tool {
namespace {

constexpr const char* kCourseHeader =
    "ForløbsID;CPR;Kommunekode;Leverandør SOR;Lovgrundlag;Henvisningsdato;Henvist fra;Diagnosekode;Procedurekode;"
    "Startdato;Slutdato;Status;Afslutningsårsag;Overflyttet til;Dødsdato;Træning;Diætbehandling;Rygestoptilbud;"
    "Patientuddannelse;Psykosocialt tilbud;Bemærkning;Ændret\r\n";
constexpr const char* kSessionHeader = "SessionsID;ForløbsID;Dato;Status;Aflyst af;Ændret\r\n";
constexpr const char* kMeasurementHeader = "MålingsID;ForløbsID;Dato;Tidspunkt;Type;Værdi;Enhed;Ændret\r\n";

// The text uses Latin-1 letters and the dash alone, so this table is whole for it.
std::string ToWindows1252(const std::string& utf8) {
  std::string out;
  for (size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x80) {
      out += utf8[i];
    } else if (byte == 0xE2) {
      out += '\x96';
      i += 2;
    } else {
      out += static_cast<char>((byte & 0x03) << 6 | (static_cast<unsigned char>(utf8[++i]) & 0x3F));
    }
  }
  return out;
}

std::string Quoted(const std::string& text) {
  if (text.find_first_of(";\"\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string OptionalDate(const std::optional<Day>& day) { return day ? DanishDate(*day) : std::string(); }

const char* OfferText(Offer offer) {
  constexpr const char* kTexts[] = {"", "Ja", "Nej", "Afslået", "Ikke relevant"};
  return kTexts[static_cast<size_t>(offer)];
}

std::string ClosureText(const Course& course) {
  if (course.closure == Closure::kCompleted) return "Gennemført";
  if (course.closure == Closure::kTransferred) return "Overflyttet";
  if (course.closure == Closure::kDied) return "Død";
  if (course.closure == Closure::kStopped && course.stop_reason >= 0) {
    return std::string(kClosingReasons[course.stop_reason].danish);
  }
  return {};
}

std::string StatusText(const Course& course) {
  if (course.fault == RowFault::kUnknownStatus) return "Pauseret";
  constexpr const char* kTexts[] = {"Henvist", "I gang", "Afsluttet", "Afbrudt", "Fejlregistreret"};
  return kTexts[static_cast<size_t>(course.status)];
}

std::string ReferralText(const Course& course) {
  if (course.fault == RowFault::kImpossibleDate) return "31-02-2021";
  if (course.fault == RowFault::kFutureDate) return "01-02-2199";
  return OptionalDate(course.referral);
}

std::string CourseLine(const Course& course) {
  constexpr const char* kFrom[] = {"Hospital", "Praktiserende læge", "Borger"};
  const Offers& offers = course.offers;
  std::string line;
  for (const std::string& field :
       {course.key,
        CprToExport(course),
        course.fault == RowFault::kUnknownMunicipality ? std::string("9999") : course.residence,
        course.provider_sor,
        std::string(course.legal_basis == LegalBasis::kS119 ? "§119" : "§140"),
        ReferralText(course),
        std::string(kFrom[static_cast<size_t>(course.referral_source)]),
        course.diagnosis,
        course.procedure,
        OptionalDate(course.start),
        OptionalDate(EndToExport(course)),
        StatusText(course),
        ClosureText(course),
        course.transferred_to,
        OptionalDate(course.death),
        std::string(OfferText(offers.training)),
        std::string(OfferText(offers.diet)),
        std::string(OfferText(offers.smoking_cessation)),
        std::string(OfferText(offers.education)),
        std::string(OfferText(offers.psychosocial)),
        Quoted(course.remark)}) {
    line += field;
    line += ';';
  }
  return line + DanishTime(course.changed) + "\r\n";
}

std::string SessionLine(const Course& course, const Session& session) {
  constexpr const char* kStatus[] = {"Planlagt", "Gennemført", "Aflyst", "Fejlregistreret"};
  constexpr const char* kBy[] = {"", "Leverandør", "Borger", "Udeblevet"};
  const bool cancelled = session.status == SessionStatus::kCancelled;
  return course.key + "-S" + std::to_string(session.number) + ";" + course.key + ";" + DanishDate(session.date) + ";" +
         kStatus[static_cast<size_t>(session.status)] + ";" +
         (cancelled ? kBy[static_cast<size_t>(session.cancelled_by)] : "") + ";" + DanishTime(session.changed) + "\r\n";
}

std::string TypeText(const Measurement& measurement) {
  constexpr const char* kTypes[] = {"6MWT",
                                    "Ergometer",
                                    "MET",
                                    "Rejse-sætte-sig",
                                    "Rygning",
                                    "Vægt",
                                    "Højde",
                                    "Livvidde",
                                    "Systolisk",
                                    "Diastolisk",
                                    "LDL",
                                    "HADS-A",
                                    "HADS-D",
                                    "HeartQoL-",
                                    "HjerteKost-fedt",
                                    "HjerteKost-fisk-frugt-grønt"};
  const std::string type = kTypes[static_cast<size_t>(measurement.test)];
  return measurement.test == Measure::kHeartQol ? type + std::to_string(measurement.item) : type;
}

std::string MeasurementLine(const Course& course, const Measurement& measurement) {
  constexpr const char* kSmoking[] = {"", "Ryger", "Tidligere ryger", "Aldrig røget", "Ukendt"};
  const ExportedValue exported = ValueToExport(measurement);
  const std::string value = measurement.test == Measure::kSmoking ? kSmoking[static_cast<size_t>(measurement.smoking)]
                                                                  : DecimalText(exported.value, ',');
  return course.key + "-M" + std::to_string(measurement.number) + ";" + course.key + ";" +
         DanishDate(measurement.date) + ";" + (measurement.point == Point::kStart ? "Start" : "Slut") + ";" +
         TypeText(measurement) + ";" + value + ";" + std::string(exported.unit) + ";" +
         DanishTime(measurement.changed) + "\r\n";
}

class CsvWriter : public ExtractWriter {
 public:
  CsvWriter(const std::filesystem::path& folder, const Municipality& municipality, const Calendar& calendar)
      : municipality_(municipality), calendar_(calendar) {
    for (int wave = 0; wave <= calendar.LastWave(); ++wave) {
      const std::filesystem::path place = folder / ("wave-" + std::to_string(wave + 1));
      std::filesystem::create_directories(place);
      Files& files = waves_.emplace_back();
      Open(files.courses, place / "forloeb.csv", kCourseHeader);
      Open(files.sessions, place / "sessioner.csv", kSessionHeader);
      Open(files.measurements, place / "maalinger.csv", kMeasurementHeader);
    }
  }

  void Add(const Course& course) override {
    for (int wave = 0; wave <= calendar_.LastWave(); ++wave) {
      const auto seen = AsKnownOn(course, calendar_, calendar_.extracts[static_cast<size_t>(wave)]);
      if (!seen) continue;
      Files& files = waves_[static_cast<size_t>(wave)];
      Write(files.courses, CourseLine(*seen), IsDoubled(course.key, 0));
      for (const Session& session : seen->sessions) {
        Write(files.sessions, SessionLine(*seen, session), IsDoubled(course.key, session.number));
      }
      for (const Measurement& measurement : seen->measurements) {
        Write(files.measurements, MeasurementLine(*seen, measurement), IsDoubled(course.key, -measurement.number));
      }
    }
  }

  absl::Status Finish() override {
    for (Files& files : waves_) {
      for (std::ofstream* file : {&files.courses, &files.sessions, &files.measurements}) {
        file->close();
        if (!*file)
          return absl::InternalError(municipality_.code + ": an extract cannot be written; is the disk full?");
      }
    }
    return absl::OkStatus();
  }

 private:
  struct Files {
    std::ofstream courses;
    std::ofstream sessions;
    std::ofstream measurements;
  };

  void Open(std::ofstream& file, const std::filesystem::path& path, const char* header) const {
    file.open(path, std::ios::binary);
    if (municipality_.encoding == Encoding::kUtf8Bom) file << "\xEF\xBB\xBF";
    Write(file, header, false);
  }

  void Write(std::ofstream& file, const std::string& line, bool twice) const {
    const std::string text = municipality_.encoding == Encoding::kWindows1252 ? ToWindows1252(line) : line;
    file << text;
    if (twice) file << text;
  }

  const Municipality& municipality_;
  const Calendar& calendar_;
  std::vector<Files> waves_;
};

}  // namespace

std::unique_ptr<ExtractWriter> MakeCsvWriter(const std::filesystem::path& folder, const Municipality& municipality,
                                             const Calendar& calendar) {
  return std::make_unique<CsvWriter>(folder, municipality, calendar);
}

}  // namespace hjerte::tool
