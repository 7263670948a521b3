#pragma once

#include "services/portal/html.h"
#include "services/portal/municipality_view.h"
#include "services/portal/texts.h"

namespace hjerte::portal {

// One indicator in full: the result in words, against its standard, beside cluster, region and nation, over time, and
// what is not counted.
void WriteIndicatorCard(HtmlWriter& html, const Phrases& phrases, const MunicipalityView& view,
                        const IndicatorView& indicator);

}  // namespace hjerte::portal
