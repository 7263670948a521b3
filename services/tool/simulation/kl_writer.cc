// KL delivery reports (sections 119 and 140) and, beside them, the second Bundle of cardiac resources: one Bundle a
// file.
#include <fstream>
#include <map>
#include <set>

#include "services/tool/simulation/export_text.h"
#include "services/tool/simulation/extract_writer.h"
#include "services/tool/simulation/kl_resources.h"
#include "services/tool/simulation/snapshot.h"

namespace hjerte::tool {
namespace {

class KlWriter : public ExtractWriter {
 public:
  KlWriter(const std::filesystem::path& folder, const Municipality& municipality, const Calendar& calendar)
      : folder_(folder), municipality_(municipality), calendar_(calendar) {}

  // A report for each day on which something happened or was corrected, with the resources that changed since the last.
  void Add(const Course& course) override {
    sent_.clear();
    bool faulty_before = false;
    for (const Day day : DaysOf(course)) {
      const auto seen = AsKnownOn(course, calendar_, day);
      if (!seen) continue;
      const bool faulty = seen->fault != RowFault::kNone;
      // What was refused as a whole is sent again as a whole.
      if (faulty_before && !faulty) sent_.clear();
      faulty_before = faulty;
      Report(*seen, day);
    }
  }

  absl::Status Finish() override {
    if (failed_) return absl::InternalError(municipality_.code + ": a report cannot be written; is the disk full?");
    return absl::OkStatus();
  }

 private:
  // The days are in order, so the reports' stamps are too; the files' names are not.
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

  void Report(const Course& seen, Day day) {
    std::vector<const KlResource*> frame;
    std::vector<const KlResource*> report;
    std::vector<const KlResource*> cardiac;
    const std::vector<KlResource> resources = KlResourcesOf(seen, municipality_);
    bool frame_changed = false;
    for (const KlResource& resource : resources) {
      if (resource.frame) frame.push_back(&resource);
      if (resource.faulty) {
        if (sent_.emplace("refused " + resource.id, "").second) {
          Write(seen, day, "refused" + resource.id, frame, {&resource}, true);
        }
        continue;
      }
      std::string& last = sent_[resource.id];
      if (last == resource.json) continue;
      last = resource.json;
      if (resource.frame) frame_changed = true;
      if (!resource.frame && resource.bundle == KlBundle::kDeliveryReport) report.push_back(&resource);
      if (!resource.frame && resource.bundle == KlBundle::kCardiac) cardiac.push_back(&resource);
    }
    if (frame_changed || !report.empty()) Write(seen, day, "report", frame, report, false);
    if (!cardiac.empty()) Write(seen, day, "cardiac", frame, cardiac, true);
  }

  void Write(const Course& seen, Day day, const std::string& name, const std::vector<const KlResource*>& frame,
             const std::vector<const KlResource*>& changed, bool cardiac) {
    const std::string id = NamedUuid(seen.key, name + IsoDate(day));
    const std::string server = "https://omsorg.example.dk/fhir/";
    JsonText json;
    json.Object().Text("resourceType", "Bundle").Text("id", id).Object("meta").Array("profile");
    const std::string section = seen.legal_basis == LegalBasis::kS119 ? "klgateway-119-" : "klgateway-140-";
    json.Text("", cardiac ? "http://hjertegateway.dk/fhir/StructureDefinition/cardiac-rehabilitation-report"
                          : KlProfileBase(seen.legal_basis) + section + "delivery-report");
    json.End().End().Text("type", "collection").Text("timestamp", UtcInstant(At(day, 21, 25)));
    json.Array("entry");
    for (const auto* resources : {&frame, &changed}) {
      for (const KlResource* resource : *resources) {
        json.Object().Text("fullUrl", server + resource->type + "/" + resource->id);
        json.Raw("resource", resource->json).End();
      }
    }
    json.End().End();
    const std::string text = json.Take();
    WriteFile(folder_ / (id + ".json"), text);
    if (IsDoubled(seen.key, day)) WriteFile(folder_ / (id + "-igen.json"), text);
  }

  void WriteFile(const std::filesystem::path& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary);
    out << text << '\n';
    out.close();
    failed_ = failed_ || !out;
  }

  const std::filesystem::path folder_;
  const Municipality& municipality_;
  const Calendar& calendar_;
  std::map<std::string, std::string> sent_;
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
