#include "mapping/json/write.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>

#include "absl/container/inlined_vector.h"

namespace hjerte::json {

namespace {

enum class Style { kCompact, kIndented, kCanonical };

void NewLine(Style style, size_t depth, std::string& out) {
  if (style != Style::kIndented) return;
  out.push_back('\n');
  out.append(depth * 2, ' ');
}

void Append(const Value& value, Style style, size_t depth, std::string& out);

void AppendArray(const Value& value, Style style, size_t depth, std::string& out) {
  out.push_back('[');
  bool first = true;
  for (const Value& element : value.elements()) {
    if (!first) out.push_back(',');
    first = false;
    NewLine(style, depth + 1, out);
    Append(element, style, depth + 1, out);
  }
  if (!first) NewLine(style, depth, out);
  out.push_back(']');
}

void AppendMember(const Member& member, Style style, size_t depth, std::string& out) {
  NewLine(style, depth, out);
  AppendQuoted(member.name, out);
  out.append(style == Style::kIndented ? ": " : ":");
  Append(member.value, style, depth, out);
}

void AppendObject(const Value& value, Style style, size_t depth, std::string& out) {
  const std::span<const Member> members = value.members();
  const auto before = [](const Member& left, const Member& right) { return left.name < right.name; };
  // What was written canonically once is in order already.
  const bool in_order = style != Style::kCanonical || std::is_sorted(members.begin(), members.end(), before);
  absl::InlinedVector<const Member*, 16> sorted;
  if (!in_order) {
    for (const Member& member : members) sorted.push_back(&member);
    std::sort(sorted.begin(), sorted.end(),
              [&before](const Member* left, const Member* right) { return before(*left, *right); });
  }
  out.push_back('{');
  for (size_t i = 0; i < members.size(); ++i) {
    if (i > 0) out.push_back(',');
    AppendMember(in_order ? members[i] : *sorted[i], style, depth + 1, out);
  }
  if (!members.empty()) NewLine(style, depth, out);
  out.push_back('}');
}

void Append(const Value& value, Style style, size_t depth, std::string& out) {
  switch (value.kind()) {
    case Kind::kNull:
      out.append("null");
      break;
    case Kind::kBool:
      out.append(value.bool_value() ? "true" : "false");
      break;
    case Kind::kNumber:
      out.append(value.text());
      break;
    case Kind::kString:
      AppendQuoted(value.text(), out);
      break;
    case Kind::kArray:
      AppendArray(value, style, depth, out);
      break;
    case Kind::kObject:
      AppendObject(value, style, depth, out);
      break;
  }
}

void AppendEscape(char c, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out.append("\\\"");
      break;
    case '\\':
      out.append("\\\\");
      break;
    case '\n':
      out.append("\\n");
      break;
    case '\r':
      out.append("\\r");
      break;
    case '\t':
      out.append("\\t");
      break;
    default:
      out.append("\\u00");
      out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
      out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
  }
}

bool NeedsEscape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

// Whether any of eight bytes is below 0x20, a quote or a backslash: the highest bit of each byte of the sum is set by
// such a byte alone (and perhaps by those after it, which does not change the answer).
bool AnyNeedsEscape(uint64_t bytes) {
  constexpr uint64_t kOnes = ~uint64_t{0} / 255;
  const auto below = [](uint64_t word, uint64_t limit) { return (word - kOnes * limit) & ~word; };
  return ((below(bytes, 0x20) | below(bytes ^ (kOnes * '"'), 1) | below(bytes ^ (kOnes * '\\'), 1)) & (kOnes * 0x80)) !=
         0;
}

// The first place from `at` on that cannot be written as it stands; the size when there is none.
size_t FindEscape(std::string_view text, size_t at) {
  for (uint64_t bytes = 0; at + sizeof(bytes) <= text.size(); at += sizeof(bytes)) {
    std::memcpy(&bytes, text.data() + at, sizeof(bytes));
    if (AnyNeedsEscape(bytes)) break;
  }
  while (at < text.size() && !NeedsEscape(text[at])) ++at;
  return at;
}

}  // namespace

void AppendQuoted(std::string_view text, std::string& out) {
  out.push_back('"');
  size_t written = 0;
  for (size_t at = FindEscape(text, 0); at < text.size(); at = FindEscape(text, written)) {
    out.append(text.substr(written, at - written));
    AppendEscape(text[at], out);
    written = at + 1;
  }
  out.append(text.substr(written));
  out.push_back('"');
}

std::string Write(const Value& value, Indent indent) {
  std::string out;
  Append(value, indent == Indent::kNone ? Style::kCompact : Style::kIndented, 0, out);
  return out;
}

std::string WriteCanonical(const Value& value) {
  std::string out;
  AppendCanonical(value, out);
  return out;
}

void AppendCanonical(const Value& value, std::string& out) { Append(value, Style::kCanonical, 0, out); }

}  // namespace hjerte::json
