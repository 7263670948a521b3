#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/registry/content/content_loader.h"

namespace hjerte::registry {
namespace {

constexpr std::array<std::pair<std::string_view, ValueType>, 9> kTypes = {{{"code", ValueType::kCode},
                                                                           {"text", ValueType::kText},
                                                                           {"identifier", ValueType::kIdentifier},
                                                                           {"count", ValueType::kCount},
                                                                           {"score", ValueType::kScore},
                                                                           {"quantity", ValueType::kQuantity},
                                                                           {"decimal", ValueType::kDecimal},
                                                                           {"date", ValueType::kDate},
                                                                           {"boolean", ValueType::kBoolean}}};
constexpr std::array<std::pair<std::string_view, Role>, kRoles> kRoleNames = {
    {{"Patient", Role::kPatient},
     {"referral", Role::kReferral},
     {"opening-plan", Role::kOpeningPlan},
     {"closing-plan", Role::kClosingPlan},
     {"intervention", Role::kIntervention},
     {"Condition", Role::kCondition},
     {"Procedure", Role::kProcedure},
     {"Encounter", Role::kEncounter},
     {"Observation", Role::kObservation},
     {"QuestionnaireResponse", Role::kQuestionnaireResponse}}};
// Where the coding stands that a rule's resources are found by.
constexpr std::array<std::pair<Role, std::string_view>, 4> kKeys = {{{Role::kIntervention, "activity.detail.code"},
                                                                     {Role::kEncounter, "type"},
                                                                     {Role::kObservation, "code"},
                                                                     {Role::kQuestionnaireResponse, "item"}}};
constexpr std::array<std::pair<std::string_view, Point>, 3> kPoints = {
    {{"start", Point::kStart}, {"end", Point::kEnd}, {"follow-up", Point::kFollowUp}}};
constexpr std::array<std::pair<std::string_view, Format>, 3> kFormats = {
    {{"citizen-number", Format::kCitizenNumber}, {"sor", Format::kSor}, {"sks", Format::kSks}}};
constexpr std::array<std::pair<std::string_view, Severity>, 2> kSeverities = {
    {{"information", Severity::kInformation}, {"warning", Severity::kWarning}}};

// The %names that rules over resources and derivations may use.
const std::vector<std::string>& RuleVariables() {
  static const std::vector<std::string> kNames = {
      "course",     "course_key",       "authority", "citizen_sex",   "assumed_municipality",
      "stamp_date", "entered_in_error", "day",       "deceased_date", "ucum"};
  return kNames;
}
const std::vector<std::string>& DeriveVariables() {
  static const std::vector<std::string> kNames = {"silent_days", "age", "age_group"};
  return kNames;
}

template <typename T, size_t N>
T Choose(const YamlReader& at, const std::array<std::pair<std::string_view, T>, N>& choices) {
  const std::string text = at.String();
  std::string names;
  for (const auto& [name, value] : choices) {
    if (name == text) return value;
    absl::StrAppend(&names, names.empty() ? "" : ", ", std::string(name));
  }
  at.Fail(absl::StrCat("`", text, "` is not known, use one of: ", names));
}

class VariableLoader {
 public:
  VariableLoader(const YamlReader& file, CompiledContent& content) : file_(file), content_(content) {}

  void Load() {
    file_.AllowOnly(
        {"version", "status", "valid_from", "valid_to", "assembly", "variables", "resource_rules", "course_checks"});
    set_.version = file_.StringOf("version");
    set_.draft = file_.DraftOf();
    set_.validity = file_.ValidityOf();
    for (const VariableSet& other : content_.variable_sets) {
      if (other.validity.Overlaps(set_.validity)) {
        file_.At("valid_from")
            .Fail(absl::StrCat("the validity overlaps that of `", other.version, "`; end the older set with valid_to"));
      }
    }
    LoadAssembly();
    const std::vector<YamlReader> nodes = file_.At("variables").Items();
    for (const YamlReader& node : nodes) LoadVariable(node);
    compiled_.model = RecordModel(set_, file_);
    for (size_t i = 0; i < nodes.size(); ++i) LoadRules(nodes[i], i);
    OrderDerivations(nodes);
    LoadResourceRules();
    LoadCourseRules();
    content_.draft = content_.draft || set_.draft;
    content_.variable_sets.push_back(std::move(set_));
    content_.compiled_variable_sets.push_back(std::move(compiled_));
  }

