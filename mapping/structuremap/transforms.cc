#include "mapping/structuremap/transforms.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "mapping/structuremap/conversion.h"
#include "mapping/structuremap/date_format.h"
#include "mapping/structuremap/text_escape.h"
#include "mapping/structuremap/values.h"

namespace hjerte::structuremap {
namespace {

using fhirpath::Item;
using json::Value;

using Made = absl::StatusOr<std::optional<MadeValue>>;

// The transforms over one set of arguments.
class Transformer {
 public:
  Transformer(std::span<const Argument> arguments, const TransformContext& context)
      : arguments_(arguments), context_(context), arena_(*context.arena) {}

  Made Truncate() {
    const auto text = Text(0);
    const auto length = Text(1);
    if (!text.has_value() || !length.has_value()) return Nothing();
    const auto number = fhirpath::Decimal::Parse(*length);
    const auto limit = number.has_value() ? number->ToInt64() : std::nullopt;
    if (!limit.has_value() || *limit < 0) return Wrong("truncate: expected a length from 0 as second argument");
    size_t end = 0;
    int64_t characters = 0;
    // A character begins at every byte that does not continue one (UTF-8).
    for (; end < text->size(); ++end) {
      const bool begins = (static_cast<unsigned char>((*text)[end]) & 0xC0) != 0x80;
      if (begins && characters++ == *limit) break;
    }
    return String(std::string_view(*text).substr(0, end), "string");
  }

  Made Escape() {
    const auto text = Text(0);
    const auto from = Text(1);
    if (!text.has_value() || !from.has_value()) return Nothing();
    const auto to = Text(2);
    // With two arguments the text has no escapes yet.
    absl::StatusOr<std::string> escaped = to.has_value() ? Reescape(*text, *from, *to) : Reescape(*text, "none", *from);
    if (!escaped.ok()) return escaped.status();
    return String(*escaped, "string");
  }

  Made Cast() {
    if (Empty(0)) return Nothing();
    const Item& item = arguments_[0].front();
    const std::string_view asked = Text(1).value_or(context_.element_type);
    if (const std::optional<PrimitiveForm> form = FormOf(asked)) return CastTo(item, {asked, form});
    std::string type(asked);
    for (const std::string_view space : {"FHIR.", "System."}) {
      if (type.starts_with(space)) type.erase(0, space.size());
    }
    if (!type.empty() && type[0] >= 'A' && type[0] <= 'Z' && IsPrimitiveType(Lower(type))) type = Lower(type);
    if (type.empty()) return Wrong("cast: the target's type is not known here, expected it as second argument");
    if (!IsPrimitiveType(type)) {
      if (type == "Quantity" && IsPrimitive(item)) return Transformer(arguments_.first(1), context_).Quantity();
      if (TypeNameOf(item, context_.model) == type || (!IsPrimitive(item) && item.type() == fhirpath::kUnknownType)) {
        return MadeValue{item, KeepType(type), false, nullptr};
      }
      return Wrong(absl::StrCat("cast: no cast from a ", std::string(TypeNameOf(item, context_.model)), " to ", type));
    }
    return CastTo(item, {type, FormOf(type)});
  }

  Made Append() {
    std::string text;
    for (const Argument& argument : arguments_) {
      for (const Item& item : argument) {
        const auto part = TextOf(item);
        if (!part.has_value()) return Wrong("append: expected values without children");
        text += *part;
      }
    }
    return String(text, "string");
  }

  Made DateOp() {
    const auto text = Text(0);
    if (!text.has_value()) return Nothing();
    const std::string_view format = Text(1).value_or("");
    ParsedDate parsed{std::string(*text), text->find('T') == std::string_view::npos ? "date" : "dateTime"};
    if (!format.empty()) {
      absl::StatusOr<ParsedDate> read = ParseWithFormat(*text, format);
      if (!read.ok()) return absl::InvalidArgumentError(absl::StrCat("dateOp: ", std::string(read.status().message())));
      parsed = *std::move(read);
    }
    const std::string_view type = Text(2).value_or(parsed.type);
    absl::StatusOr<Value> value = CastPrimitive(Item::String(parsed.text), type, arena_);
    if (!value.ok()) return absl::InvalidArgumentError(absl::StrCat("dateOp: ", std::string(value.status().message())));
    return Fresh(*value, KeepType(type));
  }

  Made Translate() {
    if (Empty(0)) return Nothing();
    const std::string_view output = Text(2).value_or(DefaultOutput());
    absl::StatusOr<TranslationView> translation = TranslateItem(arguments_[0].front());
    if (!translation.ok()) return translation.status();
    if (translation->code.empty()) return Nothing();
    if (output == "system") return StringOrNothing(translation->system, "uri");
    if (output == "display") return StringOrNothing(translation->display, "string");
    if (output == "code") return String(translation->code, "code");
    Value coding = CodingOf(translation->system, translation->code, translation->display);
    if (output != "CodeableConcept") return Fresh(coding, "Coding");
    return Fresh(ConceptOf(coding), "CodeableConcept");
  }

