#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/structuremap/json_form.h"
#include "mapping/structuremap/lexer.h"

namespace hjerte::structuremap {
namespace {

using json::Value;

constexpr char kExpressionExtension[] = "http://hjertegateway.dk/fhir/StructureDefinition/fhirpath-parameter";

// Metadata elements that repeat in the resource.
bool Repeats(std::string_view name) {
  for (const std::string_view list :
       {"identifier", "contact", "useContext", "jurisdiction", "coding", "telecom", "extension", "relatedArtifact",
        "topic", "author", "editor", "profile", "security", "tag"}) {
    if (name == list) return true;
  }
  return false;
}

class Writer {
 public:
  explicit Writer(json::Arena& arena) : arena_(arena) {}

  Value Run(const StructureMap& map) {
    Value resource = Value::Object(arena_);
    Set(resource, "resourceType", "StructureMap");
    if (!map.concept_maps.empty()) {
      Value contained = Value::Array(arena_);
      for (const EmbeddedConceptMap& concepts : map.concept_maps) contained.Append(arena_, ConceptMap(concepts, ""));
      resource.Set(arena_, "contained", contained);
    }
    Set(resource, "url", map.url);
    Set(resource, "name", map.name);
    for (const Metadata& entry : map.metadata) WriteMetadata(resource, entry);
    if (resource.Find("status") == nullptr) Set(resource, "status", "draft");
    for (const Structure& structure : map.structures) {
      Value value = Push(resource, "structure");
      Set(value, "url", structure.url);
      Set(value, "mode", ModeCode(structure.mode));
      Set(value, "alias", structure.alias);
      Set(value, "documentation", structure.documentation);
    }
    if (!map.imports.empty()) {
      Value imports = Value::Array(arena_);
      for (const Import& import : map.imports) imports.Append(arena_, String(import.url));
      resource.Set(arena_, "import", imports);
    }
    for (const Constant& constant : map.constants) {
      Value value = Push(resource, "const");
      Set(value, "name", constant.name);
      Set(value, "value", constant.expression.text);
    }
    for (const Group& group : map.groups) WriteGroup(Push(resource, "group"), group);
    return resource;
  }

  Value ConceptMap(const EmbeddedConceptMap& concepts, std::string_view map_url) {
    Value resource = Value::Object(arena_);
    Set(resource, "resourceType", "ConceptMap");
    const bool by_id = concepts.url.starts_with('#');
    const std::string id = by_id ? concepts.url.substr(1) : IdOf(concepts.url);
    Set(resource, "id", id);
    Set(resource, "url",
        !by_id            ? concepts.url
        : map_url.empty() ? concepts.canonical
                          : absl::StrCat(std::string(map_url), "#", id));
    Set(resource, "status", "draft");
    const auto system = [&](const std::string& name) {
      for (const EmbeddedConceptMap::Prefix& prefix : concepts.prefixes) {
        if (prefix.name == name) return prefix.system;
      }
      return std::string();
    };
    // One group for each run of lines with the same pair of systems: the order of the lines stays.
    std::string pair;
    Value group;
    for (const EmbeddedConceptMap::Entry& entry : concepts.entries) {
      const std::string now = entry.source_prefix + ":" + entry.target_prefix;
      if (group.is_null() || (now != pair && !entry.target_prefix.empty())) {
        group = Push(resource, "group");
        Set(group, "source", system(entry.source_prefix));
        Set(group, "target", system(entry.target_prefix));
        pair = now;
        WriteUnmapped(group, concepts, entry.source_prefix);
      }
      Value element = Push(group, "element");
      Set(element, "code", entry.source_code);
      Value target = Push(element, "target");
      Set(target, "code", entry.target_code);
      Set(target, "display", entry.target_display);
      Set(target, "equivalence", EquivalenceOf(entry.relation));
    }
    for (const std::string& prefix : concepts.unmapped_provided) {
      if (!concepts.entries.empty()) break;
      group = Push(resource, "group");
      Set(group, "source", system(prefix));
      WriteUnmapped(group, concepts, prefix);
    }
    return resource;
  }

 private:
  // The end of a url as an id: letters, digits, - and .
  static std::string IdOf(std::string_view url) {
    constexpr size_t kIdBytesMax = 64;
    std::string id(url.substr(url.rfind('/') + 1).substr(0, kIdBytesMax));
    for (char& c : id) {
      const bool fits = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' || c == '.';
      if (!fits) c = '-';
    }
    return id;
  }

  Value String(std::string_view text) { return Value::String(arena_.CopyText(text)); }

  void Set(Value object, std::string_view name, std::string_view text) {
    if (!text.empty()) object.Set(arena_, name, String(text));
  }

