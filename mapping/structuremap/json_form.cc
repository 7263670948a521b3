#include "mapping/structuremap/json_form.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/structuremap/lexer.h"

namespace hjerte::structuremap {
namespace {

using json::Value;

constexpr int kRuleDepthMax = 64;

std::string Text(const Value& object, std::string_view name) {
  const Value* value = object.Find(name);
  return value == nullptr ? std::string() : std::string(value->text());
}

std::span<const Value> List(const Value& object, std::string_view name) {
  const Value* value = object.Find(name);
  if (value == nullptr) return {};
  return value->is_array() ? value->elements() : std::span<const Value>(value, 1);
}

// Reads the resource; the path of where it is goes into every message.
class Reader {
 public:
  explicit Reader(std::string_view file) : file_(file) {}

  absl::StatusOr<StructureMap> Run(const Value& resource) {
    if (Text(resource, "resourceType") != "StructureMap") {
      return Error("StructureMap", "a resource with \"resourceType\": \"StructureMap\"");
    }
    StructureMap map;
    map.file = file_;
    map.url = Text(resource, "url");
    map.name = Text(resource, "name");
    ReadMetadata(resource, map);
    for (const Value& contained : List(resource, "contained")) {
      if (Text(contained, "resourceType") != "ConceptMap") continue;
      map.concept_maps.push_back(ReadConceptMap(contained, List(resource, "group")));
    }
    for (const Value& value : List(resource, "structure")) {
      const auto mode = ParseStructureMode(Text(value, "mode"));
      if (!mode.has_value()) return Error("structure.mode", "source, queried, target or produced");
      map.structures.push_back({Text(value, "url"), Text(value, "alias"), *mode, Text(value, "documentation")});
    }
    for (const Value& value : List(resource, "import")) map.imports.push_back({std::string(value.text()), "", {}});
    for (const Value& value : List(resource, "const")) {
      map.constants.push_back({Text(value, "name"), {Text(value, "value"), {}}, ""});
    }
    for (const Value& value : List(resource, "group")) {
      absl::StatusOr<Group> group = ReadGroup(value);
      if (!group.ok()) return group.status();
      map.groups.push_back(*std::move(group));
    }
    if (map.groups.empty()) return Error("group", "at least one");
    return map;
  }

 private:
  absl::Status Error(std::string_view path, std::string_view expected) const {
    return absl::InvalidArgumentError(
        absl::StrCat(file_, ": ", std::string(path), ": expected ", std::string(expected)));
  }

  // What FML writes as `///` lines: every other element of the resource, flattened to paths.
  static void ReadMetadata(const Value& resource, StructureMap& map) {
    for (const json::Member& member : resource.members()) {
      constexpr std::array<std::string_view, 9> kElsewhere = {
          "resourceType", "url", "name", "contained", "structure", "import", "const", "group", "text"};
      bool elsewhere = false;
      for (const std::string_view name : kElsewhere) elsewhere |= member.name == name;
      if (!elsewhere && !member.name.starts_with('_')) Flatten(std::string(member.name), member.value, map);
    }
  }

  static void Flatten(const std::string& path, const Value& value, StructureMap& map) {
    if (value.is_array()) {
      for (const Value& element : value.elements()) Flatten(path, element, map);
    } else if (value.is_object()) {
      map.metadata.push_back({path, Metadata::Kind::kNone, ""});
      for (const json::Member& member : value.members()) {
        Flatten(absl::StrCat(path, ".", std::string(member.name)), member.value, map);
      }
    } else if (value.is_string()) {
      const std::string text(value.text());
      const bool markdown = text.find('\n') != std::string::npos && text.find("\"\"\"") == std::string::npos;
      map.metadata.push_back({path, markdown ? Metadata::Kind::kMarkdown : Metadata::Kind::kString, text});
    } else if (!value.is_null()) {
      map.metadata.push_back({path, Metadata::Kind::kPlain,
                              value.is_bool() ? (value.bool_value() ? "true" : "false") : std::string(value.text())});
    }
  }

