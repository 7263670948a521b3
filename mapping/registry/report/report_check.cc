#include "mapping/registry/report/report_check.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "mapping/registry/content/compiled_content.h"
#include "mapping/registry/course/citizen_number.h"
#include "mapping/registry/course/fhir_read.h"
#include "mapping/registry/course/value_reader.h"
#include "mapping/registry/report/finding_list.h"
#include "mapping/registry/report/finding_text.h"
#include "mapping/registry/report/report_shape.h"

namespace hjerte::registry {
namespace {

using fhirpath::Collection;
using fhirpath::Decimal;
using fhirpath::Item;

// The members an expression begins with, as FHIRPath names them: `period.start`, `value` for valueQuantity; what
// follows a function is left out.
std::string LeadingPath(std::string_view source) {
  size_t end = 0;
  size_t last = 0;  // End of the last whole member.
  for (; end < source.size(); ++end) {
    const char c = source[end];
    if (c == '.') last = end;
    if (c != '.' && !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) break;
  }
  std::string path(source.substr(0, end < source.size() && source[end] == '(' ? last : end));
  const size_t start = path.rfind('.') == std::string::npos ? 0 : path.rfind('.') + 1;
  if (path.compare(start, 5, "value") == 0) path.resize(start + 5);
  return path;
}

bool HasValue(const json::Value& focus) {
  for (const json::Member& member : focus.members()) {
    if (member.name.starts_with("value")) return true;
    if (member.name == "answer") {
      for (const json::Value& answer : ListOf(focus, "answer")) {
        if (HasValue(answer)) return true;
      }
    }
  }
  return false;
}

std::optional<Fault> FaultOf(Reading::Kind kind) {
  switch (kind) {
    case Reading::Kind::kWrongType:
      return Fault::kType;
    case Reading::Kind::kWrongUnit:
      return Fault::kUnit;
    case Reading::Kind::kWrongFormat:
      return Fault::kFormat;
    case Reading::Kind::kUnknownCode:
      return Fault::kCode;
    case Reading::Kind::kValue:
    case Reading::Kind::kAbsent:
      break;
  }
  return std::nullopt;
}

// A place in a resource that rules read, and how FHIRPath names it, which must outlive it.
struct Place {
  Role role;
  json::Value focus;
  const std::string& location;
};

class ReportChecker {
 public:
  ReportChecker(const Content& content, const CheckOptions& options)
      : public_content_(content),
        content_(content.compiled()),
        options_(options),
        today_(DayOf(options.received_at_us)),
        findings_(options.max_findings) {
    const size_t set = content_.VariableSetOn(today_);
    variables_ = &content_.variable_sets[set];
    compiled_ = &content_.compiled_variable_sets[set];
    for (const char* name : {"course", "course_key", "authority", "citizen_sex", "assumed_municipality", "stamp_date",
                             "entered_in_error", "day", "deceased_date"}) {
      evaluation_.SetVariable(name, Collection());
    }
    evaluation_.hooks().resolve = [](std::string_view) -> const json::Value* { return nullptr; };
  }

  std::vector<Finding> Run(const json::Value& bundle) {
    if (!CheckBundle(bundle, options_, findings_)) return findings_.Take();
    size_t index = 0;
    for (const json::Value& entry : bundle.Find("entry")->elements()) {
      const std::string location = LocationOfEntry(index++);
      const json::Value* resource = entry.Find("resource");
      if (findings_.full()) break;
      if (resource == nullptr || !resource->is_object()) {
        findings_.Add(ShapeFinding("dhrd-resource-type", location,
                                   "En post har ingen ressource. Ret udtrækket eller kortet.",
                                   "An entry has no resource. Correct the extract or the map."));
        continue;
      }
      CheckResource(*resource, location, options_, findings_);
      resources_.push_back({*resource, 0});
      entries_.push_back(index - 1);
      if (TextOf(*resource, "resourceType") == "Patient") CheckCitizen(*resource, location);
      if (IsEnteredInError(*resource)) continue;
      CheckValues(*resource, location);
      CheckRules(*resource, location);
    }
    CheckOrder();
    return findings_.Take();
  }

