#include "services/tool/simulation/simulate.h"

#include <algorithm>
#include <fstream>

#include "services/tool/simulation/course_maker.h"
#include "services/tool/simulation/extract_writer.h"
#include "services/tool/simulation/snapshot.h"
#include "services/tool/simulation/truth.h"

namespace hjerte::tool {
namespace {

// Neighbours in the list are neighbours on the map, so that clusters and regions hold several of them.
std::vector<Municipality> ChooseMunicipalities(const SimulationOptions& options, const Geography& geography) {
  Chance chance(options.seed, 0x90);
  const auto total = static_cast<int64_t>(geography.codes.size());
  const auto count = std::min<int64_t>(options.municipalities, total);
  const int64_t first = chance.Below(total - count + 1);
  std::vector<Municipality> chosen;
  for (int64_t i = 0; i < count; ++i) {
    Municipality municipality;
    municipality.code = geography.codes[static_cast<size_t>(first + i)];
    municipality.name = geography.places.at(municipality.code).name;
    const auto round = i / static_cast<int64_t>(options.formats.size());
    municipality.format = options.formats[static_cast<size_t>(i) % options.formats.size()];
    constexpr Encoding kEncodings[] = {Encoding::kWindows1252, Encoding::kUtf8Bom, Encoding::kUtf8};
    municipality.encoding = kEncodings[round % 3];
    municipality.second_bundle = round % 2 == 0;
    municipality.sor = "4510" + municipality.code + "1600" + std::to_string(chance.Between(10, 99)) + "3";
    municipality.courses = static_cast<int>(options.courses * (i + 1) / count - options.courses * i / count);
    chosen.push_back(municipality);
  }
  return chosen;
}

const char* FormatId(Format format) {
  constexpr const char* kIds[] = {"csv", "json", "kl"};
  return kIds[static_cast<size_t>(format)];
}

void WriteSources(const std::filesystem::path& path, const std::vector<Municipality>& municipalities) {
  constexpr const char* kEncodings[] = {"utf-8", "utf-8-bom", "windows-1252"};
  std::ofstream out(path, std::ios::binary);
  out << "code,name,format,encoding,second_bundle,sor,courses\n";
  for (const Municipality& municipality : municipalities) {
    const bool csv = municipality.format == Format::kCsv;
    const bool second = municipality.format == Format::kKl && municipality.second_bundle;
    out << municipality.code << ',' << municipality.name << ',' << FormatId(municipality.format) << ','
        << (csv ? kEncodings[static_cast<size_t>(municipality.encoding)] : "utf-8") << ',' << (second ? "yes" : "no")
        << ',' << municipality.sor << ',' << municipality.courses << '\n';
  }
}

std::string StateText(const Answer& answer) {
  constexpr const char* kStates[] = {"not-applicable", "excluded", "unknown", "no", "yes"};
  std::string text = kStates[static_cast<size_t>(answer.state)];
  if (answer.state == State::kExcluded) text += std::string(":") + kReasonIds[static_cast<size_t>(answer.reason)];
  return text;
}

class Simulation {
 public:
  Simulation(const SimulationOptions& options, const Geography& geography)
      : options_(options),
        calendar_(MakeCalendar(options.first_year, options.last_year, options.waves)),
        municipalities_(ChooseMunicipalities(options, geography)),
        maker_(options.seed, options.first_year, options.last_year, calendar_, municipalities_),
        truth_(geography, options.first_year, options.last_year) {}

  absl::StatusOr<SimulationSummary> Run(const std::function<void(int64_t)>& progress) {
    WriteSources(options_.out / "sources.csv", municipalities_);
    citizens_.open(options_.out / "citizens.txt", std::ios::binary);
    judged_.open(options_.out / "courses_truth.csv", std::ios::binary);
    judged_ << "authority,course_key,known,closed,age,sex,diagnosis_group,legal_basis,residence,entered_in_error,K1,K2,"
               "K3,K4,K5,K6\n";
    for (size_t i = 0; i < municipalities_.size(); ++i) {
      const Municipality& municipality = municipalities_[i];
      const std::filesystem::path folder = options_.out / municipality.code;
      std::filesystem::create_directories(folder);
      const auto writer = MakeExtractWriter(folder, municipality, calendar_);
      for (int index = 0; index < municipality.courses; ++index) {
        const Course course = maker_.Make(i, index);
        writer->Add(course);
        Count(course, municipality);
        progress(summary_.courses);
      }
      if (absl::Status status = writer->Finish(); !status.ok()) return status;
    }
    citizens_.close();
    judged_.close();
    if (!citizens_ || !judged_)
      return absl::InternalError(options_.out.string() + ": cannot be written; is the disk full?");
    if (absl::Status status = truth_.Write(options_.out / "truth.csv"); !status.ok()) return status;
    return summary_;
  }

 private:
  void Count(const Course& course, const Municipality& municipality) {
    ++summary_.courses;
    summary_.sessions += static_cast<int64_t>(course.sessions.size());
    summary_.measurements += static_cast<int64_t>(course.measurements.size());
    citizens_ << course.cpr << '\n';
    const auto last = AsKnownOn(course, calendar_, calendar_.extracts.back());
    if (!last) return;
    const Judged judged = Judge(*last, municipality);
    truth_.Add(judged, *last);
    summary_.population += judged.in_population;
    judged_ << municipality.code << ',' << course.key << ',' << (judged.known ? "yes" : "no") << ','
            << (judged.closed != 0 ? IsoDate(judged.closed) : "") << ',' << judged.age << ','
            << (course.male ? "male" : "female") << ',' << GroupId(judged.group) << ','
            << LegalBasisId(course.legal_basis) << ',' << course.residence;
    judged_ << (last->status == RowStatus::kEnteredInError ? ",yes" : ",no");
    for (const Answer& answer : judged.answers) judged_ << ',' << StateText(answer);
    judged_ << '\n';
  }

  const SimulationOptions& options_;
  const Calendar calendar_;
  const std::vector<Municipality> municipalities_;
  CourseMaker maker_;
  Truth truth_;
  SimulationSummary summary_;
  std::ofstream citizens_;
  std::ofstream judged_;
};

}  // namespace

absl::StatusOr<SimulationSummary> Simulate(const SimulationOptions& options, const Geography& geography,
                                           const std::function<void(int64_t)>& progress) {
  std::error_code error;
  if (std::filesystem::exists(options.out, error) && !std::filesystem::is_empty(options.out, error)) {
    return absl::AlreadyExistsError(options.out.string() + ": is not empty; name a folder of its own with --out");
  }
  std::filesystem::create_directories(options.out, error);
  if (error) return absl::InvalidArgumentError(options.out.string() + ": cannot be made: " + error.message());
  return Simulation(options, geography).Run(progress);
}

}  // namespace hjerte::tool