  // Appends an empty object to the array `name` of `object`.
  Value Push(Value object, std::string_view name) {
    const Value* present = object.Find(name);
    Value list = present != nullptr && present->is_array() ? *present : Value::Array(arena_);
    Value element = Value::Object(arena_);
    list.Append(arena_, element);
    if (present == nullptr) object.Set(arena_, name, list);
    return element;
  }

  void WriteUnmapped(Value group, const EmbeddedConceptMap& concepts, const std::string& prefix) {
    for (const std::string& provided : concepts.unmapped_provided) {
      if (provided != prefix) continue;
      Value unmapped = Value::Object(arena_);
      Set(unmapped, "mode", "provided");
      group.Set(arena_, "unmapped", unmapped);
    }
  }

  static std::string EquivalenceOf(std::string_view relation) {
    constexpr std::array<std::pair<std::string_view, const char*>, 9> kRelations = {{
        {"=", "equal"},
        {"==", "equivalent"},
        {"<=", "wider"},
        {"<-", "subsumes"},
        {">=", "narrower"},
        {">-", "specializes"},
        {"~", "inexact"},
        {"!=", "disjoint"},
        {"--", "unmatched"},
    }};
    for (const auto& [symbol, word] : kRelations) {
      if (relation == symbol) return word;
    }
    return "relatedto";
  }

  // Whether the text stands as a number in JSON, too.
  static bool IsNumber(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    if (text.size() > 1 && text[0] == '0' && text[1] != '.') return false;
    const size_t whole = std::min(text.find_first_not_of("0123456789"), text.size());
    if (whole == 0 || whole == text.size()) return whole > 0;
    const std::string_view fraction = text.substr(whole + 1);
    return text[whole] == '.' && !fraction.empty() &&
           fraction.find_first_not_of("0123456789") == std::string_view::npos;
  }

  Value MetadataValue(const Metadata& entry) {
    if (entry.kind != Metadata::Kind::kPlain) return String(entry.value);
    if (entry.value == "true" || entry.value == "false") return Value::Bool(entry.value == "true");
    // The elements of a StructureMap itself are texts, numbers stand within them.
    if (entry.path.find('.') != std::string::npos && IsNumber(entry.value)) {
      return Value::Number(arena_.CopyText(entry.value));
    }
    return String(entry.value.starts_with('@') ? std::string_view(entry.value).substr(1) : entry.value);
  }

  void WriteMetadata(Value object, const Metadata& entry) {
    std::string_view path = entry.path;
    while (true) {
      const size_t dot = path.find('.');
      const std::string_view name = path.substr(0, dot);
      const Value* present = object.Find(name);
      if (dot == std::string_view::npos) {
        if (entry.kind == Metadata::Kind::kNone) {
          if (Repeats(name)) Push(object, name);
        } else if (Repeats(name)) {
          Value list = present != nullptr ? *present : Value::Array(arena_);
          list.Append(arena_, MetadataValue(entry));
          object.Set(arena_, name, list);
        } else {
          object.Set(arena_, name, MetadataValue(entry));
        }
        return;
      }
      if (present != nullptr && present->is_array() && present->size() > 0 && present->elements().back().is_object()) {
        object = present->elements().back();
      } else if (present != nullptr && present->is_object()) {
        object = *present;
      } else if (Repeats(name)) {
        object = Push(object, name);
      } else {
        Value below = Value::Object(arena_);
        object.Set(arena_, name, below);
        object = below;
      }
      path.remove_prefix(dot + 1);
    }
  }

  void WriteGroup(Value value, const Group& group) {
    Set(value, "name", group.name);
    Set(value, "extends", group.extends);
    Set(value, "typeMode",
        group.type_mode == Group::TypeMode::kTypes          ? "types"
        : group.type_mode == Group::TypeMode::kTypeAndTypes ? "type-and-types"
                                                            : "none");
    Set(value, "documentation", group.documentation);
    for (const Input& input : group.inputs) {
      Value one = Push(value, "input");
      Set(one, "name", input.name);
      Set(one, "type", input.type);
      Set(one, "mode", input.mode == Input::Mode::kSource ? "source" : "target");
    }
    WriteRules(value, group.rules);
  }

  void WriteRules(Value value, const std::vector<Rule>& rules) {
    for (size_t i = 0; i < rules.size(); ++i) {
      const Rule& rule = rules[i];
      Value one = Push(value, "rule");
      Set(one, "name", rule.name.empty() ? absl::StrCat("rule-", i + 1) : rule.name);
      for (const Source& source : rule.sources) WriteSource(Push(one, "source"), source);
      for (const Target& target : rule.targets) WriteTarget(Push(one, "target"), target);
      WriteRules(one, rule.rules);
      for (const Dependent& dependent : rule.dependents) WriteDependent(Push(one, "dependent"), dependent);
      Set(one, "documentation", rule.documentation);
    }
  }

