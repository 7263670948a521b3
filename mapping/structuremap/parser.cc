#include "mapping/structuremap/parser.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mapping/structuremap/rule_parser.h"
#include "mapping/structuremap/token_reader.h"

namespace hjerte::structuremap {
namespace {

std::string_view TrimSpace(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// Cuts a `/// path = value` token. Markdown loses the line break after its opening and before its closing quotes.
Metadata CutMetadata(std::string_view line) {
  line.remove_prefix(3);
  const size_t equals = line.find('=');
  Metadata result;
  result.path = TrimSpace(line.substr(0, equals));
  std::string_view value = TrimSpace(line.substr(equals + 1));
  if (value.starts_with("\"\"\"") && value.size() >= 6) {
    value = value.substr(3, value.size() - 6);
    if (value.starts_with('\r')) value.remove_prefix(1);
    if (value.starts_with('\n')) value.remove_prefix(1);
    if (value.ends_with('\n')) value.remove_suffix(1);
    if (value.ends_with('\r')) value.remove_suffix(1);
    result.kind = Metadata::Kind::kMarkdown;
    result.value = value;
    return result;
  }
  if (!value.empty() && (value.front() == '\'' || value.front() == '"')) {
    size_t end = 1;
    while (end < value.size() && value[end] != value.front()) end += value[end] == '\\' ? 2 : 1;
    if (end < value.size()) {
      result.kind = Metadata::Kind::kString;
      result.value = Unquote(value.substr(0, end + 1));  // what follows is a comment
      return result;
    }
  }
  if (const size_t comment = value.find("//");
      comment == 0 ||
      (comment != std::string_view::npos && comment > 0 && (value[comment - 1] == ' ' || value[comment - 1] == '\t'))) {
    value = TrimSpace(value.substr(0, comment));
  }
  result.kind = value.empty() ? Metadata::Kind::kNone : Metadata::Kind::kPlain;
  result.value = value;
  return result;
}

// The map's frame: everything but the rules.
class MapParser {
 public:
  MapParser(TokenReader& reader, const ParseLimits& limits) : reader_(reader), limits_(limits) {}

  absl::StatusOr<StructureMap> Run() {
    while (reader_.Peek().kind != Token::Kind::kEnd) {
      if (absl::Status status = Item(); !status.ok()) return status;
    }
    if (map_.groups.empty()) return reader_.Error("a group; a map has at least one");
    return std::move(map_);
  }

 private:
  absl::Status Item() {
    if (reader_.Peek().kind == Token::Kind::kMetadata) return TakeMetadata();
    if (reader_.At("map")) return MapLine();
    if (reader_.At("conceptmap") || reader_.At("conceptMap")) return ConceptMap();
    if (reader_.At("uses")) return Uses();
    if (reader_.At("imports")) return ImportLine();
    if (reader_.At("let")) return Let();
    if (reader_.At("group")) return GroupBlock();
    return reader_.Error("map, conceptmap, uses, imports, let or group");
  }

  absl::Status TakeMetadata() {
    reader_.TakeTrailing();
    Metadata entry = CutMetadata(reader_.Take().text);
    if (!map_.groups.empty()) return absl::OkStatus();  // below the header such a line is only a comment
    if (entry.path == "url") {
      map_.url = entry.value;
    } else if (entry.path == "name") {
      map_.name = entry.value;
    } else {
      map_.metadata.push_back(std::move(entry));
    }
    return absl::OkStatus();
  }

  absl::Status MapLine() {
    reader_.Take();
    absl::StatusOr<std::string> url = reader_.QuotedText("the map's url in quotes");
    if (!url.ok()) return url.status();
    if (absl::Status status = reader_.Expect("="); !status.ok()) return status;
    const bool quoted = reader_.Peek().kind == Token::Kind::kString;
    absl::StatusOr<std::string> name = quoted ? reader_.QuotedText("the map's name") : reader_.Name("the map's name");
    if (!name.ok()) return name.status();
    map_.url = *std::move(url);
    map_.name = *std::move(name);
    reader_.Skip(";");
    return absl::OkStatus();
  }

  absl::Status Uses() {
    Structure structure;
    structure.documentation = Documentation();
    reader_.Take();
    absl::StatusOr<std::string> url = reader_.QuotedText("the url of a structure in quotes");
    if (!url.ok()) return url.status();
    structure.url = *std::move(url);
    if (reader_.Skip("alias")) {
      absl::StatusOr<std::string> alias = reader_.Name("the alias of the structure");
      if (!alias.ok()) return alias.status();
      structure.alias = *std::move(alias);
    }
    if (absl::Status status = reader_.Expect("as"); !status.ok()) return status;
    const std::optional<Structure::Mode> mode = ParseStructureMode(std::string(reader_.Peek().text));
    if (!mode.has_value()) return reader_.Error("source, queried, target or produced");
    reader_.Take();
    structure.mode = *mode;
    reader_.Skip(";");
    AddTrailing(structure.documentation);
    map_.structures.push_back(std::move(structure));
    return absl::OkStatus();
  }

  absl::Status ImportLine() {
    Import import;
    import.documentation = Documentation();
    import.at = reader_.Take().at;
    absl::StatusOr<std::string> url = reader_.QuotedText("the url of a map in quotes");
    if (!url.ok()) return url.status();
    import.url = *std::move(url);
    reader_.Skip(";");
    AddTrailing(import.documentation);
    map_.imports.push_back(std::move(import));
    return absl::OkStatus();
  }

  absl::Status Let() {
    Constant constant;
    constant.documentation = Documentation();
    reader_.Take();
    absl::StatusOr<std::string> name = reader_.Name("the constant's name");
    if (!name.ok()) return name.status();
    constant.name = *std::move(name);
    if (absl::Status status = reader_.Expect("="); !status.ok()) return status;
    absl::StatusOr<ExpressionText> expression = reader_.Expression(/*stop_at_alias=*/false);
    if (!expression.ok()) return expression.status();
    constant.expression = *std::move(expression);
    if (absl::Status status = reader_.Expect(";"); !status.ok()) return status;
    AddTrailing(constant.documentation);
    map_.constants.push_back(std::move(constant));
    return absl::OkStatus();
  }

  absl::Status ConceptMap() {
    EmbeddedConceptMap concepts;
    concepts.documentation = Documentation();
    concepts.at = reader_.Take().at;
    absl::StatusOr<std::string> url = reader_.QuotedText("the concept map's id in quotes, such as \"#codes\"");
    if (!url.ok()) return url.status();
    concepts.url = *std::move(url);
    if (absl::Status status = reader_.Expect("{"); !status.ok()) return status;
    while (!reader_.At("}")) {
      absl::Status status = ConceptMapLine(concepts);
      if (!status.ok()) return status;
    }
    reader_.Take();
    map_.concept_maps.push_back(std::move(concepts));
    return absl::OkStatus();
  }

  absl::Status ConceptMapLine(EmbeddedConceptMap& concepts) {
    if (reader_.Peek(1).Is(":")) return ConceptMapEntry(concepts);
    if (reader_.Skip("prefix")) {
      absl::StatusOr<std::string> name = reader_.Name("the prefix's name");
      if (!name.ok()) return name.status();
      if (absl::Status status = reader_.Expect("="); !status.ok()) return status;
      absl::StatusOr<std::string> system = reader_.QuotedText("the code system's url in quotes");
      if (!system.ok()) return system.status();
      concepts.prefixes.push_back({*std::move(name), *std::move(system)});
      reader_.Skip(";");
      return absl::OkStatus();
    }
    if (reader_.Skip("unmapped")) {
      if (absl::Status status = reader_.Expect("for"); !status.ok()) return status;
      absl::StatusOr<std::string> name = DeclaredPrefix(concepts);
      if (!name.ok()) return name.status();
      if (absl::Status status = reader_.Expect("="); !status.ok()) return status;
      if (absl::Status status = reader_.Expect("provided"); !status.ok()) return status;
      concepts.unmapped_provided.push_back(*std::move(name));
      reader_.Skip(";");
      return absl::OkStatus();
    }
    return reader_.Error("prefix, unmapped, a line such as s:code - t:code, or '}'");
  }

  absl::StatusOr<std::string> DeclaredPrefix(const EmbeddedConceptMap& concepts) {
    const Token& token = reader_.Peek();
    absl::StatusOr<std::string> name = reader_.Name("a declared prefix");
    if (!name.ok()) return name;
    for (const EmbeddedConceptMap::Prefix& prefix : concepts.prefixes) {
      if (prefix.name == *name) return name;
    }
    return reader_.Error(token, "a prefix declared above it with prefix name = \"url\"");
  }

  // A code: quoted, or names, numbers, hyphens and points without a space between them.
  absl::StatusOr<std::string> Code() {
    const Token& token = reader_.Peek();
    if (token.kind == Token::Kind::kQuoted || token.kind == Token::Kind::kString ||
        token.kind == Token::Kind::kDelimited) {
      return Unquote(reader_.Take().text);
    }
    std::string code;
    size_t end = token.offset;
    while (reader_.Peek().offset == end && ContinuesCode(code.empty())) {
      end = reader_.Peek().end();
      code += reader_.Take().text;
    }
    if (code.empty()) return reader_.Error("a code");
    return code;
  }

  bool ContinuesCode(bool first) const {
    const Token& token = reader_.Peek();
    if (token.kind == Token::Kind::kIdentifier || token.kind == Token::Kind::kInteger ||
        token.kind == Token::Kind::kDecimal) {
      return !(!first && reader_.Peek(1).Is(":"));
    }
    if (first || !(token.Is("-") || token.Is("."))) return false;
    return reader_.Peek(1).offset == token.end() && !reader_.Peek(2).Is(":");
  }

  struct PrefixedCode {
    std::string prefix;
    std::string code;
  };

  absl::StatusOr<PrefixedCode> CodeWithPrefix(const EmbeddedConceptMap& concepts) {
    absl::StatusOr<std::string> prefix = DeclaredPrefix(concepts);
    if (!prefix.ok()) return prefix.status();
    if (absl::Status status = reader_.Expect(":"); !status.ok()) return status;
    absl::StatusOr<std::string> code = Code();
    if (!code.ok()) return code.status();
    return PrefixedCode{*std::move(prefix), *std::move(code)};
  }

  absl::Status ConceptMapEntry(EmbeddedConceptMap& concepts) {
    absl::StatusOr<PrefixedCode> source = CodeWithPrefix(concepts);
    if (!source.ok()) return source.status();
    while (true) {
      EmbeddedConceptMap::Entry& entry = concepts.entries.emplace_back();
      entry.source_prefix = std::move(source->prefix);
      entry.source_code = std::move(source->code);
      const uint32_t line = reader_.Peek().at.line;
      while (reader_.Peek().kind == Token::Kind::kSymbol && entry.relation.size() < 2) {
        entry.relation += reader_.Take().text;
      }
      if (!IsRelation(entry.relation)) return reader_.Error("a relation: -, ==, =, ~, <=, <-, >=, >-, != or --");
      // "--" may stand alone: the code has no counterpart.
      if (entry.relation == "--" && !(reader_.Peek(1).Is(":") && reader_.Peek().at.line == line)) break;
      absl::StatusOr<PrefixedCode> target = CodeWithPrefix(concepts);
      if (!target.ok()) return target.status();
      if (entry.relation != "--" || !AtRelation()) {
        entry.target_prefix = std::move(target->prefix);
        entry.target_code = std::move(target->code);
        break;
      }
      source = std::move(target);  // with a relation of its own it is the next entry, on the same line
    }
    reader_.Skip(";");
    return absl::OkStatus();
  }

  bool AtRelation() const {
    const Token& token = reader_.Peek();
    return token.kind == Token::Kind::kSymbol &&
           std::string_view("-=~<>!").find(token.text.front()) != std::string_view::npos;
  }

  static bool IsRelation(std::string_view text) {
    for (const std::string_view known : {"-", "==", "=", "~", "<=", "<-", ">=", ">-", "!=", "--"}) {
      if (text == known) return true;
    }
    return false;
  }

  absl::Status GroupBlock() {
    Group group;
    group.documentation = Documentation();
    group.at = reader_.Take().at;
    if (reader_.Skip("for")) {  // the form before R4: group for types Name(…)
      if (absl::Status status = TypeMode(group); !status.ok()) return status;
    }
    absl::StatusOr<std::string> name = reader_.Name("the group's name");
    if (!name.ok()) return name.status();
    group.name = *std::move(name);
    if (absl::Status status = Inputs(group); !status.ok()) return status;
    if (reader_.Skip("extends")) {
      name = reader_.Name("the name of the group it extends");
      if (!name.ok()) return name.status();
      group.extends = *std::move(name);
    }
    if (reader_.At("<")) {
      reader_.Take();
      if (absl::Status status = reader_.Expect("<"); !status.ok()) return status;
      if (absl::Status status = TypeMode(group); !status.ok()) return status;
      if (absl::Status status = reader_.Expect(">"); !status.ok()) return status;
      if (absl::Status status = reader_.Expect(">"); !status.ok()) return status;
    }
    if (absl::Status status = reader_.Expect("{"); !status.ok()) return status;
    AddTrailing(group.documentation);
    if (absl::Status status = ParseRules(reader_, limits_, group.rules); !status.ok()) return status;
    AddTrailing(group.documentation);
    map_.groups.push_back(std::move(group));
    return absl::OkStatus();
  }

  absl::Status TypeMode(Group& group) {
    if (reader_.Skip("types")) {
      group.type_mode = Group::TypeMode::kTypes;
      return absl::OkStatus();
    }
    if (!reader_.Skip("type") || !reader_.Skip("+")) return reader_.Error("types or type+");
    reader_.Skip("types");
    group.type_mode = Group::TypeMode::kTypeAndTypes;
    return absl::OkStatus();
  }

  absl::Status Inputs(Group& group) {
    if (absl::Status status = reader_.Expect("("); !status.ok()) return status;
    do {
      Input input;
      if (reader_.Skip("source")) {
        input.mode = Input::Mode::kSource;
      } else if (reader_.Skip("target")) {
        input.mode = Input::Mode::kTarget;
      } else {
        return reader_.Error("source or target");
      }
      absl::StatusOr<std::string> name = reader_.Name("the parameter's name");
      if (!name.ok()) return name.status();
      input.name = *std::move(name);
      if (reader_.Skip(":")) {
        absl::StatusOr<std::string> type = ParseTypeName(reader_);
        if (!type.ok()) return type.status();
        input.type = *std::move(type);
      }
      group.inputs.push_back(std::move(input));
    } while (reader_.Skip(","));
    return reader_.Expect(")");
  }

  // The comments above the next token. What trails the token before it belongs to that one.
  std::string Documentation() {
    reader_.TakeTrailing();
    return reader_.TakeDocumentation();
  }

  void AddTrailing(std::string& documentation) {
    const std::string trailing = reader_.TakeTrailing();
    if (trailing.empty()) return;
    documentation = documentation.empty() ? trailing : absl::StrCat(documentation, "\n", trailing);
  }

  TokenReader& reader_;
  const ParseLimits& limits_;
  StructureMap map_;
};

}  // namespace

absl::StatusOr<StructureMap> ParseFml(std::string_view text, std::string_view file, const ParseLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return absl::InvalidArgumentError(absl::StrCat(std::string(file), ":1:1: the map has ", text.size(),
                                                   " bytes, expected at most ", limits.max_bytes));
  }
  absl::StatusOr<std::vector<Token>> tokens = Tokenize(text, file);
  if (!tokens.ok()) return tokens.status();
  TokenReader reader(text, file, *std::move(tokens));
  absl::StatusOr<StructureMap> map = MapParser(reader, limits).Run();
  if (map.ok()) map->file = std::string(file);
  return map;
}

}  // namespace hjerte::structuremap
