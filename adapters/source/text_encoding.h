#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hjerte::source {

// The encodings Danish systems export text in.
enum class Encoding : std::uint8_t { kUtf8, kWindows1252, kUtf16 };

// Judges a file's encoding while its bytes pass by, in constant memory: a UTF-8 byte order mark or bytes that are valid
// UTF-8 to the end mean UTF-8, anything else Windows-1252. A UTF-16 mark is recognised so that it can be refused by
// name.
class EncodingSniffer {
 public:
  // Takes the next bytes of the file.
  void Feed(std::string_view bytes);
  // The verdict after the last byte.
  Encoding Verdict() const;
  // True when the file began with the three bytes of UTF-8's mark, which are no part of the text.
  bool has_mark() const { return mark_; }

 private:
  void FeedByte(unsigned char byte);

  std::string head_;
  bool mark_ = false;
  bool valid_utf8_ = true;
  int pending_ = 0;
  unsigned char low_ = 0x80;
  unsigned char high_ = 0xBF;
};

// True when the bytes are valid UTF-8 without NUL.
bool IsCleanUtf8(std::string_view text);

// Turns Windows-1252 into UTF-8 in place. False when a byte has no meaning there (81, 8D, 8F, 90, 9D) or is NUL.
bool Windows1252ToUtf8(std::string& text);

}  // namespace hjerte::source
