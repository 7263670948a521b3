#pragma once

#include <cstdint>
#include <string>

namespace hjerte::source {

// A text for people in both languages of the gateway.
struct Text {
  std::string da;
  std::string en;
};

// Why one record could not be read from its source. It names place and remedy and never quotes a value, since a value
// may be a citizen's identifier.
struct Fault {
  // Stable code, e.g. "source-date".
  std::string code;
  // Where it is, for people: "sessioner.csv, row 12, column Dato". Row 1 is the header line.
  std::string location;
  Text text;
};

}  // namespace hjerte::source
