#include <algorithm>
#include <array>
#include <compare>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mapping/registry/content/compiled_content.h"
#include "mapping/registry/course/citizen_number.h"
#include "mapping/registry/course/course_check.h"
#include "mapping/registry/course/course_record.h"
#include "mapping/registry/course/fhir_read.h"
#include "mapping/registry/course/value_reader.h"

namespace hjerte::registry {
namespace {

using fhirpath::Collection;
using fhirpath::Item;

// A place a rule reads: a resource, and the node in it (the resource itself, a component or an item).
struct Entry {
  const CurrentResource* current = nullptr;
  json::Value focus;
  int64_t own_stamp_us = 0;
};

Entry EntryOf(const CurrentResource& current, const json::Value& focus) {
  return {.current = &current, .focus = focus, .own_stamp_us = OwnStamp(current)};
}

// What orders several values of one variable: the later one wins.
struct Rank {
  std::string_view date;
  int64_t stamp_us = 0;
  std::string_view id;

  bool operator<(const Rank& other) const {
    const std::strong_ordering dates = CompareDates(date, other.date);
    return dates != 0 ? dates < 0 : std::tie(stamp_us, id) < std::tie(other.stamp_us, other.id);
  }
};

struct Candidate {
  std::string text;
  Rank rank;
  bool found = false;
};

// The citizen with the periods of the addresses in days: rules compare days as texts, and which day an instant is of in
// Denmark its text does not tell.
CurrentResource WithDaysOfAddresses(const CurrentResource& patient, json::Arena& arena) {
  CurrentResource copy = patient;
  for (size_t i = 0; i < ListOf(patient.resource, "address").size(); ++i) {
    for (const char* name : {"start", "end"}) {
      const json::Value* period = ListOf(copy.resource, "address")[i].Find("period");
      const std::string_view text = period != nullptr ? TextOf(*period, name) : std::string_view();
      const std::optional<Date> day = text.find('T') != std::string_view::npos ? ParseDay(text) : std::nullopt;
      if (!day) continue;
      if (copy.resource.identity() == patient.resource.identity()) {
        copy.resource = json::CopyContainers(arena, patient.resource);
        period = ListOf(copy.resource, "address")[i].Find("period");
      }
      json::Value days = *period;
      days.Set(arena, name, json::Value::String(arena.CopyText(FormatDate(*day))));
    }
  }
  return copy;
}

// The course's resources by role and by coding, so that each rule finds its own without a scan.
class CourseIndex {
 public:
  // `patient`: the course's citizen as rules are to see it; must outlive the index.
  CourseIndex(const AssembledCourse& course, const CurrentResource& patient) {
    AddSingle(Role::kPatient, patient);
    AddSingle(Role::kReferral, course.referral);
    AddSingle(Role::kOpeningPlan, course.opening_plan);
    AddSingle(Role::kClosingPlan, course.closing_plan);
    for (const CurrentResource& current : course.resources) Add(current);
  }

  const std::vector<Entry>& Of(Role role) const { return by_role_[static_cast<size_t>(role)]; }

  void Find(const SourceRule& rule, std::vector<Entry>& found) const {
    found.clear();
    if (rule.key.empty()) {
      found = Of(rule.role);
      return;
    }
    const auto& by_coding = by_coding_[static_cast<size_t>(rule.role)];
    for (const std::string& coding : rule.codings) {
      const auto entries = by_coding.find(coding);
      if (entries == by_coding.end()) continue;
      found.insert(found.end(), entries->second.begin(), entries->second.end());
    }
  }

 private:
  void AddSingle(Role role, const CurrentResource& current) {
    if (!current.resource.is_null()) by_role_[static_cast<size_t>(role)].push_back(EntryOf(current, current.resource));
  }

  void AddCoded(Role role, const CurrentResource& current, const json::Value* concepts, const json::Value& focus) {
    if (concepts == nullptr) return;
    auto& by_coding = by_coding_[static_cast<size_t>(role)];
    for (std::string& coding : CodingsOf(*concepts)) by_coding[std::move(coding)].push_back(EntryOf(current, focus));
  }