 private:
  void LoadAssembly() {
    const YamlReader assembly = file_.At("assembly");
    assembly.AllowOnly({"plan_categories", "follow_up_categories"});
    for (std::string& coding : assembly.StringsOf("plan_categories"))
      compiled_.plan_categories.insert(std::move(coding));
    for (std::string& coding : assembly.StringsOf("follow_up_categories")) {
      compiled_.follow_up_categories.insert(std::move(coding));
    }
    if (compiled_.plan_categories.empty()) assembly.Fail("plan_categories must name at least one coding");
  }

  // What a variable is; how it is found comes when all are known.
  void LoadVariable(const YamlReader& node) {
    node.AllowOnly({"id", "type", "label", "help", "unit", "accept", "system", "codes", "codes_from", "format",
                    "points", "error", "warning", "in_record", "required", "derive", "fhir", "classify"});
    Variable variable;
    CompiledVariable compiled;
    variable.id = node.StringOf("id");
    if (set_.Find(variable.id) != nullptr) {
      node.At("id").Fail(absl::StrCat("variable `", variable.id, "` stands twice, rename one"));
    }
    variable.type = Choose(node.At("type"), kTypes);
    variable.label = node.TextOf("label");
    if (node.Has("help")) variable.help = node.TextOf("help");
    variable.draft = set_.draft;
    variable.derived = node.Has("derive");
    variable.code_system = node.StringOr("system", "");
    for (const YamlReader& point : node.ItemsOf("points")) variable.points.push_back(Choose(point, kPoints));
    compiled.index = set_.variables.size();
    compiled.in_record = node.BooleanOr("in_record", true);
    if (node.Has("format")) compiled.format = Choose(node.At("format"), kFormats);
    LoadUnits(node, variable, compiled);
    LoadCodes(node, variable, compiled);
    LoadLimits(node, "error", variable.error_limits, compiled.error_low, compiled.error_high);
    LoadLimits(node, "warning", variable.warning_limits, compiled.warning_low, compiled.warning_high);
    set_.variables.push_back(std::move(variable));
    compiled_.variables.push_back(std::move(compiled));
  }

  static void LoadUnits(const YamlReader& node, Variable& variable, CompiledVariable& compiled) {
    variable.unit = node.StringOr("unit", "");
    if ((variable.type == ValueType::kQuantity) != !variable.unit.empty()) {
      node.Fail(absl::StrCat("variable `", variable.id, "`: a quantity has a unit, and nothing else has"));
    }
    if (!variable.unit.empty()) compiled.units[variable.unit] = 0;
    if (!node.Has("accept")) return;
    for (const auto& [unit, power] : node.At("accept").Members()) compiled.units[unit] = power.Integer();
  }

  void LoadCodes(const YamlReader& node, Variable& variable, CompiledVariable& compiled) const {
    for (const YamlReader& item : node.ItemsOf("codes")) {
      item.AllowOnly({"code", "label", "codings", "absent"});
      Code code{item.StringOf("code"), item.TextOf("label"), item.StringsOf("codings")};
      if (variable.FindCode(code.code) != nullptr) {
        item.At("code").Fail(absl::StrCat("code `", code.code, "` stands twice in `", variable.id, "`, remove one"));
      }
      for (const std::string& coding : code.codings) compiled.code_of_coding[coding] = code.code;
      if (item.BooleanOr("absent", false)) compiled.absent_codes.insert(code.code);
      variable.codes.push_back(std::move(code));
    }
    const std::string from = node.StringOr("codes_from", "");
    if (from == "municipalities") {
      compiled.municipality = true;
    } else if (from == "age-bands") {
      for (const AgeBand& band : content_.age_bands) variable.codes.push_back({band.id, band.label, {}});
    } else if (!from.empty() && from != "authorities") {
      node.At("codes_from").Fail("codes_from is municipalities, authorities or age-bands");
    }
    if (variable.type == ValueType::kCode && variable.codes.empty() && from.empty()) {
      node.Fail(absl::StrCat("variable `", variable.id, "` is a code without codes, add `codes` or `codes_from`"));
    }
  }

