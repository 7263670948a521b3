#include "mapping/json/write.h"

#include <algorithm>

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
  absl::InlinedVector<const Member*, 16> members;
  for (const Member& member : value.members()) members.push_back(&member);
  if (style == Style::kCanonical) {
    std::sort(members.begin(), members.end(),
              [](const Member* left, const Member* right) { return left->name < right->name; });
  }
  out.push_back('{');
  for (size_t i = 0; i < members.size(); ++i) {
    if (i > 0) out.push_back(',');
    AppendMember(*members[i], style, depth + 1, out);
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

}  // namespace

void AppendQuoted(std::string_view text, std::string& out) {
  out.push_back('"');
  size_t written = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text.substr(written, i - written));
    AppendEscape(text[i], out);
    written = i + 1;
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
  Append(value, Style::kCanonical, 0, out);
  return out;
}

}  // namespace hjerte::json