  static std::string RelationOf(const Value& target) {
    const std::string word = Text(target, "equivalence") + Text(target, "relationship");
    constexpr std::array<std::pair<std::string_view, const char*>, 12> kWords = {{
        {"equal", "="},
        {"equivalent", "=="},
        {"wider", "<="},
        {"subsumes", "<-"},
        {"narrower", ">="},
        {"specializes", ">-"},
        {"inexact", "~"},
        {"disjoint", "!="},
        {"not-related-to", "!="},
        {"unmatched", "--"},
        {"source-is-narrower-than-target", "<="},
        {"source-is-broader-than-target", ">="},
    }};
    for (const auto& [known, symbol] : kWords) {
      if (word == known) return symbol;
    }
    return "-";
  }

  static std::string PrefixFor(EmbeddedConceptMap& concepts, const std::string& system, const char* preferred) {
    for (const EmbeddedConceptMap::Prefix& prefix : concepts.prefixes) {
      if (prefix.system == system) return prefix.name;
    }
    std::string name = preferred;
    for (const EmbeddedConceptMap::Prefix& prefix : concepts.prefixes) {
      if (prefix.name == name) name = absl::StrCat(preferred, concepts.prefixes.size());
    }
    concepts.prefixes.push_back({name, system});
    return name;
  }

  static bool Holds(const Value& value, std::string_view text) {
    if (value.is_string()) return value.text() == text;
    for (const Value& element : value.elements()) {
      if (Holds(element, text)) return true;
    }
    for (const json::Member& member : value.members()) {
      if (Holds(member.value, text)) return true;
    }
    return false;
  }

  // It is called by its id where a rule does so, else by its url.
  static EmbeddedConceptMap ReadConceptMap(const Value& resource, std::span<const Value> groups) {
    EmbeddedConceptMap concepts;
    concepts.url = "#" + Text(resource, "id");
    concepts.canonical = Text(resource, "url");
    const bool by_id =
        std::any_of(groups.begin(), groups.end(), [&](const Value& group) { return Holds(group, concepts.url); });
    if (!by_id && !concepts.canonical.empty()) concepts.url = std::exchange(concepts.canonical, {});
    for (const Value& group : List(resource, "group")) {
      const std::string source = PrefixFor(concepts, Text(group, "source"), "s");
      const std::string target = PrefixFor(concepts, Text(group, "target"), "t");
      const Value* unmapped = group.Find("unmapped");
      if (unmapped != nullptr &&
          (Text(*unmapped, "mode") == "provided" || Text(*unmapped, "mode") == "use-source-code")) {
        concepts.unmapped_provided.push_back(source);
      }
      for (const Value& element : List(group, "element")) {
        const Value* none = element.Find("noMap");  // R5's way to say what R4 calls unmatched
        if (none != nullptr && none->bool_value()) {
          concepts.entries.push_back({source, Text(element, "code"), "--", "", "", ""});
        }
        for (const Value& to : List(element, "target")) {
          const std::string code = Text(to, "code");
          concepts.entries.push_back(
              {source, Text(element, "code"), RelationOf(to), code.empty() ? "" : target, code, Text(to, "display")});
        }
      }
    }
    return concepts;
  }

