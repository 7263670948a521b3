#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hjerte::structuremap {

// Where something stands in a map's text: one-based line and column (bytes), zero when it was loaded from JSON. Two
// maps that differ only in positions are equal, so a position never takes part in a comparison.
struct Position {
  uint32_t line = 0;
  uint32_t column = 0;
  friend bool operator==(const Position&, const Position&) { return true; }
};

// A FHIRPath expression as written, without the parentheses the mapping language puts around it.
struct ExpressionText {
  std::string text;
  Position at;
  bool operator==(const ExpressionText&) const = default;
};

// One `/// path = value` line. An empty value opens a complex element (or removes an inherited one). `path` may be
// dotted.
struct Metadata {
  // kNone: no value; kString: quoted text; kMarkdown: """text"""; kPlain: true, 12, 2024-01-01 as written.
  enum class Kind { kNone, kString, kMarkdown, kPlain };
  std::string path;
  Kind kind = Kind::kNone;
  std::string value;
  bool operator==(const Metadata&) const = default;
};

// StructureMap.structure: a model the map reads or writes.
struct Structure {
  enum class Mode { kSource, kQueried, kTarget, kProduced };
  std::string url;
  std::string alias;  // empty: the type is called by the last segment of the url
  Mode mode = Mode::kSource;
  std::string documentation;
  bool operator==(const Structure&) const = default;
};

// StructureMap.import: another map's url, `*` matches any run of characters.
struct Import {
  std::string url;
  std::string documentation;
  Position at;
  bool operator==(const Import&) const = default;
};

// R5's `let name = expression;`, evaluated lazily, once for each run.
struct Constant {
  std::string name;
  ExpressionText expression;
  std::string documentation;
  bool operator==(const Constant&) const = default;
};

// A `conceptmap "#id" { … }` written inside a map.
struct EmbeddedConceptMap {
  struct Prefix {
    std::string name;
    std::string system;
    bool operator==(const Prefix&) const = default;
  };
  struct Entry {
    std::string source_prefix;
    std::string source_code;
    std::string relation;  // as written: - == = ~ <= <- >= >- != --
    std::string target_prefix;
    std::string target_code;
    std::string target_display;  // of a resource; the text has no place for it
    bool operator==(const Entry&) const = default;
  };
  std::string url;        // as written, "#id" or a full url
  std::string canonical;  // the url of a resource that is called by its id, too; the text has no place for it
  std::vector<Prefix> prefixes;
  std::vector<std::string> unmapped_provided;  // prefixes with `unmapped for p = provided`: codes not listed stay
  std::vector<Entry> entries;
  std::string documentation;
  Position at;
  bool operator==(const EmbeddedConceptMap&) const = default;
};

// A transform's or a dependent group's argument.
struct Parameter {
  // kId names a variable or constant, optionally with a path (`v.code`); kExpression is FHIRPath; the rest are
  // literals.
  enum class Kind { kId, kExpression, kString, kBoolean, kInteger, kDecimal, kDate, kDateTime, kTime, kQuantity };
  Kind kind = Kind::kString;
  std::string text;  // literals without quotes, without @ and without the L of a long; a quantity with its unit
  Position at;
  bool operator==(const Parameter&) const = default;
};

// StructureMap.group.rule.source.
struct Source {
  enum class ListMode { kAll, kFirst, kNotFirst, kLast, kNotLast, kOnlyOne };
  std::string context;
  std::vector<std::string> element;  // path below the context; empty: the context itself
  std::string type;
  std::optional<uint32_t> min;
  std::string max;  // empty when there is no cardinality, else a number or "*"
  std::optional<ExpressionText> default_value;
  ListMode list_mode = ListMode::kAll;
  std::string variable;
  std::optional<ExpressionText> condition;
  std::optional<ExpressionText> check;
  std::optional<ExpressionText> log_message;
  Position at;
  bool operator==(const Source&) const = default;
};

enum class Transform {
  kNone,  // the element is created by its type
  kCreate,
  kCopy,
  kTruncate,
  kEscape,
  kCast,
  kAppend,
  kTranslate,
  kReference,
  kDateOp,
  kUuid,
  kPointer,
  kEvaluate,
  kCc,
  kC,
  kQty,
  kId,
  kCp,
};

// StructureMap.group.rule.target.
struct Target {
  enum class ListMode { kFirst, kShare, kLast, kSingle, kCollate };
  std::string context;  // empty: the value is only bound to the variable
  std::vector<std::string> element;
  Transform transform = Transform::kNone;
  std::vector<Parameter> parameters;
  std::string variable;
  std::vector<ListMode> list_modes;
  std::string list_rule_id;  // the name shared by `share name`
  Position at;
  bool operator==(const Target&) const = default;
};

// A call of a group: `then group(a, b)`.
struct Dependent {
  std::string name;
  std::vector<Parameter> parameters;
  Position at;
  bool operator==(const Dependent&) const = default;
};

// The variable both sides of a simple copy `src.a -> tgt.a;` get, as the published engines write it to JSON.
inline constexpr char kSimpleVariable[] = "vvv";

struct Rule {
  std::string name;  // may be empty
  std::vector<Source> sources;
  std::vector<Target> targets;
  std::vector<Rule> rules;
  std::vector<Dependent> dependents;
  std::string documentation;
  Position at;
  bool operator==(const Rule&) const = default;
  // True for `src.a -> tgt.a;`, the copy by type.
  bool IsSimpleCopy() const;
};

struct Input {
  enum class Mode { kSource, kTarget };
  std::string name;
  std::string type;
  Mode mode = Mode::kSource;
  bool operator==(const Input&) const = default;
};

struct Group {
  // kTypes: default group of its type pair; kTypeAndTypes: also of its source type alone (`<<type+>>`).
  enum class TypeMode { kNone, kTypes, kTypeAndTypes };
  std::string name;
  std::string extends;
  TypeMode type_mode = TypeMode::kNone;
  std::vector<Input> inputs;
  std::vector<Rule> rules;
  std::string documentation;
  Position at;
  bool operator==(const Group&) const = default;
};

// A map as a value: what the StructureMap resource (R4, with R5's constants) holds, whichever form it was read from.
struct StructureMap {
  std::string file;  // where it came from, for messages; not compared
  std::string url;
  std::string name;
  std::vector<Metadata> metadata;  // everything but url and name
  std::vector<EmbeddedConceptMap> concept_maps;
  std::vector<Structure> structures;
  std::vector<Import> imports;
  std::vector<Constant> constants;
  std::vector<Group> groups;
  friend bool operator==(const StructureMap& a, const StructureMap& b) {
    return a.url == b.url && a.name == b.name && a.metadata == b.metadata && a.concept_maps == b.concept_maps &&
           a.structures == b.structures && a.imports == b.imports && a.constants == b.constants && a.groups == b.groups;
  }
};

// The codes of the FHIR value sets map-transform, map-source-list-mode, map-target-list-mode and map-model-mode. The
// parsing functions answer nullopt for an unknown code.
const char* TransformCode(Transform transform);
std::optional<Transform> ParseTransform(const std::string& code);
const char* ListModeCode(Source::ListMode mode);
std::optional<Source::ListMode> ParseSourceListMode(const std::string& code);
const char* ListModeCode(Target::ListMode mode);
std::optional<Target::ListMode> ParseTargetListMode(const std::string& code);
const char* ModeCode(Structure::Mode mode);
std::optional<Structure::Mode> ParseStructureMode(const std::string& code);

}  // namespace hjerte::structuremap
