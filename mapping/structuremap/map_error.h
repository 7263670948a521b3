#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace hjerte::structuremap {

// Where a run of a map failed, apart from the message, so that a caller can say it in words of his own. What does not
// apply is empty.
struct MapErrorPlace {
  std::string group;
  std::string rule;    // its name, or line:column
  std::string source;  // path in the record, src.Maalinger[2].Vaerdi
  std::string code;    // the code that has no translation; empty when it must not be shown
  std::string what;    // what is wrong there; the status's message also names the map's file, which is nobody else's
};

// The place an error of Program::Run carries; all empty for any other status.
MapErrorPlace PlaceOf(const absl::Status& status);

// For this library's own files: adds to what the status carries.
void CarryPlace(absl::Status& status, std::string_view group, std::string_view rule, std::string_view source,
                std::string_view what);
void CarryCode(absl::Status& status, std::string_view code);

}  // namespace hjerte::structuremap