 private:
  void CheckCitizen(const json::Value& patient, const std::string& location) {
    const Variable* variable = variables_->Find("cpr");
    if (variable == nullptr) return;
    size_t index = 0;
    size_t numbers = 0;
    for (const json::Value& identifier : ListOf(patient, "identifier")) {
      const std::string at = absl::StrCat(location, ".identifier[", index++, "].value");
      const std::string_view system = TextOf(identifier, "system");
      if (!IsCitizenNumberSystem(system)) continue;
      ++numbers;
      Tell(*variable, Point::kNone, at, "");
      const std::optional<CitizenNumber> number = ParseCitizenNumber(system, TextOf(identifier, "value"));
      if (!number || number->birth_date > today_) {
        findings_.Add(ValueFinding(*variable, Fault::kFormat, at));
      } else if (!number->modulus_11) {
        findings_.Add(ValueFinding(*variable, Fault::kModulus, at));
      }
    }
    if (numbers == 0) findings_.Add(ValueFinding(*variable, Fault::kRequired, location + ".identifier"));
  }

  // The places of a resource and the codings that rules find them by.
  void CheckValues(const json::Value& resource, const std::string& location) {
    const std::string_view type = TextOf(resource, "resourceType");
    if (type == "Patient") return CheckPlain({Role::kPatient, resource, location});
    if (type == "ServiceRequest") return CheckPlain({Role::kReferral, resource, location});
    if (type == "Condition") return CheckPlain({Role::kCondition, resource, location});
    if (type == "Procedure") return CheckPlain({Role::kProcedure, resource, location});
    if (type == "CarePlan") return CheckPlan(resource, location);
    if (type == "Encounter") {
      CheckCoded({Role::kEncounter, resource, location}, resource.Find("type"), resource);
    } else if (type == "Observation") {
      CheckObservation(resource, location);
    } else if (type == "QuestionnaireResponse") {
      size_t index = 0;
      for (const json::Value& item : ListOf(resource, "item")) {
        Done done;
        CheckCoding({Role::kQuestionnaireResponse, item, absl::StrCat(location, ".item[", index++, "]")},
                    {TextOf(resource, "questionnaire"), TextOf(item, "linkId")}, resource, done);
      }
    }
  }

  void CheckPlan(const json::Value& plan, const std::string& location) {
    bool course_plan = false;
    const json::Value* category = plan.Find("category");
    for (const std::string& coding : category != nullptr ? CodingsOf(*category) : std::vector<std::string>()) {
      if (compiled_->follow_up_categories.contains(coding)) return;
      course_plan = course_plan || compiled_->plan_categories.contains(coding);
    }
    if (course_plan) {
      CheckPlain({Role::kOpeningPlan, plan, location});
      CheckPlain({Role::kClosingPlan, plan, location});
      return;
    }
    const json::Value* detail = PlanDetail(plan);
    if (detail != nullptr) CheckCoded({Role::kIntervention, plan, location}, detail->Find("code"), plan);
  }

  void CheckObservation(const json::Value& observation, const std::string& location) {
    if (TextOf(observation, "status") == "cancelled") return;
    bool known = CheckCoded({Role::kObservation, observation, location}, observation.Find("code"), observation);
    size_t index = 0;
    for (const json::Value& component : ListOf(observation, "component")) {
      known |= CheckCoded({Role::kObservation, component, absl::StrCat(location, ".component[", index++, "]")},
                          component.Find("code"), observation);
    }
    if (known) return;
    findings_.Add({Severity::kWarning,
                   "dhrd-observation-unknown",
                   location + ".code",
                   "",
                   {"Målingen hører ikke til variabelsættet og bruges ikke. Tag den ud af udtrækket.",
                    "The measurement is not part of the variable set and is not used. Leave it out of the extract."}});
  }

