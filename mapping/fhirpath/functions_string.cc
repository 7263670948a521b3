#include <algorithm>
#include <string>

#include "mapping/fhirpath/convert.h"
#include "mapping/fhirpath/function.h"
#include "mapping/fhirpath/utf8.h"

namespace hjerte::fhirpath {

namespace {

using Text = std::optional<std::string_view>;

bool AddInteger(Collection& out, size_t value) {
  out.Add(Item::Integer(static_cast<int64_t>(value)));
  return true;
}

// The input and one text argument; `ready` is false where either is empty, and so is the result.
bool TwoTexts(const Call& call, Text& text, Text& other, bool& ready) {
  if (!call.TextInput(text) || !call.TextArgument(0, other)) return false;
  ready = text.has_value() && other.has_value();
  return true;
}

bool IndexOf(const Call& call, Collection& out) {
  Text text, part;
  bool ready = false;
  if (!TwoTexts(call, text, part, ready) || !ready) return call.frame.error.ok();
  const size_t at = text->find(*part);
  if (at != std::string_view::npos) return AddInteger(out, CountCodePoints(text->substr(0, at)));
  out.Add(Item::Integer(-1));
  return true;
}

bool LastIndexOf(const Call& call, Collection& out) {
  Text text, part;
  bool ready = false;
  if (!TwoTexts(call, text, part, ready) || !ready) return call.frame.error.ok();
  const size_t at = text->rfind(*part);
  if (at != std::string_view::npos) return AddInteger(out, CountCodePoints(text->substr(0, at)));
  out.Add(Item::Integer(-1));
  return true;
}

bool Substring(const Call& call, Collection& out) {
  Text text;
  std::optional<int64_t> start, length;
  if (!call.TextInput(text) || !call.IntegerArgument(0, start)) return false;
  if (call.argument_count() > 1 && !call.IntegerArgument(1, length)) return false;
  if (!text.has_value() || !start.has_value() || *start < 0) return true;
  const size_t from = OffsetOfCodePoint(*text, static_cast<size_t>(*start));
  if (from >= text->size()) return true;
  const std::string_view rest = text->substr(from);
  // An empty length is as good as none (FHIRPath 2.0.0, substring).
  if (!length.has_value()) {
    out.Add(Item::String(rest));
    return true;
  }
  if (*length <= 0) {
    out.Add(Item::String(""));
    return true;
  }
  out.Add(Item::String(rest.substr(0, OffsetOfCodePoint(rest, static_cast<size_t>(*length)))));
  return true;
}

bool StartsWith(const Call& call, Collection& out) {
  Text text, part;
  bool ready = false;
  if (!TwoTexts(call, text, part, ready)) return false;
  if (ready) out.Add(Item::Boolean(text->starts_with(*part)));
  return true;
}

bool EndsWith(const Call& call, Collection& out) {
  Text text, part;
  bool ready = false;
  if (!TwoTexts(call, text, part, ready)) return false;
  if (ready) out.Add(Item::Boolean(text->ends_with(*part)));
  return true;
}

bool Contains(const Call& call, Collection& out) {
  Text text, part;
  bool ready = false;
  if (!TwoTexts(call, text, part, ready)) return false;
  if (ready) out.Add(Item::Boolean(text->find(*part) != std::string_view::npos));
  return true;
}

bool Upper(const Call& call, Collection& out) {
  Text text;
  if (!call.TextInput(text)) return false;
  return !text.has_value() || call.frame.AddText(call.position, ToUpper(*text), out);
}

bool Lower(const Call& call, Collection& out) {
  Text text;
  if (!call.TextInput(text)) return false;
  return !text.has_value() || call.frame.AddText(call.position, ToLower(*text), out);
}

// `pattern` replaced between all characters and at both ends, as replacing the empty string is defined.
std::string Interleave(std::string_view text, std::string_view filling) {
  std::string result(filling);
  while (!text.empty()) {
    const size_t length = CodePointBytes(text);
    result.append(text.substr(0, length)).append(filling);
    text.remove_prefix(length);
  }
  return result;
}

bool Replace(const Call& call, Collection& out) {
  Text text, pattern, filling;
  bool ready = false;
  if (!TwoTexts(call, text, pattern, ready) || !call.TextArgument(1, filling)) return false;
  if (!ready || !filling.has_value()) return true;
  const size_t growth = pattern->empty() ? text->size() + 1 : text->size() / pattern->size();
  if (!call.frame.Step(call.position, text->size() + growth * filling->size() + 1)) return false;
  if (pattern->empty()) return call.frame.AddText(call.position, Interleave(*text, *filling), out);
  std::string result;
  size_t from = 0;
  for (size_t at = text->find(*pattern); at != std::string_view::npos; at = text->find(*pattern, from)) {
    result.append(text->substr(from, at - from)).append(*filling);
    from = at + pattern->size();
  }
  return call.frame.AddText(call.position, result.append(text->substr(from)), out);
}

bool Length(const Call& call, Collection& out) {
  Text text;
  if (!call.TextInput(text)) return false;
  return !text.has_value() || AddInteger(out, CountCodePoints(*text));
}

bool ToChars(const Call& call, Collection& out) {
  Text text;
  if (!call.TextInput(text)) return false;
  for (std::string_view rest = text.value_or(""); !rest.empty(); rest.remove_prefix(CodePointBytes(rest))) {
    if (!call.frame.Step(call.position)) return false;
    out.Add(Item::String(rest.substr(0, CodePointBytes(rest))));
  }
  return call.frame.CheckSize(call.position, out);
}

bool Trim(const Call& call, Collection& out) {
  constexpr std::string_view kBlanks = " \t\r\n";  // What FHIRPath calls whitespace.
  Text text;
  if (!call.TextInput(text)) return false;
  if (!text.has_value()) return true;
  const size_t first = text->find_first_not_of(kBlanks);
  const size_t last = text->find_last_not_of(kBlanks);
  out.Add(Item::String(first == std::string_view::npos ? std::string_view() : text->substr(first, last - first + 1)));
  return true;
}

bool Split(const Call& call, Collection& out) {
  Text text, separator;
  bool ready = false;
  if (!TwoTexts(call, text, separator, ready) || !ready) return call.frame.error.ok();
  if (separator->empty()) return ToChars(call, out);
  size_t from = 0;
  for (size_t at = text->find(*separator); at != std::string_view::npos; at = text->find(*separator, from)) {
    if (!call.frame.Step(call.position)) return false;
    out.Add(Item::String(text->substr(from, at - from)));
    from = at + separator->size();
  }
  out.Add(Item::String(text->substr(from)));
  return call.frame.CheckSize(call.position, out);
}

bool Join(const Call& call, Collection& out) {
  Text separator;
  if (call.argument_count() > 0 && !call.TextArgument(0, separator)) return false;
  if (call.input.empty() && !call.frame.context.join_gives_text()) return true;
  std::string result;
  bool first = true;
  for (const Item& item : call.input) {
    const Item value = ToSystem(call.frame, item);
    if (value.is_node() && value.node().is_null()) continue;
    const std::optional<std::string> text = item.is_node() && item.node().is_string() ? std::string(item.node().text())
                                            : value.kind() == ItemKind::kString       ? ToStringValue(value)
                                                                                      : std::nullopt;
    if (!text.has_value()) return call.Fail("join() needs strings; use select(toString())");
    if (!first) result.append(separator.value_or(""));
    first = false;
    result.append(*text);
    if (!call.frame.Step(call.position) || result.size() > call.frame.context.limits().max_bytes) break;
  }
  return call.frame.error.ok() && call.frame.AddText(call.position, result, out);
}

constexpr FunctionInfo kFunctions[] = {
    {"indexOf", IndexOf, 1, 1, ResultKind::kInteger, ArgumentKind::kValue, InputKind::kText},
    {"lastIndexOf", LastIndexOf, 1, 1, ResultKind::kInteger, ArgumentKind::kValue, InputKind::kText},
    {"substring", Substring, 1, 2, ResultKind::kString, ArgumentKind::kValue, InputKind::kText},
    {"startsWith", StartsWith, 1, 1, ResultKind::kBoolean, ArgumentKind::kValue, InputKind::kText},
    {"endsWith", EndsWith, 1, 1, ResultKind::kBoolean, ArgumentKind::kValue, InputKind::kText},
    {"contains", Contains, 1, 1, ResultKind::kBoolean, ArgumentKind::kValue, InputKind::kText},
    {"upper", Upper, 0, 0, ResultKind::kString, ArgumentKind::kValue, InputKind::kText},
    {"lower", Lower, 0, 0, ResultKind::kString, ArgumentKind::kValue, InputKind::kText},
    {"replace", Replace, 2, 2, ResultKind::kString, ArgumentKind::kValue, InputKind::kText},
    {"length", Length, 0, 0, ResultKind::kInteger, ArgumentKind::kValue, InputKind::kText},
    {"toChars", ToChars, 0, 0, ResultKind::kString, ArgumentKind::kValue, InputKind::kText},
    {"trim", Trim, 0, 0, ResultKind::kString, ArgumentKind::kValue, InputKind::kText},
    {"split", Split, 1, 1, ResultKind::kString, ArgumentKind::kValue, InputKind::kText},
    {"join", Join, 0, 1, ResultKind::kString, ArgumentKind::kValue, InputKind::kText},
};

}  // namespace

std::span<const FunctionInfo> StringFunctions() { return kFunctions; }

}  // namespace hjerte::fhirpath
