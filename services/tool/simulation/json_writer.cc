// Nested JSON, one file for each wave: the first and last complete, those between hold what changed.
#include <fstream>
#include <vector>

#include "services/tool/simulation/closing_reason.h"
#include "services/tool/simulation/export_text.h"
#include "services/tool/simulation/extract_writer.h"
#include "services/tool/simulation/snapshot.h"

namespace hjerte::tool {
namespace {

void OptionalDate(JsonText& json, std::string_view key, const std::optional<Day>& day) {
  if (day) json.Text(key, IsoDate(*day));
}

void OfferText(JsonText& json, std::string_view key, Offer offer) {
  constexpr const char* kTexts[] = {"", "ja", "nej", "afslaaet", "ikke-relevant"};
  if (offer != Offer::kMissing) json.Text(key, kTexts[static_cast<size_t>(offer)]);
}

std::string ClosureText(const Course& course) {
  if (course.closure == Closure::kCompleted) return "gennemfoert";
  if (course.closure == Closure::kTransferred) return "overflyttet";
  if (course.closure == Closure::kDied) return "doed";
  if (course.closure == Closure::kStopped && course.stop_reason >= 0) {
    return std::string(kClosingReasons[course.stop_reason].code);
  }
  return {};
}

void WriteCitizen(JsonText& json, const Course& course) {
  json.Object("borger").Text("cpr", CprToExport(course));
  json.Text("kommune", course.fault == RowFault::kUnknownMunicipality ? "9999" : course.residence);
  OptionalDate(json, "doedsdato", course.death);
  json.End();
}

void WriteReferral(JsonText& json, const Course& course) {
  constexpr const char* kFrom[] = {"sygehus", "laege", "selv"};
  json.Object("henvisning");
  if (course.fault == RowFault::kImpossibleDate) {
    json.Text("dato", "2021-02-31");
  } else if (course.fault == RowFault::kFutureDate) {
    json.Text("dato", "2199-02-01");
  } else {
    OptionalDate(json, "dato", course.referral);
  }
  json.Text("fra", kFrom[static_cast<size_t>(course.referral_source)]).End();
}

void WriteProgress(JsonText& json, const Course& course) {
  constexpr const char* kStates[] = {"henvist", "aktiv", "afsluttet", "afbrudt", "fejl"};
  json.Object("forloeb");
  OptionalDate(json, "start", course.start);
  OptionalDate(json, "slut", EndToExport(course));
  const bool unknown = course.fault == RowFault::kUnknownStatus;
  json.Text("tilstand", unknown ? "pauseret" : kStates[static_cast<size_t>(course.status)]);
  if (const std::string reason = ClosureText(course); !reason.empty()) json.Text("aarsag", reason);
  if (!course.transferred_to.empty()) json.Text("overflyttetTil", course.transferred_to);
  json.End();
  json.Object("tilbud");
  OfferText(json, "traening", course.offers.training);
  OfferText(json, "diaet", course.offers.diet);
  OfferText(json, "rygestop", course.offers.smoking_cessation);
  OfferText(json, "uddannelse", course.offers.education);
  OfferText(json, "psykosocial", course.offers.psychosocial);
  json.End();
}

// Writes sessions and measurements and returns the time of the newest change.
LocalTime WriteEvents(JsonText& json, const Course& course) {
  constexpr const char* kStatus[] = {"planlagt", "holdt", "aflyst", "fejl"};
  constexpr const char* kBy[] = {"", "leverandoer", "borger", "udeblevet"};
  constexpr const char* kSmoking[] = {"", "smoker", "former", "never", "unknown"};
  LocalTime changed = course.changed;
  json.Array("traeninger");
  for (const Session& session : course.sessions) {
    json.Object().Text("id", course.key + "-T" + std::to_string(session.number)).Text("dato", IsoDate(session.date));
    json.Text("status", kStatus[static_cast<size_t>(session.status)]);
    if (session.status == SessionStatus::kCancelled && session.cancelled_by != CancelledBy::kUnknown) {
      json.Text("aflystAf", kBy[static_cast<size_t>(session.cancelled_by)]);
    }
    json.End();
    changed = std::max(changed, session.changed);
  }
  json.End().Array("maalinger");
  for (const Measurement& measurement : course.measurements) {
    const ExportedValue exported = ValueToExport(measurement);
    json.Object()
        .Text("id", course.key + "-M" + std::to_string(measurement.number))
        .Text("dato", IsoDate(measurement.date));
    json.Text("punkt", measurement.point == Point::kStart ? "start" : "slut").Text("kode", VariableId(measurement));
    if (measurement.test == Measure::kSmoking) {
      json.Text("vaerdi", kSmoking[static_cast<size_t>(measurement.smoking)]);
    } else {
      json.Raw("vaerdi", DecimalText(exported.value, '.')).Text("enhed", exported.unit);
    }
    json.End();
    changed = std::max(changed, measurement.changed);
  }
  json.End();
  return changed;
}

std::string CourseText(const Course& course) {
  JsonText json;
  json.Object().Text("id", course.key);
  WriteCitizen(json, course);
  json.Text("leverandoer", course.provider_sor);
  json.Text("lov", course.legal_basis == LegalBasis::kS119 ? "119" : "140");
  WriteReferral(json, course);
  json.Text("diagnose", course.diagnosis);
  if (!course.procedure.empty()) json.Text("procedure", course.procedure);
  WriteProgress(json, course);
  const LocalTime changed = WriteEvents(json, course);
  json.Text("aendret", UtcInstant(changed)).End();
  return json.Take();
}

class JsonWriter : public ExtractWriter {
 public:
  JsonWriter(const std::filesystem::path& folder, const Municipality& municipality, const Calendar& calendar)
      : municipality_(municipality), calendar_(calendar) {
    for (int wave = 0; wave <= calendar.LastWave(); ++wave) {
      const LocalTime taken = At(calendar.extracts[static_cast<size_t>(wave)], 23, 0);
      File& file = waves_.emplace_back();
      file.out.open(folder / ("forloeb-" + IsoDate(DayOfTime(taken)) + ".json"), std::ios::binary);
      file.out << "{\"udtraek\":\"" << UtcInstant(taken) << "\",\"komplet\":" << (IsComplete(wave) ? "true" : "false")
               << ",\"forloeb\":[";
    }
  }