  absl::StatusOr<Group> ReadGroup(const Value& value) {
    Group group;
    group.name = Text(value, "name");
    if (group.name.empty()) return Error("group.name", "a name");
    group.extends = Text(value, "extends");
    group.documentation = Text(value, "documentation");
    const std::string path = absl::StrCat("group[", group.name, "]");
    const std::string mode = Text(value, "typeMode");
    if (mode == "types") {
      group.type_mode = Group::TypeMode::kTypes;
    } else if (mode == "type-and-types") {
      group.type_mode = Group::TypeMode::kTypeAndTypes;
    } else if (!mode.empty() && mode != "none") {
      return Error(path + ".typeMode", "none, types or type-and-types");
    }
    for (const Value& input : List(value, "input")) {
      const std::string direction = Text(input, "mode");
      if (direction != "source" && direction != "target") return Error(path + ".input.mode", "source or target");
      group.inputs.push_back({Text(input, "name"), Text(input, "type"),
                              direction == "source" ? Input::Mode::kSource : Input::Mode::kTarget});
    }
    for (const Value& rule : List(value, "rule")) {
      absl::StatusOr<Rule> read = ReadRule(rule, path + ".rule", 1);
      if (!read.ok()) return read.status();
      group.rules.push_back(*std::move(read));
    }
    return group;
  }

  absl::StatusOr<Rule> ReadRule(const Value& value, std::string path, int depth) {
    if (depth > kRuleDepthMax) return Error(path, absl::StrCat("rules nested at most ", kRuleDepthMax, " deep"));
    Rule rule;
    rule.name = Text(value, "name");
    absl::StrAppend(&path, "[", rule.name, "]");
    rule.documentation = Text(value, "documentation");
    for (const Value& source : List(value, "source")) {
      absl::StatusOr<Source> read = ReadSource(source, path + ".source");
      if (!read.ok()) return read.status();
      rule.sources.push_back(*std::move(read));
    }
    if (rule.sources.empty()) return Error(path + ".source", "at least one");
    for (const Value& target : List(value, "target")) {
      absl::StatusOr<Target> read = ReadTarget(target, path + ".target");
      if (!read.ok()) return read.status();
      rule.targets.push_back(*std::move(read));
    }
    for (const Value& nested : List(value, "rule")) {
      absl::StatusOr<Rule> read = ReadRule(nested, path + ".rule", depth + 1);
      if (!read.ok()) return read.status();
      rule.rules.push_back(*std::move(read));
    }
    for (const Value& dependent : List(value, "dependent")) {
      absl::StatusOr<Dependent> read = ReadDependent(dependent, path + ".dependent");
      if (!read.ok()) return read.status();
      rule.dependents.push_back(*std::move(read));
    }
    return rule;
  }

  // An element may be a path; a name with a point of its own stands in backticks.
  static std::vector<std::string> SplitElement(const std::string& element) {
    std::vector<std::string> path;
    std::string name;
    bool quoted = false;
    for (const char c : element) {
      if (c == '`') {
        quoted = !quoted;
      } else if (c == '.' && !quoted) {
        path.push_back(std::exchange(name, {}));
      } else {
        name += c;
      }
    }
    if (!name.empty()) path.push_back(name);
    return path;
  }

  static std::optional<ExpressionText> Expression(const Value& value, std::string_view name) {
    const Value* found = value.Find(name);
    if (found == nullptr) return std::nullopt;
    return ExpressionText{std::string(found->text()), {}};
  }

  absl::StatusOr<Source> ReadSource(const Value& value, const std::string& path) {
    Source source;
    source.context = Text(value, "context");
    if (source.context.empty()) return Error(path + ".context", "a variable's name");
    source.element = SplitElement(Text(value, "element"));
    source.type = Text(value, "type");
    if (const Value* min = value.Find("min")) {
      source.min = static_cast<uint32_t>(std::strtoul(std::string(min->text()).c_str(), nullptr, 10));
    }
    source.max = Text(value, "max");
    if (!source.max.empty() && !source.min.has_value()) source.min = 0;
    for (const json::Member& member : value.members()) {
      if (!member.name.starts_with("defaultValue")) continue;
      std::string text(member.value.text());
      if (member.value.is_bool()) text = member.value.bool_value() ? "true" : "false";
      // R4's typed value, or a lone word, which other engines write for R5's text.
      const bool literal = member.name != "defaultValue" || IsWord(text);
      if (literal && member.value.is_string()) text = Quote(text, '\'');
      source.default_value = ExpressionText{text, {}};
    }
    if (const std::string mode = Text(value, "listMode"); !mode.empty()) {
      const auto parsed = ParseSourceListMode(mode);
      if (!parsed.has_value()) return Error(path + ".listMode", "first, not_first, last, not_last or only_one");
      source.list_mode = *parsed;
    }
    source.variable = Text(value, "variable");
    source.condition = Expression(value, "condition");
    source.check = Expression(value, "check");
    source.log_message = Expression(value, "logMessage");
    return source;
  }

