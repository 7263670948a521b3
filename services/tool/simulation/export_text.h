#pragma once

#include <string>
#include <string_view>

#include "services/tool/simulation/course.h"

namespace hjerte::tool {

// Writes JSON text member by member; commas come by themselves.
class JsonText {
 public:
  // Begins and ends objects and arrays; with a key inside an object, without one inside an array or at the top.
  JsonText& Object(std::string_view key = {});
  JsonText& Array(std::string_view key = {});
  JsonText& End();
  // A string member (or, without a key, a string element).
  JsonText& Text(std::string_view key, std::string_view value);
  // A member written as it is: a number, true, null or whole JSON.
  JsonText& Raw(std::string_view key, std::string_view json);

  // The text so far; the caller has ended what he began.
  std::string Take() { return std::move(text_); }

 private:
  void Before(std::string_view key);
  void Quote(std::string_view value);

  std::string text_;
  std::string closers_;
};

// "5.5" or, with a comma, "5,5".
std::string DecimalText(const Decimal& value, char point);

// A measured value as the care system exports it: in the unit it was written in, and wrong where it is faulty.
struct ExportedValue {
  Decimal value;
  std::string_view unit;
};
ExportedValue ValueToExport(const Measurement& measurement);

// Id of the variable a measurement belongs to: "six_minute_walk", "heartqol_3", ….
std::string VariableId(const Measurement& measurement);

// The CPR number as exported: a digit short where the row is faulty that way.
std::string CprToExport(const Course& course);
// The end date as exported: none where nobody wrote it, before the start where the row is faulty that way.
std::optional<Day> EndToExport(const Course& course);

// One in so many records is exported twice; decided by the key, so the same in every wave.
bool IsDoubled(const std::string& key, int number);

}  // namespace hjerte::tool