  static void LoadLimits(const YamlReader& node, const char* key, Limits& limits, std::optional<fhirpath::Decimal>& low,
                         std::optional<fhirpath::Decimal>& high) {
    if (!node.Has(key)) return;
    const std::vector<YamlReader> ends = node.ItemsOf(key);
    if (ends.size() != 2) node.At(key).Fail("limits are two numbers, write [low, high]");
    low = fhirpath::Decimal::Parse(ends[0].String());
    high = fhirpath::Decimal::Parse(ends[1].String());
    if (!low || !high || *low > *high) node.At(key).Fail("limits are two numbers, the lower one first");
    limits = {ends[0].String(), ends[1].String()};
  }

  void LoadRules(const YamlReader& node, size_t index) {
    const Variable& variable = set_.variables[index];
    CompiledVariable& compiled = compiled_.variables[index];
    for (const YamlReader& item : node.ItemsOf("fhir")) LoadSource(item, variable, compiled);
    for (const YamlReader& item : node.ItemsOf("classify")) {
      item.AllowOnly({"code", "system", "prefixes"});
      if (variable.FindCode(item.StringOf("code")) == nullptr) {
        item.At("code").Fail(absl::StrCat("`", item.StringOf("code"), "` is no code of `", variable.id, "`"));
      }
      compiled.classes.push_back({item.StringOf("code"), item.StringOf("system"), item.StringsOf("prefixes")});
    }
    for (const YamlReader& item : node.ItemsOf("required")) LoadRequirement(item, variable, compiled);
    if (variable.derived) {
      compiled.derive =
          CompileRule(node.At("derive"), variable.id + " derive", compiled_.model.get(), DeriveVariables());
    }
    if (!variable.derived && compiled.rules.empty() && compiled.classes.empty()) {
      node.Fail(absl::StrCat("variable `", variable.id, "` stands nowhere, add `fhir`, `classify` or `derive`"));
    }
  }

  void LoadSource(const YamlReader& node, const Variable& variable, CompiledVariable& compiled) {
    node.AllowOnly({"resource", "key", "codings", "where", "value", "count", "prefer", "marks"});
    SourceRule rule;
    rule.role = Choose(node.At("resource"), kRoleNames);
    rule.key = node.StringOr("key", "");
    rule.codings = node.StringsOf("codings");
    if (rule.key.empty() != rule.codings.empty()) node.Fail("`key` and `codings` come together");
    if (!rule.key.empty() &&
        std::find(kKeys.begin(), kKeys.end(), std::pair(rule.role, std::string_view(rule.key))) == kKeys.end()) {
      node.At("key").Fail(
          "this resource is found by another key: intervention activity.detail.code, Encounter type, "
          "Observation code, QuestionnaireResponse item");
    }
    if (node.Has("value") == node.Has("count")) node.Fail("give either `value` or `count`");
    const auto compile = [&](const char* key) -> std::optional<fhirpath::Expression> {
      if (!node.Has(key)) return std::nullopt;
      return CompileRule(node.At(key), absl::StrCat(variable.id, " ", key), nullptr, RuleVariables());
    };
    rule.where = compile("where");
    rule.value = compile("value");
    rule.count = compile("count");
    rule.prefer = node.StringsOf("prefer");
    const std::string marks = node.StringOr("marks", "");
    if (!marks.empty() && marks != "derived" && marks != "assumed")
      node.At("marks").Fail("marks is derived or assumed");
    rule.marks_derived = marks == "derived";
    rule.marks_assumed = marks == "assumed";
    for (const std::string& coding : rule.codings) {
      compiled_.by_coding[static_cast<size_t>(rule.role)][coding].emplace_back(compiled.index, compiled.rules.size());
    }
    compiled.rules.push_back(std::move(rule));
  }