  Made Concept() {
    if (arguments_.size() == 1) {
      const auto text = Text(0);
      if (!text.has_value()) return Nothing();
      Value object = Value::Object(arena_);
      Add(object, "text", *text);
      return Fresh(object, "CodeableConcept");
    }
    const auto code = Text(1);
    if (!code.has_value()) return Nothing();
    return Fresh(ConceptOf(CodingOf(Text(0).value_or(""), *code, Text(2).value_or(""))), "CodeableConcept");
  }

  Made Coding() {
    const auto code = Text(1);
    if (!code.has_value()) return Nothing();
    return Fresh(CodingOf(Text(0).value_or(""), *code, Text(2).value_or("")), "Coding");
  }

  Made Identifier() {
    const auto value = Text(1);
    if (!value.has_value()) return Nothing();
    Value object = Value::Object(arena_);
    if (const auto type = Text(2); type.has_value()) {
      Value codings = Value::Array(arena_);
      codings.Append(arena_, CodingOf("http://terminology.hl7.org/CodeSystem/v2-0203", *type, ""));
      Value concept_value = Value::Object(arena_);
      concept_value.Add(arena_, "coding", codings);
      object.Add(arena_, "type", concept_value);
    }
    Add(object, "system", Text(0).value_or(""));
    Add(object, "value", *value);
    return Fresh(object, "Identifier");
  }

  Made ContactPoint() {
    const auto value = Text(arguments_.size() - 1);
    if (!value.has_value()) return Nothing();
    const std::string_view system = arguments_.size() == 2 ? Text(0).value_or("") : SystemOf(*value);
    Value object = Value::Object(arena_);
    Add(object, "system", system);
    Add(object, "value", *value);
    return Fresh(object, "ContactPoint");
  }

  // (text) as "[comparator]value[space]unit", or (value, unit[, system, code]).
  Made Quantity() {
    auto value = Text(0);
    if (!value.has_value()) return Nothing();
    Value object = Value::Object(arena_);
    std::string_view unit = arguments_.size() > 1 ? Text(1).value_or("") : "";
    std::string_view number = *value;
    if (arguments_.size() == 1 || !IsPrimitiveNumber(number)) {
      std::string_view rest = *value;
      for (const std::string_view comparator : {"<=", ">=", "<", ">"}) {
        if (!rest.starts_with(comparator)) continue;
        Add(object, "comparator", comparator);
        rest.remove_prefix(comparator.size());
        break;
      }
      while (rest.starts_with(' ')) rest.remove_prefix(1);
      const size_t end = std::min(rest.find_first_not_of("0123456789.+-"), rest.size());
      number = rest.substr(0, end);
      if (arguments_.size() == 1) {
        rest.remove_prefix(end);
        while (rest.starts_with(' ')) rest.remove_prefix(1);
        if (rest.size() > 1 && rest.front() == '\'' && rest.back() == '\'') rest = rest.substr(1, rest.size() - 2);
        unit = rest;
      }
    }
    const auto decimal = fhirpath::Decimal::Parse(number);
    if (!decimal.has_value()) return Wrong("qty: expected a number, or a text such as 5.5 mg");
    object.Add(arena_, "value", Value::Number(arena_.CopyText(decimal->ToString())));
    Add(object, "unit", unit);
    Add(object, "system", arguments_.size() > 2 ? Text(2).value_or("") : "");
    Add(object, "code", arguments_.size() > 3 ? Text(3).value_or("") : "");
    return Fresh(object, "Quantity");
  }

 private:
  static std::string Lower(std::string text) {
    text[0] = static_cast<char>(text[0] | 0x20);
    return text;
  }

  Made CastTo(const Item& item, const AssignedType& type) {
    absl::StatusOr<Value> cast = CastPrimitive(item, type, arena_);
    if (!cast.ok()) return cast.status();
    const fhirpath::TypeId id =
        context_.model == nullptr ? fhirpath::kUnknownType : context_.model->FindType(type.name);
    const std::string_view name = id == fhirpath::kUnknownType ? arena_.CopyText(type.name) : context_.model->Name(id);
    return MadeValue{Item::Node(*cast, id), name, true, nullptr};
  }

  static bool IsPrimitiveNumber(std::string_view text) { return fhirpath::Decimal::Parse(text).has_value(); }

  static Made Nothing() { return std::optional<MadeValue>(); }
  static absl::Status Wrong(std::string_view what) { return absl::InvalidArgumentError(std::string(what)); }

  bool Empty(size_t i) const { return i >= arguments_.size() || arguments_[i].empty(); }

  std::optional<std::string_view> Text(size_t i) const {
    if (Empty(i)) return std::nullopt;
    return TextIn(arguments_[i].front(), arena_);
  }

