#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hjerte::source {

// Types of a CSV column, as the configuration names them.
enum class ColumnType : std::uint8_t {
  // Text as it stands, without surrounding blanks.
  kText,
  // dd-mm-yyyy or yyyy-mm-dd, becomes "2026-01-31".
  kDate,
  // dd-mm-yyyy hh:mm or hh:mm:ss on the clock in Denmark, becomes an instant in UTC.
  kLocalTime,
  // Digits with a decimal comma, becomes a JSON number with every digit kept.
  kDecimal,
  // Digits, becomes a JSON number.
  kInteger,
  // A decimal when it begins with a digit or a sign, else a word: for columns that hold both.
  kDecimalOrText,
};

// The type of that name in the configuration: text, date, local-time, decimal, integer, decimal-or-text.
std::optional<ColumnType> ParseColumnType(std::string_view name);

// Appends a column's value as JSON text (a number or a quoted string) after normalisation; false, and nothing is
// appended, when the text is not of the type. `text` is not empty.
bool AppendJson(ColumnType type, std::string_view text, std::string& json);

// A date as "2026-01-31"; nothing when it is none.
std::optional<std::string> NormalisedDate(std::string_view text);

// A local time as an instant in UTC microseconds; nothing when it is none.
std::optional<std::int64_t> LocalTimeToUtc(std::string_view text);

// Digits with a decimal comma as a JSON number; nothing for anything else. A point is refused: it is a decimal point in
// one system and a thousands separator in the next, and guessing would make 1.500 g of 1,5 kg.
std::optional<std::string> NormalisedDecimal(std::string_view text);

// A header as an identifier: letters of the Danish alphabet spelled out (æ ae, ø oe, å aa), blanks and punctuation
// removed and the next letter capitalised: "Henvist fra" becomes HenvistFra, "ForløbsID" ForloebsID.
std::string ColumnIdentifier(std::string_view header);

// Text without blanks at its ends (no-break spaces, which spreadsheets love, included).
std::string_view Trim(std::string_view text);

}  // namespace hjerte::source
