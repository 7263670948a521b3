#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hjerte::registry {

// A calendar day in Europe/Copenhagen.
using Date = std::chrono::sys_days;

// "YYYY-MM-DD" exactly, and a day that exists.
std::optional<Date> ParseDate(std::string_view text);
// The day of a FHIR date or dateTime: an instant with an offset is first moved to Europe/Copenhagen. Partial dates
// (2025, 2025-03) have no day and give none.
std::optional<Date> ParseDay(std::string_view text);
// A FHIR instant or dateTime with an offset as microseconds since 1970 UTC. A date alone counts from its midnight in
// Europe/Copenhagen.
std::optional<int64_t> ParseInstant(std::string_view text);
// "YYYY-MM-DD".
std::string FormatDate(Date date);
// The day in Europe/Copenhagen of an instant in microseconds UTC.
Date DayOf(int64_t instant_us);
// Whole years from `birth` to `on`; one born on 29 February turns on 1 March in common years.
int WholeYears(Date birth, Date on);

// A span of days, both ends included; an absent end is open.
struct Validity {
  Date from{};
  std::optional<Date> to;

  bool Holds(Date date) const { return date >= from && (!to || date <= *to); }
  bool Overlaps(const Validity& other) const { return (!other.to || from <= *other.to) && (!to || other.from <= *to); }
};

}  // namespace hjerte::registry
