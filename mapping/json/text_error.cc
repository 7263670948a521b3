#include "mapping/json/text_error.h"

#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace hjerte::json {
namespace {

constexpr char kByte[] = "hjertegateway/json-byte";
constexpr char kLine[] = "hjertegateway/json-line";
constexpr char kColumn[] = "hjertegateway/json-column";
constexpr char kDanish[] = "hjertegateway/json-why-da";
constexpr char kEnglish[] = "hjertegateway/json-why-en";

std::string Carried(const absl::Status& status, const char* what) {
  const auto payload = status.GetPayload(what);
  return payload.has_value() ? std::string(*payload) : std::string();
}

}  // namespace

std::optional<TextError> TextErrorOf(const absl::Status& status) {
  TextError error;
  error.da = Carried(status, kDanish);
  error.en = Carried(status, kEnglish);
  const bool placed = absl::SimpleAtoi(Carried(status, kByte), &error.byte) &&
                      absl::SimpleAtoi(Carried(status, kLine), &error.line) &&
                      absl::SimpleAtoi(Carried(status, kColumn), &error.column);
  return placed ? std::optional(std::move(error)) : std::nullopt;
}

absl::Status MakeTextError(const TextError& error) {
  absl::Status status = absl::InvalidArgumentError(
      absl::StrCat("JSON line ", error.line, ", column ", error.column, " (byte ", error.byte, "): ", error.en));
  const auto carry = [&status](const char* what, const std::string& text) {
    status.SetPayload(what, absl::Cord(text));
  };
  carry(kByte, absl::StrCat(error.byte));
  carry(kLine, absl::StrCat(error.line));
  carry(kColumn, absl::StrCat(error.column));
  carry(kDanish, error.da);
  carry(kEnglish, error.en);
  return status;
}

}  // namespace hjerte::json