  // Rules that read every resource of their role.
  void CheckPlain(const Place& place) {
    for (const CompiledVariable& variable : compiled_->variables) {
      for (const SourceRule& rule : variable.rules) {
        if (rule.role == place.role && rule.key.empty()) CheckRule(variable, rule, place, place.focus);
      }
    }
  }

  // Variable and rule of each that was looked at in a place.
  using Done = absl::InlinedVector<std::pair<size_t, size_t>, 8>;

  // Rules found by a coding; true when there is one. `concepts` may be null; `resource` holds point and date.
  bool CheckCoded(const Place& place, const json::Value* concepts, const json::Value& resource) {
    Done done;
    if (concepts == nullptr) return false;
    ForEachCoding(*concepts, [&](const Coding& coding) { CheckCoding(place, coding, resource, done); });
    return !done.empty();
  }

  void CheckCoding(const Place& place, const Coding& coding, const json::Value& resource, Done& done) {
    coding_ = coding.system;
    coding_ += '|';
    coding_ += coding.code;
    const auto& by_coding = compiled_->by_coding[static_cast<size_t>(place.role)];
    const auto found = by_coding.find(coding_);
    if (found == by_coding.end()) return;
    for (const auto& each : found->second) {
      if (std::find(done.begin(), done.end(), each) != done.end()) continue;
      done.push_back(each);
      const CompiledVariable& compiled = compiled_->variables[each.first];
      CheckRule(compiled, compiled.rules[each.second], place, resource);
    }
  }

  void CheckRule(const CompiledVariable& compiled, const SourceRule& rule, const Place& place,
                 const json::Value& resource) {
    if (findings_.full() || compiled.format == Format::kCitizenNumber || rule.marks_assumed || rule.marks_derived)
      return;
    const Variable& variable = variables_->variables[compiled.index];
    if (rule.count) return CheckCounted(variable, rule, place);
    const auto& given = rule.value->variables();
    if (std::find(given.begin(), given.end(), "course_key") != given.end()) {
      // The key is what the referral's identifier says; assembly finds it.
      Tell(variable, Point::kNone, place.location, ".identifier");
    }
    if (rule.where) {
      const absl::StatusOr<std::optional<bool>> applies = rule.where->EvaluateBoolean(place.focus, evaluation_);
      if (!applies.ok() || !applies->has_value() || !**applies) return;
    }
    const absl::StatusOr<Collection> values = rule.value->Evaluate(place.focus, evaluation_);
    const auto at = [&] {
      const std::string path = LeadingPath(rule.value->source());
      return path.empty() ? place.location : absl::StrCat(place.location, ".", path);
    };
    if (!values.ok()) {
      Add(ValueFinding(variable, Fault::kType, at()));
      return;
    }
    if (!variable.points.empty()) CheckMoment(variable, place, resource);
    if (values->empty() && !rule.key.empty() && HasValue(place.focus)) Add(ValueFinding(variable, Fault::kType, at()));
    if (options_.value) TellRead(variable, compiled, rule, place, *values, resource);
    for (const Item& item : *values) {
      if (findings_.full()) return;
      CheckItem(variable, compiled, item, at);
    }
  }

  // Tells the elements that a value was read from: the one its expression begins with, or all that it looks at.
  void TellRead(const Variable& variable, const CompiledVariable& compiled, const SourceRule& rule, const Place& place,
                const Collection& values, const json::Value& resource) const {
    const bool read = std::any_of(values.begin(), values.end(), [&](const Item& item) {
      return ReadValue(content_, variable, compiled, item).has_value();
    });
    if (!read) return;
    const Point point = variable.points.empty() ? Point::kNone : PointOf(resource);
    std::vector<std::string> paths = {LeadingPath(rule.value->source())};
    if (paths.front().empty()) {
      paths = rule.value->member_paths();
      if (rule.where) paths.insert(paths.end(), rule.where->member_paths().begin(), rule.where->member_paths().end());
    }
    for (const std::string& path : paths) Tell(variable, point, place.location, "." + path);
  }

