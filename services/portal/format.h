#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mapping/registry/text.h"
#include "services/common/clock.h"
#include "services/portal/published_cell.h"

namespace hjerte::portal {

// How figures and times are written for people. A hidden figure is "#", one that does not exist is "–".

// "87,5 %" or "87.5%"; "–" for an empty text.
std::string FormatPercent(std::string_view decimal, registry::Language language);
// "81,2–92,1 %" or "81.2–92.1%"; "–" when there is none.
std::string FormatInterval(const Figures& figures, registry::Language language);
// "1.234" or "1,234".
std::string FormatCount(int64_t count, registry::Language language);
// The same for a count that may be hidden.
std::string FormatCount(const std::optional<int64_t>& count, registry::Language language);
// "31. december 2025" or "31 December 2025"; "–" for none.
std::string FormatDate(const std::optional<registry::Date>& date, registry::Language language);
// Its month alone: "december 2025" or "December 2025"; "–" for none.
std::string FormatMonth(const std::optional<registry::Date>& of, registry::Language language);
// Date and time of day in Denmark: "31. december 2025 kl. 14.05" or "31 December 2025 at 14:05".
std::string FormatInstant(common::Instant instant, registry::Language language);
// Its date alone.
std::string FormatDateOf(common::Instant instant, registry::Language language);
// "2025", "1. halvår 2025", "3. kvartal 2025", "juli 2025"; "2025", "first half of 2025", "third quarter of 2025",
// "July 2025". An own period is its first and last day.
std::string FormatPeriod(const registry::Period& period, registry::Language language);
// For the axis of a chart: "2025", "H1 25", "K3 25"; "Q3 25".
std::string FormatPeriodShort(const registry::Period& period, registry::Language language);

// A percentage as a number for drawing, within 0–100; absent when the text is not one.
std::optional<double> PercentNumber(std::string_view decimal);

}  // namespace hjerte::portal