  absl::StatusOr<Target> ReadTarget(const Value& value, const std::string& path) {
    Target target;
    target.context = Text(value, "context");
    target.element = SplitElement(Text(value, "element"));
    target.variable = Text(value, "variable");
    for (const Value& mode : List(value, "listMode")) {
      const auto parsed = ParseTargetListMode(std::string(mode.text()));
      if (!parsed.has_value()) return Error(path + ".listMode", "first, share, last, single or collate");
      target.list_modes.push_back(*parsed);
    }
    target.list_rule_id = Text(value, "listRuleId");
    if (const std::string code = Text(value, "transform"); !code.empty()) {
      const auto parsed = ParseTransform(code);
      if (!parsed.has_value()) return Error(path + ".transform", "a code of the value set map-transform");
      target.transform = *parsed;
    }
    const std::span<const Value> parameters = List(value, "parameter");
    for (size_t i = 0; i < parameters.size(); ++i) {
      absl::StatusOr<Parameter> parameter = ReadParameter(parameters[i], path + ".parameter");
      if (!parameter.ok()) return parameter.status();
      const bool expression = target.transform == Transform::kEvaluate && i + 1 == parameters.size();
      if (expression && parameter->kind == Parameter::Kind::kString) parameter->kind = Parameter::Kind::kExpression;
      target.parameters.push_back(*std::move(parameter));
    }
    return target;
  }

  absl::StatusOr<Parameter> ReadParameter(const Value& value, const std::string& path) {
    using Kind = Parameter::Kind;
    constexpr std::array<std::pair<std::string_view, Kind>, 8> kKinds = {{
        {"valueId", Kind::kId},
        {"valueString", Kind::kString},
        {"valueBoolean", Kind::kBoolean},
        {"valueInteger", Kind::kInteger},
        {"valueDecimal", Kind::kDecimal},
        {"valueDate", Kind::kDate},
        {"valueTime", Kind::kTime},
        {"valueDateTime", Kind::kDateTime},
    }};
    if (const std::span<const Value> extensions = List(value, "extension"); !extensions.empty()) {
      return Parameter{Kind::kExpression, Text(value, "valueString"), {}};
    }
    for (const auto& [name, kind] : kKinds) {
      const Value* found = value.Find(name);
      if (found == nullptr) continue;
      std::string text(found->text());
      if (found->is_bool()) text = found->bool_value() ? "true" : "false";
      return Parameter{kind, std::move(text), {}};
    }
    return Error(
        path, "valueId, valueString, valueBoolean, valueInteger, valueDecimal, valueDate, valueTime or valueDateTime");
  }

  absl::StatusOr<Dependent> ReadDependent(const Value& value, const std::string& path) {
    Dependent dependent;
    dependent.name = Text(value, "name");
    if (dependent.name.empty()) return Error(path + ".name", "a group's name");
    for (const Value& variable : List(value, "variable")) {
      dependent.parameters.push_back({Parameter::Kind::kId, std::string(variable.text()), {}});
    }
    for (const Value& parameter : List(value, "parameter")) {
      absl::StatusOr<Parameter> read = ReadParameter(parameter, path + ".parameter");
      if (!read.ok()) return read.status();
      dependent.parameters.push_back(*std::move(read));
    }
    return dependent;
  }

  std::string file_;
};

}  // namespace

absl::StatusOr<StructureMap> FromJson(const Value& resource, std::string_view file) {
  return Reader(std::string(file)).Run(resource);
}

}  // namespace hjerte::structuremap
