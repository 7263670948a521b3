#include "services/common/printable.h"

namespace hjerte::common {
namespace {

constexpr std::size_t kUnsafeBytesMax = 3;

void AppendEscaped(std::string& out, std::string_view bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char byte : bytes) {
    if (byte == '\n') {
      out += "\\n";
      continue;
    }
    out += "\\x";
    out.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    out.push_back(kDigits[static_cast<unsigned char>(byte) & 0x0f]);
  }
}

bool IsLayout(char c) { return c == '\n' || c == '\r' || c == '\t'; }

// Whether `text` may be the beginning of a longer unsafe sequence.
bool IsUndecided(std::string_view text) {
  return text == "\xc2" || text == "\xe2" || text == "\xe2\x80" || text == "\xe2\x81";
}

}  // namespace

std::size_t UnsafeLength(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
  if (text.empty()) return 0;
  if (byte(0) < 0x20 || byte(0) == 0x7f) return 1;
  if (byte(0) == 0xc2 && byte(1) >= 0x80 && byte(1) <= 0x9f) return 2;
  const bool separates_or_turns = byte(0) == 0xe2 && byte(1) == 0x80 && byte(2) >= 0xa8 && byte(2) <= 0xae;
  const bool isolates = byte(0) == 0xe2 && byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9;
  if (separates_or_turns || isolates) return kUnsafeBytesMax;
  return 0;
}

std::string Printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t unsafe = UnsafeLength(text.substr(i)); unsafe > 0) {
      AppendEscaped(out, text.substr(i, unsafe));
      i += unsafe;
    } else {
      out.push_back(text[i++]);
    }
  }
  return out;
}

PrintableBuffer::int_type PrintableBuffer::overflow(int_type byte) {
  if (traits_type::eq_int_type(byte, traits_type::eof())) return traits_type::not_eof(byte);
  const char c = traits_type::to_char_type(byte);
  return xsputn(&c, 1) == 1 ? byte : traits_type::eof();
}

std::streamsize PrintableBuffer::xsputn(const char* bytes, std::streamsize count) {
  std::string text = std::move(held_);
  held_.clear();
  text.append(bytes, static_cast<std::size_t>(count));
  std::string safe;
  safe.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = std::string_view(text).substr(i);
    if (IsUndecided(rest)) {
      held_ = rest;
      break;
    }
    const std::size_t unsafe = IsLayout(text[i]) ? 0 : UnsafeLength(rest);
    if (unsafe > 0) {
      AppendEscaped(safe, rest.substr(0, unsafe));
      i += unsafe;
    } else {
      safe.push_back(text[i++]);
    }
  }
  out_.write(safe.data(), static_cast<std::streamsize>(safe.size()));
  return out_.good() ? count : 0;
}

int PrintableBuffer::sync() {
  out_ << held_;
  held_.clear();
  out_.flush();
  return out_.good() ? 0 : -1;
}

}  // namespace hjerte::common
