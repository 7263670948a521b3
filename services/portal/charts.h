#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/portal/html.h"
#include "services/portal/municipality_view.h"
#include "services/portal/texts.h"

namespace hjerte::portal {

// Charts as inline SVG without any style or script: classes alone, so that the page's one style sheet decides. Every
// axis runs from 0 to 100 per cent, so charts beside each other can be compared by eye. A hidden result draws the same
// mark in the same place whatever it hides.

// One row of an interval chart: the interval as a bar, the result as a mark, the standard as a dashed line, and where
// `reference` (null: none) stands as a short line. It is decoration beside figures in words (aria-hidden), so that
// nothing is said twice.
void WriteIntervalBar(HtmlWriter& html, const Cell& cell, bool own, const std::optional<registry::Standard>& standard,
                      const Cell* reference = nullptr);

// The scale under such rows.
void WriteIntervalScale(HtmlWriter& html, registry::Language language);

// A run of results over time with their intervals; the chosen period stands out. The text alternative names the first,
// last, lowest and highest result that may be seen. `id` must be unique on the page.
void WriteTrendChart(HtmlWriter& html, const Phrases& phrases, const IndicatorView& indicator,
                     const registry::Period& chosen);

}  // namespace hjerte::portal
