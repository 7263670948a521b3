#include "mapping/fhirpath/utf8.h"

namespace hjerte::fhirpath {

namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

bool InRange(uint32_t c, uint32_t first, uint32_t last) { return c >= first && c <= last; }

// Pairs of an even upper case and the odd lower case behind it.
bool IsPairedEvenUpper(uint32_t c) {
  return InRange(c, 0x100, 0x137) || InRange(c, 0x14A, 0x177) || InRange(c, 0x460, 0x481) || InRange(c, 0x48A, 0x4BF) ||
         InRange(c, 0x4D0, 0x52F) || InRange(c, 0x1E00, 0x1E95) || InRange(c, 0x1EA0, 0x1EFF);
}

// Pairs of an odd upper case and the even lower case behind it.
bool IsPairedOddUpper(uint32_t c) {
  return InRange(c, 0x139, 0x148) || InRange(c, 0x179, 0x17E) || InRange(c, 0x4C1, 0x4CE);
}

uint32_t Upper(uint32_t c) {
  if (InRange(c, 'a', 'z')) return c - 32;
  if (c < 0x80) return c;
  if ((InRange(c, 0xE0, 0xFE) && c != 0xF7) || InRange(c, 0x3B1, 0x3C9) || InRange(c, 0x430, 0x44F)) {
    return c == 0x3C2 ? 0x3A3 : c - 32;
  }
  if (c == 0xFF) return 0x178;
  if (InRange(c, 0x450, 0x45F)) return c - 80;
  if (c == 0x131) return 'I';
  if (IsPairedEvenUpper(c) && c != 0x130) return c & ~1U;
  if (IsPairedOddUpper(c)) return c % 2 == 0 ? c - 1 : c;
  return c;
}

uint32_t Lower(uint32_t c) {
  if (InRange(c, 'A', 'Z')) return c + 32;
  if (c < 0x80) return c;
  if ((InRange(c, 0xC0, 0xDE) && c != 0xD7) || InRange(c, 0x391, 0x3A9) || InRange(c, 0x410, 0x42F)) return c + 32;
  if (c == 0x178) return 0xFF;
  if (InRange(c, 0x400, 0x40F)) return c + 80;
  if (c == 0x130) return 'i';
  if (IsPairedEvenUpper(c) && c != 0x131) return c | 1U;
  if (IsPairedOddUpper(c)) return c % 2 == 1 ? c + 1 : c;
  return c;
}

template <typename Mapping>
std::string MapEach(std::string_view text, Mapping mapping) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    AppendUtf8(mapping(DecodeCodePoint(text)), out);
    text.remove_prefix(CodePointBytes(text));
  }
  return out;
}

}  // namespace

void AppendUtf8(uint32_t c, std::string& out) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
    return;
  }
  if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0 | c >> 6));
  } else {
    if (c < 0x10000) {
      out.push_back(static_cast<char>(0xE0 | c >> 12));
    } else {
      out.push_back(static_cast<char>(0xF0 | c >> 18));
      out.push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3F)));
    }
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
  }
  out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
}

size_t CountCodePoints(std::string_view text) {
  size_t count = 0;
  for (const char c : text) count += IsContinuation(c) ? 0 : 1;
  return count;
}

size_t OffsetOfCodePoint(std::string_view text, size_t index) {
  for (size_t at = 0; at < text.size(); ++at) {
    if (IsContinuation(text[at])) continue;
    if (index == 0) return at;
    --index;
  }
  return text.size();
}

size_t CodePointBytes(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  return length <= text.size() ? length : 1;
}

uint32_t DecodeCodePoint(std::string_view text) {
  constexpr uint32_t kLeadMask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  const size_t length = CodePointBytes(text);
  uint32_t value = static_cast<unsigned char>(text.front()) & kLeadMask[length];
  for (size_t i = 1; i < length; ++i) value = value << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
  return value;
}

size_t ValidUtf8Bytes(std::string_view text) {
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  std::string_view rest = text;
  const auto done = [&] { return text.size() - rest.size(); };
  while (!rest.empty()) {
    const auto lead = static_cast<unsigned char>(rest.front());
    const size_t length = CodePointBytes(rest);
    if (lead >= 0x80 && (length == 1 || lead >= 0xF8)) return done();
    for (size_t i = 1; i < length; ++i) {
      if (!IsContinuation(rest[i])) return done();
    }
    const uint32_t value = DecodeCodePoint(rest);
    if (value < kLeast[length] || value > 0x10FFFF || InRange(value, 0xD800, 0xDFFF)) return done();
    rest.remove_prefix(length);
  }
  return text.size();
}

bool IsValidUtf8(std::string_view text) { return ValidUtf8Bytes(text) == text.size(); }

std::string ToUpper(std::string_view text) { return MapEach(text, Upper); }

std::string ToLower(std::string_view text) { return MapEach(text, Lower); }

}  // namespace hjerte::fhirpath