  void Add(const CurrentResource& current) {
    const json::Value& resource = current.resource;
    const std::string_view type = TextOf(resource, "resourceType");
    if (type == "CarePlan") {
      const json::Value* detail = PlanDetail(resource);
      AddCoded(Role::kIntervention, current, detail != nullptr ? detail->Find("code") : nullptr, resource);
      AddSingle(Role::kIntervention, current);
    } else if (type == "Encounter") {
      AddCoded(Role::kEncounter, current, resource.Find("type"), resource);
      AddSingle(Role::kEncounter, current);
    } else if (type == "Observation") {
      if (TextOf(resource, "status") == "cancelled") return;
      AddCoded(Role::kObservation, current, resource.Find("code"), resource);
      for (const json::Value& component : ListOf(resource, "component")) {
        AddCoded(Role::kObservation, current, component.Find("code"), component);
      }
      AddSingle(Role::kObservation, current);
    } else if (type == "QuestionnaireResponse") {
      const std::string questionnaire(TextOf(resource, "questionnaire"));
      for (const json::Value& item : ListOf(resource, "item")) {
        by_coding_[static_cast<size_t>(Role::kQuestionnaireResponse)]
                  [questionnaire + "|" + std::string(TextOf(item, "linkId"))]
                      .push_back(EntryOf(current, item));
      }
    } else if (type == "Condition") {
      AddSingle(Role::kCondition, current);
    } else if (type == "Procedure") {
      AddSingle(Role::kProcedure, current);
    }
  }

  std::array<std::vector<Entry>, kRoles> by_role_;
  std::array<std::unordered_map<std::string, std::vector<Entry>>, kRoles> by_coding_;
};

// Extraction of one course.
class Extractor {
 public:
  Extractor(const Content& content, const AssembledCourse& course, const ExtractContext& context)
      : content_(content.compiled()),
        public_content_(content),
        course_(course),
        given_(context),
        patient_(WithDaysOfAddresses(course.patient, scratch_)),
        index_(course, patient_),
        evaluation_(&scratch_) {
    const size_t set = content_.VariableSetOn(SetDate());
    variables_ = &content_.variable_sets[set];
    compiled_ = &content_.compiled_variable_sets[set];
  }

  CourseRecord Run() {
    auto arena = std::make_unique<json::Arena>();
    arena_ = arena.get();
    root_ = json::Value::Object(*arena_);
    PrepareContext();
    Put("authority", String(given_.authority));
    if (!given_.citizen.empty()) Put("citizen", String(given_.citizen));
    for (const CompiledVariable& variable : compiled_->variables) ExtractVariable(variable);
    PutList("carried", {given_.carried.begin(), given_.carried.end()});
    PutList("assumed", {assumed_.begin(), assumed_.end()});
    PutList("derived", {derived_.begin(), derived_.end()});
    Derive();
    CourseRecord record(json::Document(std::move(arena), root_));
    PutFindings(record);
    return record;
  }

 private:
  json::Value String(std::string_view text) { return json::Value::String(arena_->CopyText(text)); }
  void Put(std::string_view name, json::Value value) { root_.Set(*arena_, name, value); }

  // The variables in force on the closure date, else the start.
  Date SetDate() const {
    for (const auto& [plan, name] :
         {std::pair(&course_.closing_plan, "end"), std::pair(&course_.opening_plan, "start")}) {
      const json::Value* period = plan->resource.Find("period");
      if (period == nullptr) continue;
      if (const std::optional<Date> date = ParseDay(TextOf(*period, name))) return *date;
    }
    return given_.today;
  }

  void PutList(std::string_view name, std::vector<std::string_view> ids) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    json::Value list = json::Value::Array(*arena_);
    for (const std::string_view id : ids) list.Append(*arena_, String(id));
    Put(name, list);
  }

  void SetText(std::string_view name, std::string_view text) {
    evaluation_.SetVariable(name, text.empty() ? Collection() : Collection(Item::String(arena_->CopyText(text))));
  }

  void PrepareContext() {
    evaluation_.SetVariable("course", Collection(Item::Node(root_)));
    SetText("course_key", course_.course_key);
    SetText("authority", given_.authority);
    SetText("day", FormatDate(given_.today));
    std::string_view municipality = given_.managing_municipality;
    if (municipality.empty()) municipality = given_.assumed_municipality;
    SetText("assumed_municipality", municipality.empty() ? given_.authority : municipality);
    evaluation_.SetVariable("entered_in_error", Collection(Item::Boolean(course_.entered_in_error)));
    ReadCitizen();
    evaluation_.hooks().resolve = [this](std::string_view reference) -> const json::Value* {
      const auto found = course_.organizations->find(reference.substr(reference.find_last_of("/:") + 1));
      return found != course_.organizations->end() ? &found->second.resource : nullptr;
    };
  }

  // Sex and birth date stand in the citizen's number until the central service takes it away, then in Patient.
  void ReadCitizen() {
    std::string_view sex;
    const json::Value& patient = course_.patient.resource;
    for (const json::Value& identifier : ListOf(patient, "identifier")) {
      const std::optional<CitizenNumber> number =
          ParseCitizenNumber(TextOf(identifier, "system"), TextOf(identifier, "value"));
      if (!number) continue;
      sex = number->male ? "male" : "female";
      birth_date_ = number->birth_date;
    }
    if (!birth_date_) birth_date_ = ParseDate(TextOf(patient, "birthDate"));
    SetText("citizen_sex", sex);
    const std::optional<Date> died = ParseDay(TextOf(patient, "deceasedDateTime"));
    SetText("deceased_date", died ? FormatDate(*died) : "");
  }

