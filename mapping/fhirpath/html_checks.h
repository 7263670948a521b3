#pragma once

#include <string_view>

namespace hjerte::fhirpath {

// The narrative rules that can be seen without a browser (R4, Narrative, txt-1 and txt-2): well-formed tags, a div
// outside, only elements and attributes that are allowed, no scripts, and some content. One pass over the text.
bool IsAcceptableXhtml(std::string_view text);

}  // namespace hjerte::fhirpath
