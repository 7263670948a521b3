#pragma once

#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>

namespace hjerte::common {

// Length of the sequence at the beginning of `text` that could end a line, steer a terminal or turn the order of what
// is shown: controls (C0, DEL, C1 in UTF-8), the separators U+2028 and U+2029, and the marks of direction U+202A to
// U+202E and U+2066 to U+2069; 0 when it begins with none.
std::size_t UnsafeLength(std::string_view text);

// The text with each such sequence written as \n or \x1b.
std::string Printable(std::string_view text);

// Passes everything on to a stream but what could steer the reader's terminal, which is written as \x1b: keys, file
// names and texts of others reach the operator's screen. Tabs and line ends pass.
class PrintableBuffer final : public std::streambuf {
 public:
  explicit PrintableBuffer(std::ostream& out) : out_(out) {}

 protected:
  int_type overflow(int_type byte) override;
  std::streamsize xsputn(const char* bytes, std::streamsize count) override;
  int sync() override;

 private:
  std::ostream& out_;
  std::string held_;  // the beginning of a sequence that the next bytes decide
};

}  // namespace hjerte::common
