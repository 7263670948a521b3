#include "adapters/source/text_encoding.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace hjerte::source {
namespace {

// Unicode of the bytes 80 to 9F; 0 where Windows-1252 has no character.
constexpr std::array<std::uint16_t, 32> kHigh = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                                 0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

void AppendUtf8(std::uint16_t point, std::string& out) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | (point >> 12));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

// How many bytes from the first on are ASCII and not NUL; those that are left may be so too.
std::size_t PlainPrefix(std::string_view text) {
  constexpr std::uint64_t kOnes = ~std::uint64_t{0} / 255;
  std::size_t at = 0;
  for (std::uint64_t bytes = 0; at + sizeof(bytes) <= text.size(); at += sizeof(bytes)) {
    std::memcpy(&bytes, text.data() + at, sizeof(bytes));
    // The subtraction sets the highest bit for a byte that is zero, the byte itself has it where it is not ASCII.
    if ((((bytes - kOnes) | bytes) & (kOnes * 0x80)) != 0) break;
  }
  return at;
}

bool IsPlain(std::string_view text) {
  text.remove_prefix(PlainPrefix(text));
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c != '\0' && static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

void EncodingSniffer::Feed(std::string_view bytes) {
  for (; !bytes.empty() && head_.size() < 3; bytes.remove_prefix(1)) {
    head_ += bytes.front();
    mark_ = head_ == "\xEF\xBB\xBF";
    if (valid_utf8_) FeedByte(static_cast<unsigned char>(bytes.front()));
  }
  while (valid_utf8_ && !bytes.empty()) {
    if (pending_ == 0) bytes.remove_prefix(PlainPrefix(bytes));
    // What is no run of plain bytes is looked at one by one, a few at a time.
    for (std::size_t left = std::min<std::size_t>(bytes.size(), 8); left > 0 && valid_utf8_; --left) {
      FeedByte(static_cast<unsigned char>(bytes.front()));
      bytes.remove_prefix(1);
    }
  }
}

void EncodingSniffer::FeedByte(unsigned char byte) {
  if (pending_ > 0) {
    valid_utf8_ = byte >= low_ && byte <= high_;
    low_ = 0x80;
    high_ = 0xBF;
    --pending_;
    return;
  }
  if (byte < 0x80) return;
  // The second byte's range refuses overlong forms, surrogates and what lies beyond U+10FFFF.
  if (byte >= 0xC2 && byte <= 0xDF) {
    pending_ = 1;
  } else if (byte >= 0xE0 && byte <= 0xEF) {
    pending_ = 2;
    if (byte == 0xE0) low_ = 0xA0;
    if (byte == 0xED) high_ = 0x9F;
  } else if (byte >= 0xF0 && byte <= 0xF4) {
    pending_ = 3;
    if (byte == 0xF0) low_ = 0x90;
    if (byte == 0xF4) high_ = 0x8F;
  } else {
    valid_utf8_ = false;
  }
}

Encoding EncodingSniffer::Verdict() const {
  if (head_.starts_with("\xFF\xFE") || head_.starts_with("\xFE\xFF")) return Encoding::kUtf16;
  // A file that says it is UTF-8 is read as UTF-8; its bad rows are faulty one by one.
  if (mark_) return Encoding::kUtf8;
  return valid_utf8_ && pending_ == 0 ? Encoding::kUtf8 : Encoding::kWindows1252;
}

bool IsCleanUtf8(std::string_view text) {
  if (IsPlain(text)) return true;
  if (text.find('\0') != std::string_view::npos) return false;
  EncodingSniffer sniffer;
  // A leading space keeps a text that happens to begin like a byte order mark from being taken for one.
  sniffer.Feed(" ");
  sniffer.Feed(text);
  return sniffer.Verdict() == Encoding::kUtf8;
}

bool Windows1252ToUtf8(std::string& text) {
  if (IsPlain(text)) return true;
  if (text.find('\0') != std::string::npos) return false;
  std::string out;
  out.reserve(text.size() + text.size() / 2);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const std::uint16_t point = byte >= 0x80 && byte < 0xA0 ? kHigh[byte - 0x80] : byte;
    if (point == 0) return false;
    AppendUtf8(point, out);
  }
  text = std::move(out);
  return true;
}

}  // namespace hjerte::source