  void Add(const Course& course) override {
    std::string before;
    for (int wave = 0; wave <= calendar_.LastWave(); ++wave) {
      const auto seen = AsKnownOn(course, calendar_, calendar_.extracts[static_cast<size_t>(wave)]);
      if (!seen) continue;
      std::string text = CourseText(*seen);
      if (IsComplete(wave) || text != before) {
        Write(waves_[static_cast<size_t>(wave)], text);
        if (IsDoubled(course.key, 0)) Write(waves_[static_cast<size_t>(wave)], text);
      }
      before = std::move(text);
    }
  }

  absl::Status Finish() override {
    for (File& file : waves_) {
      file.out << "\n]}\n";
      file.out.close();
      if (!file.out)
        return absl::InternalError(municipality_.code + ": an extract cannot be written; is the disk full?");
    }
    return absl::OkStatus();
  }

 private:
  struct File {
    std::ofstream out;
    bool empty = true;
  };

  bool IsComplete(int wave) const { return wave == 0 || wave == calendar_.LastWave(); }

  static void Write(File& file, const std::string& text) {
    file.out << (file.empty ? "\n" : ",\n") << text;
    file.empty = false;
  }

  const Municipality& municipality_;
  const Calendar& calendar_;
  std::vector<File> waves_;
};

}  // namespace

std::unique_ptr<ExtractWriter> MakeJsonWriter(const std::filesystem::path& folder, const Municipality& municipality,
                                              const Calendar& calendar) {
  return std::make_unique<JsonWriter>(folder, municipality, calendar);
}

}  // namespace hjerte::tool
