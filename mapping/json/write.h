#pragma once

#include <string>
#include <string_view>

#include "mapping/json/value.h"

namespace hjerte::json {

// How Write lays a value out.
enum class Indent { kNone, kTwoSpaces };

// The value as JSON text, members in their order, numbers as they were written.
std::string Write(const Value& value, Indent indent = Indent::kNone);

// The text content hashes are made of: members sorted by the bytes of their names, no whitespace, numbers as written.
std::string WriteCanonical(const Value& value);

// The same at the end of `out`.
void AppendCanonical(const Value& value, std::string& out);

// Appends `text` to `out` as a JSON string, quotes included.
void AppendQuoted(std::string_view text, std::string& out);

}  // namespace hjerte::json
