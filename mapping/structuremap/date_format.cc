#include "mapping/structuremap/date_format.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "mapping/fhirpath/temporal.h"

namespace hjerte::structuremap {
namespace {

struct Fields {
  std::optional<int> year, month, day, hour, minute, second;
  std::string fraction;
  std::string zone;
  bool twelve_hours = false;
  std::optional<bool> afternoon;
};

class FormatReader {
 public:
  FormatReader(std::string_view text, std::string_view format) : text_(text), format_(format) {}

  bool Run(Fields& fields) {
    while (!format_.empty()) {
      const char code = format_.front();
      size_t length = 1;
      while (length < format_.size() && format_[length] == code) ++length;
      const bool known = std::string_view("yMdHhmsSaZ").find(code) != std::string_view::npos;
      if (known ? !Field(code, length, fields) : !Literal(length)) return false;
      format_.remove_prefix(length);
    }
    return text_.empty();
  }

 private:
  bool Literal(size_t length) {
    if (text_.substr(0, length) != format_.substr(0, length)) return false;
    text_.remove_prefix(length);
    return true;
  }

  std::optional<int> Number(size_t least, size_t most) {
    size_t length = 0;
    int value = 0;
    while (length < most && length < text_.size() && text_[length] >= '0' && text_[length] <= '9') {
      value = value * 10 + (text_[length++] - '0');
    }
    if (length < least) return std::nullopt;
    text_.remove_prefix(length);
    return value;
  }

  bool Field(char code, size_t length, Fields& fields) {
    switch (code) {
      case 'y':
        fields.year = Number(length, length);
        if (length == 2 && fields.year.has_value()) *fields.year += *fields.year < 50 ? 2000 : 1900;
        return fields.year.has_value() && (length == 2 || length == 4);
      case 'M':
        return Two(fields.month, length);
      case 'd':
        return Two(fields.day, length);
      case 'H':
        return Two(fields.hour, length);
      case 'h':
        fields.twelve_hours = true;
        return Two(fields.hour, length);
      case 'm':
        return Two(fields.minute, length);
      case 's':
        return Two(fields.second, length);
      case 'S':
        for (size_t i = 0; i < length; ++i) {
          const auto digit = Number(1, 1);
          if (!digit.has_value()) return false;
          fields.fraction += static_cast<char>('0' + *digit);
        }
        return length <= 9;
      case 'a':
        return HalfOfDay(fields);
      default:
        return Zone(fields);
    }
  }

  bool Two(std::optional<int>& field, size_t length) {
    if (length > 2) return false;
    field = Number(length, 2);
    return field.has_value();
  }

  bool HalfOfDay(Fields& fields) {
    if (text_.empty()) return false;
    const char c = static_cast<char>(text_.front() | 0x20);
    if (c != 'a' && c != 'p') return false;
    fields.afternoon = c == 'p';
    text_.remove_prefix(text_.size() > 1 && (text_[1] | 0x20) == 'm' ? 2 : 1);
    return true;
  }

  bool Zone(Fields& fields) {
    if (text_.starts_with('Z')) {
      fields.zone = "Z";
      text_.remove_prefix(1);
      return true;
    }
    if (!text_.starts_with('+') && !text_.starts_with('-')) return false;
    const char sign = text_.front();
    text_.remove_prefix(1);
    const auto hours = Number(2, 2);
    if (text_.starts_with(':')) text_.remove_prefix(1);
    const auto minutes = Number(2, 2);
    if (!hours.has_value() || !minutes.has_value()) return false;
    fields.zone = absl::StrFormat("%c%02d:%02d", sign, *hours, *minutes);
    return true;
  }

  std::string_view text_;
  std::string_view format_;
};

}  // namespace

absl::StatusOr<ParsedDate> ParseWithFormat(std::string_view text, std::string_view format) {
  const auto wrong = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat("a text that is no date or time of the form ", std::string(format), ", expected one that is"));
  };
  Fields fields;
  if (!FormatReader(text, format).Run(fields)) return wrong();
  if (fields.twelve_hours && fields.hour.has_value()) {
    if (*fields.hour < 1 || *fields.hour > 12) return wrong();
    *fields.hour = *fields.hour % 12 + (fields.afternoon.value_or(false) ? 12 : 0);
  }
  std::string date;
  if (fields.year.has_value()) {
    date = absl::StrFormat("%04d", *fields.year);
    if (fields.month.has_value()) absl::StrAppendFormat(&date, "-%02d", *fields.month);
    if (fields.month.has_value() && fields.day.has_value()) absl::StrAppendFormat(&date, "-%02d", *fields.day);
  }
  std::string time;
  if (fields.hour.has_value()) {
    time = absl::StrFormat("%02d:%02d:%02d", *fields.hour, fields.minute.value_or(0), fields.second.value_or(0));
    if (!fields.fraction.empty()) absl::StrAppend(&time, ".", fields.fraction);
  }
  ParsedDate result;
  if (time.empty()) {
    result = {date, "date"};
    if (!fhirpath::Temporal::ParseDate(date).has_value()) return wrong();
  } else if (date.empty()) {
    result = {time, "time"};
    if (!fhirpath::Temporal::ParseTime(time).has_value()) return wrong();
  } else {
    result = {absl::StrCat(date, "T", time, fields.zone), "dateTime"};
    if (date.size() != 10 || !fhirpath::Temporal::ParseDateTime(result.text).has_value()) return wrong();
  }
  return result;
}

}  // namespace hjerte::structuremap
