#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "mapping/fhirpath/function.h"
#include "mapping/fhirpath/utf8.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"

namespace hjerte::fhirpath {

namespace {

using Text = std::optional<std::string_view>;

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

// Every character beyond ASCII as a question mark.
std::string Ascii(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t length = CodePointBytes(text);
    result.push_back(length == 1 ? text.front() : '?');
    text.remove_prefix(length);
  }
  return result;
}

bool Encode(const Call& call, Collection& out) {
  Text text, format;
  if (!call.TextInput(text) || !call.TextArgument(0, format)) return false;
  if (!text.has_value() || !format.has_value()) return true;
  if (*format == "hex") return call.frame.AddText(call.position, absl::BytesToHexString(View(*text)), out);
  std::string encoded;
  if (*format == "ascii") {
    encoded = Ascii(*text);
  } else if (*format == "base64") {
    absl::Base64Escape(View(*text), &encoded);
  } else if (*format == "urlbase64") {
    // RFC 4648's alphabet for addresses, padded as base64 is.
    absl::WebSafeBase64Escape(View(*text), &encoded);
    encoded.append((4 - encoded.size() % 4) % 4, '=');
  } else {
    return call.Fail("unknown encoding; expected 'hex', 'base64', 'urlbase64' or 'ascii'");
  }
  return call.frame.AddText(call.position, encoded, out);
}

bool DecodeHex(std::string_view text, std::string& out) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
  if (text.size() % 2 != 0) return false;
  for (const char c : text) {
    if (!is_hex(c)) return false;
  }
  out = absl::HexStringToBytes(View(text));
  return true;
}

bool Decode(const Call& call, Collection& out) {
  Text text, format;
  if (!call.TextInput(text) || !call.TextArgument(0, format)) return false;
  if (!text.has_value() || !format.has_value()) return true;
  std::string decoded;
  bool good = false;
  if (*format == "hex") {
    good = DecodeHex(*text, decoded);
  } else if (*format == "base64") {
    good = absl::Base64Unescape(View(*text), &decoded);
  } else if (*format == "urlbase64") {
    good = absl::WebSafeBase64Unescape(View(*text), &decoded);
  } else {
    return call.Fail("unknown encoding; expected 'hex', 'base64' or 'urlbase64'");
  }
  if (!good) return call.Fail("the text is not a string in this encoding");
  if (!IsValidUtf8(decoded)) return true;
  return call.frame.AddText(call.position, decoded, out);
}

struct Entity {
  std::string_view text;
  std::string_view escaped;
};
constexpr std::array<Entity, 5> kEntities = {
    Entity{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}};

std::string EscapeHtml(std::string_view text) {
  std::string result;
  for (const char c : text) {
    std::string_view piece(&c, 1);
    for (const Entity& entity : kEntities) {
      if (entity.text == piece) {
        piece = entity.escaped;
        break;
      }
    }
    result.append(piece);
  }
  return result;
}

struct Reference {
  uint32_t character;
  size_t length;
};

// A numeric reference at the front, &#39; or &#x27;.
std::optional<Reference> NumericReference(std::string_view text) {
  constexpr size_t kLongest = 10;
  const size_t end = text.substr(0, kLongest).find(';');
  if (!text.starts_with("&#") || end == std::string_view::npos) return std::nullopt;
  std::string_view digits = text.substr(2, end - 2);
  const bool hexadecimal = digits.starts_with('x') || digits.starts_with('X');
  if (hexadecimal) digits.remove_prefix(1);
  uint32_t code = 0;
  const char* last = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), last, code, hexadecimal ? 16 : 10);
  const bool is_character = code > 0 && code < 0x110000 && (code < 0xD800 || code > 0xDFFF);
  if (read.ec != std::errc() || read.ptr != last || !is_character) return std::nullopt;
  return Reference{code, end + 1};
}

std::string UnescapeHtml(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    if (const auto reference = NumericReference(text)) {
      AppendUtf8(reference->character, result);
      text.remove_prefix(reference->length);
      continue;
    }
    std::string_view piece = text.substr(0, 1);
    size_t taken = 1;
    for (const Entity& entity : kEntities) {
      if (text.starts_with(entity.escaped)) {
        piece = entity.text;
        taken = entity.escaped.size();
      }
    }
    if (text.starts_with("&apos;")) {
      piece = "'";
      taken = 6;
    }
    result.append(piece);
    text.remove_prefix(taken);
  }
  return result;
}

bool Escape(const Call& call, Collection& out) {
  Text text, format;
  if (!call.TextInput(text) || !call.TextArgument(0, format)) return false;
  if (!text.has_value() || !format.has_value()) return true;
  if (*format == "html") return call.frame.AddText(call.position, EscapeHtml(*text), out);
  if (*format != "json") return call.Fail("unknown escaping; expected 'html' or 'json'");
  std::string quoted;
  json::AppendQuoted(*text, quoted);
  return call.frame.AddText(call.position, std::string_view(quoted).substr(1, quoted.size() - 2), out);
}

// The text as a JSON string: its escapes stay escapes, and what JSON would have escaped stands for itself.
std::string QuotedAsIs(std::string_view text) {
  std::string result = "\"";
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\\') {
      result.append(text.substr(i++, 2));
    } else if (c == '"' || c < 0x20) {
      absl::StrAppend(&result, "\\u00", absl::Hex(c, absl::kZeroPad2));
    } else {
      result.push_back(text[i]);
    }
  }
  return result.append("\"");
}

bool Unescape(const Call& call, Collection& out) {
  Text text, format;
  if (!call.TextInput(text) || !call.TextArgument(0, format)) return false;
  if (!text.has_value() || !format.has_value()) return true;
  if (*format == "html") return call.frame.AddText(call.position, UnescapeHtml(*text), out);
  if (*format != "json") return call.Fail("unknown escaping; expected 'html' or 'json'");
  const absl::StatusOr<json::Document> document = json::Parse(QuotedAsIs(*text));
  if (!document.ok()) return call.Fail("the text is no content of a JSON string");
  return call.frame.AddText(call.position, document->root().text(), out);
}

constexpr FunctionInfo kFunctions[] = {
    {"encode", Encode, 1, 1, ResultKind::kString, ArgumentKind::kValue, InputKind::kText},
    {"decode", Decode, 1, 1, ResultKind::kString, ArgumentKind::kValue, InputKind::kText},
    {"escape", Escape, 1, 1, ResultKind::kString, ArgumentKind::kValue, InputKind::kText},
    {"unescape", Unescape, 1, 1, ResultKind::kString, ArgumentKind::kValue, InputKind::kText},
};

}  // namespace

std::span<const FunctionInfo> EncodingFunctions() { return kFunctions; }

}  // namespace hjerte::fhirpath
