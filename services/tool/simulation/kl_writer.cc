// KL delivery reports (sections 119 and 140) and, beside them, the second Bundle of cardiac resources: one Bundle a
// file.
#include <fstream>
#include <set>

#include "services/tool/simulation/export_text.h"
#include "services/tool/simulation/extract_writer.h"
#include "services/tool/simulation/kl_reports.h"
#include "services/tool/simulation/snapshot.h"

namespace hjerte::tool {
namespace {

class KlWriter : public ExtractWriter {
 public:
  KlWriter(const std::filesystem::path& folder, const Municipality& municipality, const Calendar& calendar)
      : folder_(folder), municipality_(municipality), calendar_(calendar) {}

  void Add(const Course& course) override {
    KlReports reports(municipality_);
    for (const Day day : DaysOf(course)) {
      const auto seen = AsKnownOn(course, calendar_, day);
      if (!seen) continue;
      for (const KlFile& file : reports.On(day, *seen)) {
        Write(file.id + ".json", file.json);
        if (IsDoubled(course.key, day)) Write(file.id + "-igen.json", file.json);
      }
    }
  }

  absl::Status Finish() override {
    if (failed_) return absl::InternalError(municipality_.code + ": a report cannot be written; is the disk full?");
    return absl::OkStatus();
  }

 private:
  // The days on which something happened or was corrected.
  std::set<Day> DaysOf(const Course& course) const {
    std::set<Day> days = {*course.referral};
    if (course.start) days.insert(*course.start + 1);
    if (course.end) days.insert(*course.end);
    for (int wave = 0; wave <= calendar_.LastWave(); ++wave) {
      days.insert(calendar_.CorrectionDay(wave));
      days.insert(calendar_.extracts[static_cast<size_t>(wave)]);
    }
    days.erase(days.upper_bound(calendar_.extracts.back()), days.end());
    return days;
  }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream out(folder_ / name, std::ios::binary);
    out << text << '\n';
    out.close();
    failed_ = failed_ || !out;
  }

  const std::filesystem::path folder_;
  const Municipality& municipality_;
  const Calendar& calendar_;
  bool failed_ = false;
};

}  // namespace

std::unique_ptr<ExtractWriter> MakeKlWriter(const std::filesystem::path& folder, const Municipality& municipality,
                                            const Calendar& calendar) {
  return std::make_unique<KlWriter>(folder, municipality, calendar);
}

std::unique_ptr<ExtractWriter> MakeExtractWriter(const std::filesystem::path& folder, const Municipality& municipality,
                                                 const Calendar& calendar) {
  switch (municipality.format) {
    case Format::kCsv:
      return MakeCsvWriter(folder, municipality, calendar);
    case Format::kJson:
      return MakeJsonWriter(folder, municipality, calendar);
    case Format::kKl:
      break;
  }
  return MakeKlWriter(folder, municipality, calendar);
}

}  // namespace hjerte::tool