  // The value stands at `member` of what is at `location`.
  void Tell(const Variable& variable, Point point, const std::string& location, const std::string& member) const {
    if (options_.value) options_.value({.variable = variable.id, .point = point, .location = location + member});
  }

  // A resource that is counted: one that took place cannot lie in the future.
  void CheckCounted(const Variable& variable, const SourceRule& rule, const Place& place) {
    if (TextOf(place.focus, "status") != "finished") return;
    const absl::StatusOr<std::optional<bool>> counts = rule.count->EvaluateBoolean(place.focus, evaluation_);
    if (!counts.ok() || !counts->has_value() || !**counts) return;
    Tell(variable, Point::kNone, place.location, ".status");
    const std::optional<Date> day = ParseDay(DateOf(place.focus));
    // Several variables count the same resource; it is told once.
    if (day && *day > today_ && told_.emplace("counted", place.location).second) {
      Add(ValueFinding(variable, Fault::kFuture, place.location + ".period.start"));
    }
  }

  // When a measurement was made: its point and its date.
  void CheckMoment(const Variable& variable, const Place& place, const json::Value& resource) {
    if (PointOf(resource) == Point::kNone) {
      const bool observation = place.role == Role::kObservation;
      Add(ValueFinding(variable, Fault::kPoint, place.location + (observation ? ".category" : ".extension")));
    }
    const std::optional<Date> day = ParseDay(DateOf(resource));
    if (day && *day > today_) Add(ValueFinding(variable, Fault::kFuture, place.location + ".effective"));
  }

  // `at` writes the value's place, which only a finding needs.
  template <typename At>
  void CheckItem(const Variable& variable, const CompiledVariable& compiled, const Item& item, const At& at) {
    const Reading reading = ReadValue(content_, variable, compiled, item);
    if (const std::optional<Fault> fault = FaultOf(reading.kind)) {
      Add(ValueFinding(variable, *fault, at()));
      return;
    }
    if (!reading.has_value()) return;
    if (variable.type == ValueType::kDate) {
      const std::optional<Date> date = ParseDate(reading.text);
      if (date && *date > today_) Add(ValueFinding(variable, Fault::kFuture, at()));
    }
    if (!IsNumeric(variable.type)) return;
    const std::optional<Decimal> number = Decimal::Parse(reading.text);
    if (!number) return;
    const auto outside = [&](const std::optional<Decimal>& low, const std::optional<Decimal>& high) {
      return (low && *number < *low) || (high && *number > *high);
    };
    if (outside(compiled.error_low, compiled.error_high)) {
      Add(ValueFinding(variable, Fault::kRange, at()));
    } else if (outside(compiled.warning_low, compiled.warning_high)) {
      Add(ValueFinding(variable, Fault::kPlausible, at()));
    }
  }

  // The same fault at the same place is told once, however many rules meet it.
  void Add(Finding finding) {
    if (told_.emplace(finding.code, finding.location).second) findings_.Add(std::move(finding));
  }

  // Rules that the profile a resource claims states within the resource.
  void CheckRules(const json::Value& resource, const std::string& location) {
    const json::Value* meta = resource.Find("meta");
    if (meta == nullptr) return;
    for (const json::Value& profile : ListOf(*meta, "profile")) {
      const std::string_view url = profile.text();
      const std::string_view name = url.substr(url.rfind('/') == std::string_view::npos ? 0 : url.rfind('/') + 1);
      for (const ResourceRule& rule : compiled_->resource_rules) {
        const bool bound = rule.resource == TextOf(resource, "resourceType") &&
                           std::find(rule.profiles.begin(), rule.profiles.end(), name) != rule.profiles.end();
        if (!bound) continue;
        const absl::StatusOr<std::optional<bool>> holds = rule.holds.EvaluateBoolean(resource, evaluation_);
        if (!holds.ok() || (holds->has_value() && !**holds)) {
          Add({Severity::kError, rule.code,
               rule.location.empty() ? location : absl::StrCat(location, ".", rule.location), rule.variable,
               rule.text});
        }
      }
    }
  }

