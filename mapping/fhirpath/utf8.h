#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hjerte::fhirpath {

// Appends one code point as UTF-8. Requires a valid one.
void AppendUtf8(uint32_t code_point, std::string& out);

// Number of code points; FHIRPath counts characters, not bytes.
size_t CountCodePoints(std::string_view text);

// The byte offset of the code point with that index; the text's size if there are fewer.
size_t OffsetOfCodePoint(std::string_view text, size_t index);

// The length in bytes of the code point at the front; 1 for a byte that begins none.
size_t CodePointBytes(std::string_view text);

// Decodes the code point at the front.
uint32_t DecodeCodePoint(std::string_view text);

// How many bytes at the front are well-formed UTF-8 without surrogates.
size_t ValidUtf8Bytes(std::string_view text);

// True for well-formed UTF-8 without surrogates.
bool IsValidUtf8(std::string_view text);

// Case mapping of Latin, Greek and Cyrillic letters, one code point to one: enough for the languages of our records.
std::string ToUpper(std::string_view text);
std::string ToLower(std::string_view text);

}  // namespace hjerte::fhirpath
