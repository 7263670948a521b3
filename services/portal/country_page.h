#pragma once

#include <string>
#include <string_view>

#include "services/portal/country_view.h"
#include "services/portal/texts.h"

namespace hjerte::portal {

// The front page: municipalities by region with who delivers. `search`: show only names that hold this text (letters
// are compared without case, Danish ones too); empty: all.
std::string WriteCountryPage(const Phrases& phrases, const CountryView& view, std::string_view search);

}  // namespace hjerte::portal
