#include "mapping/structuremap/printer.h"

#include <cctype>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mapping/structuremap/lexer.h"

namespace hjerte::structuremap {
namespace {

bool IsPlainName(std::string_view name) {
  if (name.empty() || (std::isalpha(static_cast<unsigned char>(name[0])) == 0 && name[0] != '_')) return false;
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') return false;
  }
  return true;
}

std::string Name(std::string_view name) { return IsPlainName(name) ? std::string(name) : Quote(name, '`'); }

// A type may be dotted: Bundle.entry.
std::string TypeName(std::string_view type) {
  for (const char c : type) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '.') return Quote(type, '`');
  }
  return std::string(type);
}

// An expression with the line break that keeps a comment at its end from taking what follows with it; only a resource
// holds such.
std::string Expression(std::string_view text) {
  const std::string closed = absl::StrCat(std::string(text), ";");
  const absl::StatusOr<std::vector<Token>> tokens = Tokenize(closed, "expression");
  const bool commented = tokens.ok() && (tokens->size() < 2 || tokens->end()[-2].end() != closed.size());
  return commented ? absl::StrCat(std::string(text), "\n") : std::string(text);
}

std::string InBrackets(std::string_view expression) { return absl::StrCat("(", Expression(expression), ")"); }

class Printer {
 public:
  std::string Run(const StructureMap& map) {
    Header(map);
    for (const EmbeddedConceptMap& concepts : map.concept_maps) ConceptMap(concepts);
    if (!map.structures.empty()) Line("");
    for (const Structure& structure : map.structures) {
      Comment(structure.documentation);
      Line(absl::StrCat("uses ", Quote(structure.url, '"'),
                        structure.alias.empty() ? "" : absl::StrCat(" alias ", Name(structure.alias)), " as ",
                        ModeCode(structure.mode)));
    }
    if (!map.imports.empty()) Line("");
    for (const Import& import : map.imports) {
      Comment(import.documentation);
      Line(absl::StrCat("imports ", Quote(import.url, '"')));
    }
    if (!map.constants.empty()) Line("");
    for (const Constant& constant : map.constants) {
      Comment(constant.documentation);
      Line(absl::StrCat("let ", Name(constant.name), " = ", Expression(constant.expression.text), ";"));
    }
    for (const Group& group : map.groups) PrintGroup(group);
    return std::move(out_);
  }

 private:
  void Line(std::string_view text) {
    if (!text.empty()) out_.append(static_cast<size_t>(indent_) * 2, ' ');
    out_ += text;
    out_ += '\n';
  }

  void Comment(std::string_view documentation) {
    while (!documentation.empty()) {
      const std::string_view line = TakeLine(documentation);
      Line(line.empty() ? "//" : absl::StrCat("// ", std::string(line)));
    }
  }

  void MetadataLine(std::string_view path, Metadata::Kind kind, std::string_view value) {
    const std::string start = absl::StrCat("/// ", std::string(path), " =");
    switch (kind) {
      case Metadata::Kind::kNone:
        return Line(start);
      case Metadata::Kind::kString:
        return Line(absl::StrCat(start, " ", Quote(value, '"')));
      case Metadata::Kind::kPlain:
        return Line(absl::StrCat(start, " ", std::string(value)));
      case Metadata::Kind::kMarkdown:
        return Line(absl::StrCat(start, " \"\"\"\n", std::string(value), "\n\"\"\""));
    }
  }

  void Header(const StructureMap& map) {
    const bool both = !map.url.empty() && !map.name.empty();
    if (!both && !map.url.empty()) MetadataLine("url", Metadata::Kind::kString, map.url);
    if (!both && !map.name.empty()) MetadataLine("name", Metadata::Kind::kString, map.name);
    for (const Metadata& entry : map.metadata) MetadataLine(entry.path, entry.kind, entry.value);
    if (both) Line(absl::StrCat("map ", Quote(map.url, '"'), " = ", Quote(map.name, '"')));
  }

  void ConceptMap(const EmbeddedConceptMap& concepts) {
    Line("");
    Comment(concepts.documentation);
    Line(absl::StrCat("conceptmap ", Quote(concepts.url, '"'), " {"));
    ++indent_;
    for (const EmbeddedConceptMap::Prefix& prefix : concepts.prefixes) {
      Line(absl::StrCat("prefix ", Name(prefix.name), " = ", Quote(prefix.system, '"')));
    }
    for (const std::string& prefix : concepts.unmapped_provided) {
      Line(absl::StrCat("unmapped for ", Name(prefix), " = provided"));
    }
    for (const EmbeddedConceptMap::Entry& entry : concepts.entries) {
      const std::string target = entry.target_prefix.empty()
                                     ? ""
                                     : absl::StrCat(" ", Name(entry.target_prefix), ":", CodeText(entry.target_code));
      Line(absl::StrCat(Name(entry.source_prefix), ":", CodeText(entry.source_code), " ", entry.relation, target));
    }
    --indent_;
    Line("}");
  }

  static std::string CodeText(std::string_view code) {
    return IsPlainName(code) ? std::string(code) : Quote(code, '"');
  }

