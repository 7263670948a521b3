#pragma once

#include <string>

#include "services/portal/municipality_view.h"
#include "services/portal/texts.h"

namespace hjerte::portal {

// The page of one municipality: overview, each indicator with benchmark and trend, freshness, how to read it, versions.
std::string WriteMunicipalityPage(const Phrases& phrases, const MunicipalityView& view);

}  // namespace hjerte::portal