  void LoadRequirement(const YamlReader& node, const Variable& variable, CompiledVariable& compiled) {
    node.AllowOnly({"when", "point", "severity"});
    const Point point = node.Has("point") ? Choose(node.At("point"), kPoints) : Point::kNone;
    if (point != Point::kNone &&
        std::find(variable.points.begin(), variable.points.end(), point) == variable.points.end()) {
      node.At("point").Fail(absl::StrCat("`", variable.id, "` has no such point"));
    }
    const Severity severity = node.Has("severity") ? Choose(node.At("severity"), kSeverities) : Severity::kInformation;
    compiled.requirements.push_back(
        {point, CompileRule(node.At("when"), variable.id + " required", compiled_.model.get(), {}), severity});
  }

  // Each derived variable after the ones it reads; a cycle is refused with its members.
  void OrderDerivations(const std::vector<YamlReader>& nodes) {
    enum class Mark { kNew, kOpen, kDone };
    std::vector<Mark> marks(set_.variables.size(), Mark::kNew);
    std::vector<std::string> path;
    const std::function<void(size_t)> visit = [&](size_t index) {
      const CompiledVariable& variable = compiled_.variables[index];
      if (!variable.derive || marks[index] == Mark::kDone) return;
      path.push_back(set_.variables[index].id);
      if (marks[index] == Mark::kOpen) {
        std::string cycle;
        for (const std::string& id : path) absl::StrAppend(&cycle, cycle.empty() ? "" : " → ", id);
        nodes[index].At("derive").Fail(absl::StrCat("derived variables go round in a circle: ", cycle));
      }
      marks[index] = Mark::kOpen;
      for (const std::string& member : variable.derive->member_paths()) {
        const std::string id = member.substr(0, member.find('.'));
        for (size_t i = 0; i < set_.variables.size(); ++i) {
          if (set_.variables[i].id == id) visit(i);
        }
      }
      marks[index] = Mark::kDone;
      path.pop_back();
      compiled_.derivation_order.push_back(index);
    };
    for (size_t i = 0; i < set_.variables.size(); ++i) visit(i);
  }

  void RequireVariable(const YamlReader& node) const {
    if (node.Has("variable") && set_.Find(node.StringOf("variable")) == nullptr) {
      node.At("variable")
          .Fail(absl::StrCat("unknown variable `", node.StringOf("variable"), "`, use an id of this file"));
    }
  }

  void LoadResourceRules() {
    for (const YamlReader& node : file_.ItemsOf("resource_rules")) {
      node.AllowOnly({"code", "resource", "profiles", "variable", "location", "holds", "text"});
      RequireVariable(node);
      compiled_.resource_rules.push_back(
          {node.StringOf("code"), node.StringOf("resource"), node.StringOr("variable", ""),
           node.StringOr("location", ""), node.StringsOf("profiles"),
           CompileRule(node.At("holds"), node.StringOf("code"), nullptr, {}), node.TextOf("text")});
    }
  }

  void LoadCourseRules() {
    std::set<std::string> codes;
    for (const YamlReader& node : file_.ItemsOf("course_checks")) {
      node.AllowOnly({"code", "variable", "holds", "text"});
      RequireVariable(node);
      if (!codes.insert(node.StringOf("code")).second) {
        node.At("code").Fail(absl::StrCat("check `", node.StringOf("code"), "` stands twice, rename one"));
      }
      compiled_.course_rules.push_back({node.StringOf("code"), node.StringOr("variable", ""),
                                        CompileRule(node.At("holds"), node.StringOf("code"), compiled_.model.get(), {}),
                                        node.TextOf("text")});
    }
  }

  const YamlReader& file_;
  CompiledContent& content_;
  VariableSet set_;
  CompiledVariableSet compiled_;
};

}  // namespace

void LoadVariableSet(const YamlReader& file, CompiledContent& content) { VariableLoader(file, content).Load(); }

}  // namespace hjerte::registry
