#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "services/common/clock.h"

namespace hjerte::common {

// "2026-01-31T22:00:00Z", with as many digits of a second as are not zero: none, three or six.
std::string FormatInstant(Instant instant);
// The same at the end of `text`.
void AppendInstant(Instant instant, std::string& text);

// Reads a FHIR instant: date, time with seconds, optional fraction (digits beyond microseconds are cut), and Z or
// ±hh:mm. Nothing when the text is anything else or not a real date.
std::optional<Instant> ParseInstant(std::string_view text);

// "2026-01-31".
std::string FormatDate(std::chrono::year_month_day date);

// Reads "2026-01-31"; nothing when the text is anything else or not a real date.
std::optional<std::chrono::year_month_day> ParseDate(std::string_view text);

}  // namespace hjerte::common