  void PrintGroup(const Group& group) {
    Line("");
    Comment(group.documentation);
    std::string head = absl::StrCat("group ", Name(group.name), "(");
    for (const Input& input : group.inputs) {
      if (!head.ends_with('(')) head += ", ";
      absl::StrAppend(&head, input.mode == Input::Mode::kSource ? "source " : "target ", Name(input.name));
      if (!input.type.empty()) absl::StrAppend(&head, " : ", TypeName(input.type));
    }
    head += ")";
    if (!group.extends.empty()) absl::StrAppend(&head, " extends ", Name(group.extends));
    if (group.type_mode == Group::TypeMode::kTypes) head += " <<types>>";
    if (group.type_mode == Group::TypeMode::kTypeAndTypes) head += " <<type+>>";
    Line(head + " {");
    PrintRules(group.rules);
    Line("}");
  }

  void PrintRules(const std::vector<Rule>& rules) {
    ++indent_;
    for (const Rule& rule : rules) PrintRule(rule);
    --indent_;
  }

  void PrintRule(const Rule& rule) {
    Comment(rule.documentation);
    const bool simple = rule.IsSimpleCopy();
    std::string line;
    for (const Source& source : rule.sources) {
      absl::StrAppend(&line, line.empty() ? "" : ", ", SourceText(source, simple));
    }
    for (size_t i = 0; i < rule.targets.size(); ++i) {
      absl::StrAppend(&line, i == 0 ? " -> " : ", ", TargetText(rule.targets[i], simple));
    }
    for (size_t i = 0; i < rule.dependents.size(); ++i) {
      absl::StrAppend(&line, i == 0 ? " then " : ", ", Name(rule.dependents[i].name), "(",
                      Arguments(rule.dependents[i].parameters), ")");
    }
    if (!rule.rules.empty()) {
      Line(absl::StrCat(line, rule.dependents.empty() ? " then {" : " {"));
      PrintRules(rule.rules);
      line = "}";
    }
    if (!rule.name.empty()) absl::StrAppend(&line, " ", Quote(rule.name, '"'));
    Line(line + ";");
  }

  static std::string Path(const std::string& context, const std::vector<std::string>& element) {
    std::string path = Name(context);
    for (const std::string& name : element) absl::StrAppend(&path, ".", Name(name));
    return path;
  }

  static std::string SourceText(const Source& source, bool simple) {
    std::string text = Path(source.context, source.element);
    if (!source.type.empty()) absl::StrAppend(&text, " : ", TypeName(source.type));
    if (source.min.has_value()) {
      absl::StrAppend(&text, " ", *source.min, "..", source.max.empty() ? "*" : source.max);
    }
    if (source.default_value.has_value()) absl::StrAppend(&text, " default ", InBrackets(source.default_value->text));
    if (source.list_mode != Source::ListMode::kAll) absl::StrAppend(&text, " ", ListModeCode(source.list_mode));
    if (!source.variable.empty() && !simple) absl::StrAppend(&text, " as ", Name(source.variable));
    if (source.condition.has_value()) absl::StrAppend(&text, " where ", InBrackets(source.condition->text));
    if (source.check.has_value()) absl::StrAppend(&text, " check ", InBrackets(source.check->text));
    if (source.log_message.has_value()) absl::StrAppend(&text, " log ", InBrackets(source.log_message->text));
    return text;
  }

  static std::string ArgumentText(const Parameter& parameter) {
    switch (parameter.kind) {
      case Parameter::Kind::kString:
        return Quote(parameter.text, '\'');
      case Parameter::Kind::kDate:
      case Parameter::Kind::kDateTime:
        return "@" + parameter.text;
      case Parameter::Kind::kTime:
        return "@T" + parameter.text;
      case Parameter::Kind::kExpression:
        return Expression(parameter.text);
      default:
        return parameter.text;
    }
  }

  static std::string Arguments(const std::vector<Parameter>& parameters) {
    std::string text;
    for (const Parameter& parameter : parameters) {
      absl::StrAppend(&text, text.empty() ? "" : ", ", ArgumentText(parameter));
    }
    return text;
  }

  static std::string ValueText(const Target& target) {
    if (target.transform == Transform::kCopy && target.parameters.size() == 1) {
      return ArgumentText(target.parameters[0]);
    }
    if (target.transform == Transform::kEvaluate && target.parameters.size() == 1) {
      return InBrackets(target.parameters[0].text);
    }
    return absl::StrCat(TransformCode(target.transform), "(", Arguments(target.parameters), ")");
  }

  static std::string TargetText(const Target& target, bool simple) {
    std::string text = target.context.empty() ? "" : Path(target.context, target.element);
    if (target.transform != Transform::kNone && !simple) {
      absl::StrAppend(&text, text.empty() ? "" : " = ", ValueText(target));
    }
    if (!target.variable.empty() && !simple) absl::StrAppend(&text, " as ", Name(target.variable));
    for (const Target::ListMode mode : target.list_modes) {
      absl::StrAppend(&text, " ", ListModeCode(mode));
      if (mode == Target::ListMode::kShare && !target.list_rule_id.empty()) {
        absl::StrAppend(&text, " ", target.list_rule_id);
      }
    }
    return text;
  }

  std::string out_;
  int indent_ = 0;
};

}  // namespace

std::string PrintFml(const StructureMap& map) { return Printer().Run(map); }

}  // namespace hjerte::structuremap