  std::string_view KeepType(std::string_view type) {
    if (context_.model != nullptr) {
      const fhirpath::TypeId id = context_.model->FindType(type);
      if (id != fhirpath::kUnknownType) return context_.model->Name(id);
    }
    return arena_.CopyText(type);
  }

  Made Fresh(Value value, std::string_view type) {
    const fhirpath::TypeId id = context_.model == nullptr ? fhirpath::kUnknownType : context_.model->FindType(type);
    return MadeValue{Item::Node(value, id), type, true, nullptr};
  }
  Made String(std::string_view text, std::string_view type) {
    return Fresh(Value::String(arena_.CopyText(text)), type);
  }
  Made StringOrNothing(std::string_view text, std::string_view type) {
    if (text.empty()) return Nothing();
    return String(text, type);
  }

  void Add(Value object, std::string_view name, std::string_view text) {
    if (!text.empty()) object.Add(arena_, name, Value::String(arena_.CopyText(text)));
  }

  Value CodingOf(std::string_view system, std::string_view code, std::string_view display) {
    Value coding = Value::Object(arena_);
    Add(coding, "system", system);
    Add(coding, "code", code);
    Add(coding, "display", display);
    return coding;
  }

  Value ConceptOf(Value coding) {
    Value codings = Value::Array(arena_);
    codings.Append(arena_, coding);
    Value object = Value::Object(arena_);
    object.Add(arena_, "coding", codings);
    return object;
  }

  std::string_view DefaultOutput() const {
    const bool coded = context_.element_type == "Coding" || context_.element_type == "CodeableConcept";
    return coded ? context_.element_type : "code";
  }

  // A code, a Coding, or the first coding of a CodeableConcept the map has a line for.
  absl::StatusOr<TranslationView> TranslateItem(const Item& item) const {
    if (const auto code = TextIn(item, arena_); code.has_value()) {
      return context_.concept_maps->Translate(context_.concept_map, "", *code);
    }
    if (!item.is_node() || !item.node().is_object())
      return Wrong("translate: expected a code, Coding or CodeableConcept");
    const Value* codings = item.node().Find("coding");
    if (codings == nullptr) return TranslateCoding(item.node());
    absl::StatusOr<TranslationView> first = Wrong("translate: a CodeableConcept without a coding");
    for (const Value& coding : codings->elements()) {
      absl::StatusOr<TranslationView> translation = TranslateCoding(coding);
      if (translation.ok()) return translation;
      if (absl::IsInvalidArgument(first.status())) first = translation.status();
    }
    return first;
  }

  absl::StatusOr<TranslationView> TranslateCoding(const Value& coding) const {
    const Value* code = coding.Find("code");
    const Value* system = coding.Find("system");
    if (code == nullptr) return Wrong("translate: a Coding without a code");
    return context_.concept_maps->Translate(context_.concept_map, system == nullptr ? "" : system->text(),
                                            code->text());
  }

  static std::string_view SystemOf(std::string_view value) {
    if (value.find('@') != std::string_view::npos) return "email";
    if (value.starts_with("http://") || value.starts_with("https://")) return "url";
    size_t digits = 0;
    for (const char c : value) {
      if (c >= '0' && c <= '9') {
        ++digits;
      } else if (std::string_view(" +-()./").find(c) == std::string_view::npos) {
        return "other";
      }
    }
    return digits > 0 ? "phone" : "other";
  }

  std::span<const Argument> arguments_;
  const TransformContext& context_;
  json::Arena& arena_;
};

}  // namespace

Made RunTransform(Transform transform, std::span<const Argument> arguments, const TransformContext& context) {
  Transformer transformer(arguments, context);
  switch (transform) {
    case Transform::kTruncate:
      return transformer.Truncate();
    case Transform::kEscape:
      return transformer.Escape();
    case Transform::kCast:
      return transformer.Cast();
    case Transform::kAppend:
      return transformer.Append();
    case Transform::kTranslate:
      return transformer.Translate();
    case Transform::kDateOp:
      return transformer.DateOp();
    case Transform::kCc:
      return transformer.Concept();
    case Transform::kC:
      return transformer.Coding();
    case Transform::kQty:
      return transformer.Quantity();
    case Transform::kId:
      return transformer.Identifier();
    case Transform::kCp:
      return transformer.ContactPoint();
    default:
      return absl::InternalError("a transform that is run elsewhere");
  }
}

std::string RandomUuid() {
  std::random_device device;
  uint32_t words[4];
  for (uint32_t& word : words) word = device();
  words[1] = (words[1] & 0xFFFF0FFFU) | 0x4000U;
  words[2] = (words[2] & 0x3FFFFFFFU) | 0x80000000U;
  return absl::StrFormat("%08x-%04x-%04x-%04x-%04x%08x", words[0], words[1] >> 16, words[1] & 0xFFFF, words[2] >> 16,
                         words[2] & 0xFFFF, words[3]);
}

}  // namespace hjerte::structuremap