  static std::string LocationOfEntry(size_t entry) { return absl::StrCat("Bundle.entry[", entry, "].resource"); }

  std::string LocationOf(const json::Value& resource, std::string_view path) const {
    const auto found = std::find_if(resources_.rbegin(), resources_.rend(), [&](const CurrentResource& current) {
      return current.resource.identity() == resource.identity();
    });
    if (found == resources_.rend()) return {};
    const size_t entry = entries_[static_cast<size_t>(resources_.rend() - found) - 1];
    return absl::StrCat(LocationOfEntry(entry), ".", std::string(path));
  }

  // Dates of one course that contradict each other within this report.
  void CheckOrder() {
    Assembly own;
    if (options_.assembly == nullptr) own = AssembleCourses(public_content_, resources_);
    for (const AssembledCourse& course : options_.assembly != nullptr ? options_.assembly->courses : own.courses) {
      if (course.entered_in_error) continue;
      const auto day = [](const json::Value& resource, std::string_view end) -> std::optional<Date> {
        const json::Value* period = resource.Find("period");
        return period != nullptr ? ParseDay(TextOf(*period, end)) : std::nullopt;
      };
      const std::optional<Date> referred = ParseDay(TextOf(course.referral.resource, "authoredOn"));
      const std::optional<Date> started = day(course.opening_plan.resource, "start");
      const std::optional<Date> died = ParseDay(TextOf(course.patient.resource, "deceasedDateTime"));
      if (referred && started && *referred > *started) {
        AddOrder(
            "referral_date", LocationOf(course.referral.resource, "authoredOn"),
            {"Henvisningen er dateret efter forløbets start. Ret henvisnings- eller startdatoen i omsorgssystemet.",
             "The referral is dated after the start of the course. Correct the referral or start date in the care "
             "system."});
      }
      if (died && started && *died < *started) {
        AddOrder("start_date", LocationOf(course.opening_plan.resource, "period.start"),
                 {"Forløbet begynder efter borgerens død. Ret startdatoen eller dødsdatoen i omsorgssystemet.",
                  "The course begins after the citizen's death. Correct the start date or the date of death in the "
                  "care system."});
      }
    }
    for (const CurrentResource& current : resources_) {
      const json::Value* period = current.resource.Find("period");
      if (period == nullptr || TextOf(current.resource, "resourceType") != "CarePlan") continue;
      if (IsEnteredInError(current.resource)) continue;
      const std::optional<Date> start = ParseDay(TextOf(*period, "start"));
      const std::optional<Date> end = ParseDay(TextOf(*period, "end"));
      if (start && end && *start > *end) {
        AddOrder(
            "end_date", LocationOf(current.resource, "period"),
            {"Forløbet eller indsatsen slutter før start. Ret start- eller slutdatoen i omsorgssystemet.",
             "The course or intervention ends before it begins. Correct the start or end date in the care system."});
      }
    }
  }

  void AddOrder(const std::string& variable, std::string location, Text text) {
    Add({Severity::kError, absl::StrCat("dhrd-", variable, "-order"), std::move(location), variable, std::move(text)});
  }

  const Content& public_content_;
  const CompiledContent& content_;
  const CheckOptions& options_;
  const Date today_;
  const VariableSet* variables_ = nullptr;
  const CompiledVariableSet* compiled_ = nullptr;
  fhirpath::EvaluationContext evaluation_;
  FindingList findings_;
  std::string coding_;  // The coding at hand, as content names it.
  std::vector<CurrentResource> resources_;
  std::vector<size_t> entries_;  // Where in the Bundle each of them stands.
  std::set<std::pair<std::string, std::string>> told_;
};

}  // namespace

std::vector<Finding> CheckReport(const Content& content, const json::Value& bundle, const CheckOptions& options) {
  return ReportChecker(content, options).Run(bundle);
}

}  // namespace hjerte::registry
