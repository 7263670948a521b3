#include "mapping/structuremap/text_escape.h"

#include <array>
#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/json/write.h"
#include "mapping/structuremap/lexer.h"

namespace hjerte::structuremap {
namespace {

enum class Format { kNone, kMarkup, kJson, kUri };

absl::StatusOr<Format> ParseFormat(std::string_view name) {
  if (name.empty() || name == "none" || name == "plain" || name == "text") return Format::kNone;
  if (name == "xml" || name == "html") return Format::kMarkup;
  if (name == "json") return Format::kJson;
  if (name == "uri" || name == "url") return Format::kUri;
  return absl::InvalidArgumentError("escape: expected none, xml, html, json or uri as a format");
}

constexpr std::array<std::pair<std::string_view, char>, 5> kEntities = {
    {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};

// The entity at the start of `text` as UTF-8, and how long it is; 0 when there is none.
size_t TakeEntity(std::string_view text, std::string& out) {
  for (const auto& [entity, character] : kEntities) {
    if (!text.starts_with(entity)) continue;
    out += character;
    return entity.size();
  }
  const size_t end = text.substr(0, 12).find(';');
  if (!text.starts_with("&#") || end == std::string_view::npos) return 0;
  const bool hex = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
  const std::string_view digits = text.substr(hex ? 3 : 2, end - (hex ? 3 : 2));
  uint32_t code = 0;
  const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
  if (error != std::errc() || rest != digits.data() + digits.size() || code == 0 || code > 0xFFFF) return 0;
  char escaped[16];
  const int length = std::snprintf(escaped, sizeof(escaped), "'\\u%04x'", code);
  out += Unquote(std::string_view(escaped, static_cast<size_t>(length)));
  return end + 1;
}

std::string Unescape(std::string_view text, Format format) {
  std::string out;
  switch (format) {
    case Format::kNone:
      return std::string(text);
    case Format::kJson:
      return Unquote(absl::StrCat("\"", std::string(text), "\""));
    case Format::kMarkup:
      while (!text.empty()) {
        const size_t taken = text.front() == '&' ? TakeEntity(text, out) : 0;
        if (taken == 0) out += text.front();
        text.remove_prefix(taken == 0 ? 1 : taken);
      }
      return out;
    case Format::kUri:
      for (size_t i = 0; i < text.size(); ++i) {
        unsigned code = 0;
        const bool escape = text[i] == '%' && i + 2 < text.size() &&
                            std::from_chars(&text[i + 1], &text[i + 1] + 2, code, 16).ptr == &text[i + 1] + 2;
        out += escape ? static_cast<char>(code) : text[i];
        if (escape) i += 2;
      }
      return out;
  }
  return out;
}

std::string Escape(std::string_view text, Format format) {
  std::string out;
  switch (format) {
    case Format::kNone:
      return std::string(text);
    case Format::kJson: {
      json::AppendQuoted(text, out);
      return out.substr(1, out.size() - 2);
    }
    case Format::kMarkup:
      for (const char c : text) {
        std::string_view entity;
        for (const auto& [name, character] : kEntities) {
          if (character == c) entity = name;
        }
        if (entity.empty()) {
          out += c;
        } else {
          out += entity;
        }
      }
      return out;
    case Format::kUri: {
      constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
      constexpr char kHex[] = "0123456789ABCDEF";
      for (const char c : text) {
        if (kUnreserved.find(c) != std::string_view::npos) {
          out += c;
        } else {
          out += '%';
          out += kHex[static_cast<unsigned char>(c) >> 4];
          out += kHex[static_cast<unsigned char>(c) & 15];
        }
      }
      return out;
    }
  }
  return out;
}

}  // namespace

absl::StatusOr<std::string> Reescape(std::string_view text, std::string_view from, std::string_view to) {
  const absl::StatusOr<Format> source = ParseFormat(from);
  if (!source.ok()) return source.status();
  const absl::StatusOr<Format> target = ParseFormat(to);
  if (!target.ok()) return target.status();
  return Escape(Unescape(text, *source), *target);
}

}  // namespace hjerte::structuremap
