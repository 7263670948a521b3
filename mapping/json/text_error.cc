#include "mapping/json/text_error.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "mapping/json/carried_text.h"

namespace hjerte::json {
namespace {

constexpr char kByte[] = "hjertegateway/json-byte";
constexpr char kLine[] = "hjertegateway/json-line";
constexpr char kColumn[] = "hjertegateway/json-column";
constexpr char kDanish[] = "hjertegateway/json-why-da";
constexpr char kEnglish[] = "hjertegateway/json-why-en";

}  // namespace

std::optional<TextError> TextErrorOf(const absl::Status& status) {
  TextError error;
  error.da = CarriedText(status, kDanish);
  error.en = CarriedText(status, kEnglish);
  const bool placed = absl::SimpleAtoi(CarriedText(status, kByte), &error.byte) &&
                      absl::SimpleAtoi(CarriedText(status, kLine), &error.line) &&
                      absl::SimpleAtoi(CarriedText(status, kColumn), &error.column);
  return placed ? std::optional(std::move(error)) : std::nullopt;
}

absl::Status MakeTextError(const TextError& error) {
  absl::Status status = absl::InvalidArgumentError(
      absl::StrCat("JSON line ", error.line, ", column ", error.column, " (byte ", error.byte, "): ", error.en));
  CarryText(status, kByte, absl::StrCat(error.byte));
  CarryText(status, kLine, absl::StrCat(error.line));
  CarryText(status, kColumn, absl::StrCat(error.column));
  CarryText(status, kDanish, error.da);
  CarryText(status, kEnglish, error.en);
  return status;
}

}  // namespace hjerte::json