  void ExtractVariable(const CompiledVariable& compiled) {
    const Variable& variable = variables_->variables[compiled.index];
    if (!compiled.in_record) return;
    if (!compiled.classes.empty()) {
      Classify(variable, compiled);
    } else if (variable.points.empty()) {
      ExtractSingle(variable, compiled);
    } else {
      ExtractPoints(variable, compiled);
    }
  }

  json::Value ToJsonValue(const Variable& variable, const std::string& text) {
    if (variable.type == ValueType::kBoolean) return json::Value::Bool(text == "true");
    if (IsNumeric(variable.type)) return json::Value::Number(arena_->CopyText(text));
    return String(text);
  }

  void SetStamp(int64_t stamp_us) {
    if (stamp_us == stamp_us_) return;
    stamp_us_ = stamp_us;
    evaluation_.SetVariable("stamp_date", Collection(Item::String(scratch_.CopyText(FormatDate(DayOf(stamp_us))))));
  }

  bool Applies(const SourceRule& rule, const Entry& entry) {
    SetStamp(entry.own_stamp_us);
    if (!rule.where) return true;
    const absl::StatusOr<std::optional<bool>> holds = rule.where->EvaluateBoolean(entry.focus, evaluation_);
    return holds.ok() && holds->has_value() && **holds;
  }

  // The first readable value of the rule at the entry.
  Reading ReadAt(const Variable& variable, const CompiledVariable& compiled, const SourceRule& rule,
                 const Entry& entry) {
    const absl::StatusOr<Collection> values = rule.value->Evaluate(entry.focus, evaluation_);
    if (!values.ok()) return {};
    for (const Item& item : *values) {
      Reading reading = ReadValue(content_, variable, compiled, item);
      if (reading.has_value()) return reading;
    }
    return {};
  }

  static Rank RankOf(const Entry& entry) {
    return {DateOf(entry.current->resource), entry.current->stamp_us, TextOf(entry.current->resource, "id")};
  }

  // The first rule that gives a value decides.
  void ExtractSingle(const Variable& variable, const CompiledVariable& compiled) {
    for (const SourceRule& rule : compiled.rules) {
      index_.Find(rule, entries_);
      if (entries_.empty()) continue;
      if (rule.count) {
        Put(variable.id, json::Value::Number(arena_->CopyText(std::to_string(Count(rule)))));
        return;
      }
      Candidate best;
      for (const Entry& entry : entries_) {
        if (!Applies(rule, entry)) continue;
        Reading reading = ReadAt(variable, compiled, rule, entry);
        if (reading.has_value()) Consider(rule, {std::move(reading.text), RankOf(entry), true}, best);
      }
      if (!best.found) continue;
      Put(variable.id, ToJsonValue(variable, best.text));
      if (rule.marks_assumed) assumed_.insert(variable.id);
      if (rule.marks_derived) derived_.insert(variable.id);
      return;
    }
  }

  size_t Count(const SourceRule& rule) {
    size_t count = 0;
    for (const Entry& entry : entries_) {
      const absl::StatusOr<std::optional<bool>> counts = rule.count->EvaluateBoolean(entry.focus, evaluation_);
      if (counts.ok() && counts->has_value() && **counts) ++count;
    }
    return count;
  }

  static void Consider(const SourceRule& rule, Candidate candidate, Candidate& best) {
    const auto preference = [&](const Candidate& each) {
      return std::find(rule.prefer.begin(), rule.prefer.end(), each.text) - rule.prefer.begin();
    };
    const bool better = !best.found || preference(candidate) < preference(best) ||
                        (preference(candidate) == preference(best) && best.rank < candidate.rank);
    if (better) best = std::move(candidate);
  }

  void ExtractPoints(const Variable& variable, const CompiledVariable& compiled) {
    std::array<Candidate, 4> best;
    for (const SourceRule& rule : compiled.rules) {
      index_.Find(rule, entries_);
      for (const Entry& entry : entries_) {
        const Point point = PointOf(entry.current->resource);
        if (point == Point::kNone || !Applies(rule, entry)) continue;
        Reading reading = ReadAt(variable, compiled, rule, entry);
        if (reading.has_value()) {
          Consider(rule, {std::move(reading.text), RankOf(entry), true}, best[static_cast<size_t>(point)]);
        }
      }
    }
    json::Value points;
    for (const Point point : variable.points) {
      const Candidate& candidate = best[static_cast<size_t>(point)];
      if (!candidate.found) continue;
      if (points.is_null()) points = json::Value::Object(*arena_);
      points.Add(*arena_, PointMember(point), ToJsonValue(variable, candidate.text));
    }
    if (!points.is_null()) Put(variable.id, points);
  }

