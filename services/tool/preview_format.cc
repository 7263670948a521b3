#include "services/tool/preview_format.h"

#include <algorithm>
#include <map>
#include <sstream>

#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "services/common/scrub.h"
#include "services/tool/results_query.h"
#include "services/tool/text_table.h"

namespace hjerte::tool {
namespace {

using registry::Language;

constexpr std::size_t kExamplesMax = 3;

// Records in quarantine for one reason.
struct Reason {
  registry::Finding finding;
  std::int64_t records = 0;
  std::vector<std::string> keys;
};

const registry::Finding* FirstError(const adapters::QuarantineEntry& entry) {
  const auto error = std::find_if(entry.findings.begin(), entry.findings.end(),
                                  [](const auto& finding) { return finding.severity == registry::Severity::kError; });
  return error != entry.findings.end() ? &*error : nullptr;
}

// By text, since one code may stand for several variables.
std::vector<Reason> ReasonsOf(const std::vector<adapters::QuarantineEntry>& quarantine) {
  std::map<std::string, Reason> by_text;
  for (const adapters::QuarantineEntry& entry : quarantine) {
    const registry::Finding* error = FirstError(entry);
    if (error == nullptr) continue;
    Reason& reason = by_text[error->code + "|" + error->text.en];
    reason.finding = *error;
    ++reason.records;
    if (reason.keys.size() < kExamplesMax) reason.keys.push_back(common::ScrubCpr(entry.key));
  }
  std::vector<Reason> reasons;
  for (auto& [text, reason] : by_text) reasons.push_back(std::move(reason));
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const Reason& left, const Reason& right) { return left.records > right.records; });
  return reasons;
}

// "240-1, 240-2, 240-3 …"
std::string Examples(const std::vector<std::string>& keys, std::int64_t of) {
  if (keys.empty()) return "";
  std::string text;
  for (const std::string& key : keys) text += (text.empty() ? "" : ", ") + key;
  return text + (static_cast<std::int64_t>(keys.size()) < of ? " …" : "");
}

void WriteLine(std::int64_t count, const registry::Finding& finding, const std::string& examples, Language language,
               std::ostream& out) {
  out << "  " << count << " × " << finding.code << (examples.empty() ? "" : "  (" + examples + ")") << "\n      "
      << finding.text.In(language) << "\n";
}

void WriteTallies(const std::vector<FindingTally>& tallies, std::string_view title, Language language,
                  std::ostream& out) {
  if (tallies.empty()) return;
  out << "\n" << title << "\n";
  for (const FindingTally& tally : tallies) {
    WriteLine(tally.count, tally.finding, Examples(tally.courses, tally.count), language, out);
  }
}

json::Value Text(json::Arena& arena, std::string_view text) { return json::Value::String(arena.CopyText(text)); }
json::Value Number(json::Arena& arena, std::int64_t number) {
  return json::Value::Number(arena.CopyText(std::to_string(number)));
}

json::Value FindingJson(json::Arena& arena, const registry::Finding& finding) {
  json::Value object = json::Value::Object(arena);
  object.Add(arena, "code", Text(arena, finding.code));
  object.Add(arena, "severity", Text(arena, registry::SeverityName(finding.severity)));
  object.Add(arena, "location", Text(arena, finding.location));
  object.Add(arena, "variable", Text(arena, finding.variable));
  object.Add(arena, "da", Text(arena, finding.text.da));
  object.Add(arena, "en", Text(arena, finding.text.en));
  return object;
}

json::Value TalliesJson(json::Arena& arena, const std::vector<FindingTally>& tallies) {
  json::Value list = json::Value::Array(arena);
  for (const FindingTally& tally : tallies) {
    json::Value object = FindingJson(arena, tally.finding);
    object.Add(arena, "count", Number(arena, tally.count));
    json::Value courses = json::Value::Array(arena);
    for (const std::string& course : tally.courses) courses.Append(arena, Text(arena, course));
    object.Add(arena, "courses", courses);
    list.Append(arena, object);
  }
  return list;
}