  static std::string Element(const std::vector<std::string>& path) {
    std::string text;
    for (const std::string& name : path) {
      const bool quote = name.find('.') != std::string::npos;
      absl::StrAppend(&text, text.empty() ? "" : ".", quote ? "`" : "", name, quote ? "`" : "");
    }
    return text;
  }

  void WriteSource(Value value, const Source& source) {
    Set(value, "context", source.context);
    if (source.min.has_value()) value.Set(arena_, "min", Value::Number(arena_.CopyText(absl::StrCat(*source.min))));
    Set(value, "max", source.max);
    Set(value, "type", source.type);
    if (source.default_value.has_value()) {
      const std::string& text = source.default_value->text;
      Set(value, "defaultValue", IsWord(text) ? absl::StrCat("(", text, ")") : text);
    }
    Set(value, "element", Element(source.element));
    if (source.list_mode != Source::ListMode::kAll) Set(value, "listMode", ListModeCode(source.list_mode));
    Set(value, "variable", source.variable);
    if (source.condition.has_value()) Set(value, "condition", source.condition->text);
    if (source.check.has_value()) Set(value, "check", source.check->text);
    if (source.log_message.has_value()) Set(value, "logMessage", source.log_message->text);
  }

  void WriteTarget(Value value, const Target& target) {
    Set(value, "context", target.context);
    if (!target.context.empty()) Set(value, "contextType", "variable");
    Set(value, "element", Element(target.element));
    Set(value, "variable", target.variable);
    if (!target.list_modes.empty()) {
      Value modes = Value::Array(arena_);
      for (const Target::ListMode mode : target.list_modes) modes.Append(arena_, String(ListModeCode(mode)));
      value.Set(arena_, "listMode", modes);
    }
    Set(value, "listRuleId", target.list_rule_id);
    Set(value, "transform", TransformCode(target.transform));
    for (size_t i = 0; i < target.parameters.size(); ++i) {
      const bool expression = target.transform == Transform::kEvaluate && i + 1 == target.parameters.size();
      WriteParameter(Push(value, "parameter"), target.parameters[i], expression);
    }
  }

  void WriteParameter(Value value, const Parameter& parameter, bool expression_expected) {
    using Kind = Parameter::Kind;
    switch (parameter.kind) {
      case Kind::kId:
        return Set(value, "valueId", parameter.text);
      case Kind::kBoolean:
        return value.Set(arena_, "valueBoolean", Value::Bool(parameter.text == "true"));
      case Kind::kInteger:
        return value.Set(arena_, "valueInteger", Value::Number(arena_.CopyText(parameter.text)));
      case Kind::kDecimal:
        return value.Set(arena_, "valueDecimal", Value::Number(arena_.CopyText(parameter.text)));
      case Kind::kDate:
        return Set(value, "valueDate", parameter.text);
      case Kind::kTime:
        return Set(value, "valueTime", parameter.text);
      case Kind::kDateTime:
        return Set(value, "valueDateTime", parameter.text);
      case Kind::kExpression:
      case Kind::kQuantity:
        if (!expression_expected) {
          Value extension = Push(value, "extension");
          Set(extension, "url", kExpressionExtension);
          extension.Set(arena_, "valueBoolean", Value::Bool(true));
        }
        [[fallthrough]];
      case Kind::kString:
        return value.Set(arena_, "valueString", String(parameter.text));
    }
  }

  void WriteDependent(Value value, const Dependent& dependent) {
    Set(value, "name", dependent.name);
    bool variables = true;
    for (const Parameter& parameter : dependent.parameters) variables &= parameter.kind == Parameter::Kind::kId;
    if (variables) {
      Value names = Value::Array(arena_);
      for (const Parameter& parameter : dependent.parameters) names.Append(arena_, String(parameter.text));
      if (names.size() > 0) value.Set(arena_, "variable", names);
      return;
    }
    for (const Parameter& parameter : dependent.parameters) WriteParameter(Push(value, "parameter"), parameter, false);
  }

  json::Arena& arena_;
};

}  // namespace

json::Value ToJson(const StructureMap& map, json::Arena& arena) { return Writer(arena).Run(map); }

json::Value ToJson(const EmbeddedConceptMap& concepts, std::string_view map_url, json::Arena& arena) {
  return Writer(arena).ConceptMap(concepts, map_url);
}

}  // namespace hjerte::structuremap