  // The first row that any code of the course's conditions and procedures fits.
  void Classify(const Variable& variable, const CompiledVariable& compiled) {
    std::vector<std::string> codings;
    for (const Role role : {Role::kCondition, Role::kProcedure}) {
      for (const Entry& entry : index_.Of(role)) {
        const json::Value* code = entry.focus.Find("code");
        if (code == nullptr) continue;
        for (std::string& coding : CodingsOf(*code)) codings.push_back(std::move(coding));
      }
    }
    for (const ClassRow& row : compiled.classes) {
      const std::string own = variable.code_system + "|" + row.code;
      for (const std::string& coding : codings) {
        if (coding == own || Fits(row, coding)) {
          Put(variable.id, String(row.code));
          return;
        }
      }
    }
  }

  static bool Fits(const ClassRow& row, std::string_view coding) {
    if (!coding.starts_with(row.system) || coding.size() <= row.system.size() || coding[row.system.size()] != '|') {
      return false;
    }
    const std::string_view code = coding.substr(row.system.size() + 1);
    return std::any_of(row.prefixes.begin(), row.prefixes.end(),
                       [&](const std::string& prefix) { return code.starts_with(prefix); });
  }

  // The newest day, up to today, on which anything happened in the course.
  std::optional<Date> LastEvent() const {
    std::optional<Date> last;
    const auto consider = [&](std::string_view text) {
      const std::optional<Date> day = ParseDay(text);
      if (day && *day <= given_.today && (!last || *day > *last)) last = day;
    };
    consider(TextOf(course_.referral.resource, "authoredOn"));
    for (const CurrentResource* plan : {&course_.opening_plan, &course_.closing_plan}) consider(DateOf(plan->resource));
    for (const CurrentResource& current : course_.resources) {
      const bool encounter = TextOf(current.resource, "resourceType") == "Encounter";
      if (!encounter || TextOf(current.resource, "status") == "finished") consider(DateOf(current.resource));
    }
    return last;
  }

  void Derive() {
    const std::optional<Date> last = LastEvent();
    evaluation_.SetVariable("silent_days",
                            last ? Collection(Item::Integer((given_.today - *last).count())) : Collection());
    Collection age;
    Collection band;
    const json::Value* start = root_.Find("start_date");
    const std::optional<Date> started = start != nullptr ? ParseDate(start->text()) : std::nullopt;
    if (started && birth_date_) {
      const int years = WholeYears(*birth_date_, *started);
      age.Add(Item::Integer(years));
      for (const AgeBand& each : content_.age_bands) {
        if (years >= each.from_years && (!each.to_years || years <= *each.to_years)) band.Add(Item::String(each.id));
      }
    }
    evaluation_.SetVariable("age", std::move(age));
    evaluation_.SetVariable("age_group", std::move(band));
    for (const size_t index : compiled_->derivation_order) {
      const CompiledVariable& compiled = compiled_->variables[index];
      const absl::StatusOr<Collection> values = compiled.derive->Evaluate(root_, evaluation_);
      if (!values.ok() || values->empty()) continue;
      const Variable& variable = variables_->variables[index];
      const Reading reading = ReadValue(content_, variable, compiled, values->front());
      if (reading.has_value()) Put(variable.id, ToJsonValue(variable, reading.text));
    }
  }

  void PutFindings(const CourseRecord& record) {
    json::Value list = json::Value::Array(*arena_);
    for (const Finding& finding : CheckCourse(public_content_, record)) {
      json::Value brief = json::Value::Object(*arena_);
      brief.Add(*arena_, "code", String(finding.code));
      brief.Add(*arena_, "variable", String(finding.variable));
      brief.Add(*arena_, "severity", String(SeverityName(finding.severity)));
      list.Append(*arena_, brief);
    }
    Put("findings", list);
  }

  const CompiledContent& content_;
  const Content& public_content_;
  const AssembledCourse& course_;
  const ExtractContext& given_;
  const VariableSet* variables_ = nullptr;
  const CompiledVariableSet* compiled_ = nullptr;
  json::Arena scratch_;
  const CurrentResource patient_;
  CourseIndex index_;
  fhirpath::EvaluationContext evaluation_;
  json::Arena* arena_ = nullptr;
  json::Value root_;
  std::optional<Date> birth_date_;
  std::optional<int64_t> stamp_us_;  // What %stamp_date was made of.
  std::vector<Entry> entries_;
  std::set<std::string> assumed_, derived_;
};

}  // namespace

CourseRecord ExtractCourse(const Content& content, const AssembledCourse& course, const ExtractContext& context) {
  return Extractor(content, course, context).Run();
}

}  // namespace hjerte::registry