json::Value CountsJson(json::Arena& arena, const std::vector<std::pair<const char*, std::int64_t>>& counts) {
  json::Value object = json::Value::Object(arena);
  for (const auto& [name, count] : counts) object.Add(arena, name, Number(arena, count));
  return object;
}

json::Value QuarantineJson(json::Arena& arena, const std::vector<adapters::QuarantineEntry>& quarantine) {
  json::Value list = json::Value::Array(arena);
  for (const adapters::QuarantineEntry& entry : quarantine) {
    json::Value object = json::Value::Object(arena);
    object.Add(arena, "key", Text(arena, common::ScrubCpr(entry.key)));
    object.Add(arena, "refused_by_registry", json::Value::Bool(entry.kind == adapters::QuarantineKind::kDelivery));
    json::Value findings = json::Value::Array(arena);
    for (const registry::Finding& finding : entry.findings) findings.Append(arena, FindingJson(arena, finding));
    object.Add(arena, "findings", findings);
    list.Append(arena, object);
  }
  return list;
}

}  // namespace

void WriteAccount(const PreviewAccount& account, Language language, std::ostream& out) {
  const adapters::CourseCounts& courses = account.adapter.courses;
  out << Say(language, "Læst: ", "Read: ") << account.adapter.pipeline.records_read
      << Say(language, " poster. Forløb: ", " records. Courses: ") << courses.sent
      << Say(language, " ville blive sendt, ", " would be sent, ") << courses.out_of_scope
      << Say(language, " er uden for registret og sendes ikke, ", " are out of scope and not sent, ") << courses.waiting
      << Say(language, " kan ikke bedømmes endnu, ", " cannot be judged yet, ") << courses.retracted
      << Say(language, " er taget tilbage.\n", " were taken back.\n");
  if (account.adapter.quarantined > 0) {
    out << "\n"
        << Say(language, "I karantæne: ", "In quarantine: ") << account.adapter.quarantined
        << Say(language, " poster. De tælles først, når de er rettet i omsorgssystemet:\n",
               " records. They count once they are corrected in the care system:\n");
    for (const Reason& reason : ReasonsOf(account.quarantine)) {
      WriteLine(reason.records, reason.finding, Examples(reason.keys, reason.records), language, out);
    }
  }
  WriteTallies(account.course_findings,
               Say(language, "Fund på forløb (det, der mangler, gør indikatorer uoplyste):",
                   "Findings on courses (what is missing makes indicators unknown):"),
               language, out);
  WriteTallies(account.report_warnings,
               Say(language, "Advarsler, der ville følge med indberetninger (antal indberetninger):",
                   "Warnings that would travel with reports (number of reports):"),
               language, out);
}

absl::Status WritePreviewJson(const hjertegateway::v1::GetResultsResponse& results, const PreviewAccount& account,
                              std::ostream& out) {
  std::ostringstream text;
  if (absl::Status status = WriteJson(results, text); !status.ok()) return status;
  json::Arena arena;
  const std::string parsed_from = text.str();
  const auto parsed = json::ParseInto(arena, parsed_from);
  if (!parsed.ok()) return parsed.status();
  const adapters::CourseCounts& courses = account.adapter.courses;
  json::Value object = json::Value::Object(arena);
  object.Add(arena, "records",
             CountsJson(arena, {{"read", account.adapter.pipeline.records_read},
                                {"quarantined", account.adapter.quarantined}}));
  object.Add(arena, "courses",
             CountsJson(arena, {{"sent", courses.sent},
                                {"out_of_scope", courses.out_of_scope},
                                {"cannot_be_judged_yet", courses.waiting},
                                {"retracted", courses.retracted}}));
  object.Add(arena, "quarantine", QuarantineJson(arena, account.quarantine));
  object.Add(arena, "course_findings", TalliesJson(arena, account.course_findings));
  object.Add(arena, "report_warnings", TalliesJson(arena, account.report_warnings));
  object.Add(arena, "results", *parsed);
  out << json::Write(object, json::Indent::kTwoSpaces) << "\n";
  return absl::OkStatus();
}

}  // namespace hjerte::tool
