#include "services/tool/simulation/export_text.h"

#include <array>
#include <cstdio>

#include "services/tool/simulation/chance.h"

namespace hjerte::tool {
namespace {

struct TestNames {
  const char* variable;
  const char* unit;
};

constexpr std::array<TestNames, 16> kTests = {{{"six_minute_walk", "m"},
                                               {"ergometer_max", "W"},
                                               {"met_max", "MET"},
                                               {"sit_to_stand_30s", "gange"},
                                               {"smoking", ""},
                                               {"weight", "kg"},
                                               {"height", "cm"},
                                               {"waist", "cm"},
                                               {"systolic", "mmHg"},
                                               {"diastolic", "mmHg"},
                                               {"ldl", "mmol/l"},
                                               {"hads_anxiety", "point"},
                                               {"hads_depression", "point"},
                                               {"heartqol_", "point"},
                                               {"hjertekost_fat", "point"},
                                               {"hjertekost_fish_fruit_veg", "point"}}};

// Multiplies by 10^-places: the same number in a unit 10^places as large.
Decimal Shifted(Decimal value, int places) {
  value.digits += places;
  for (; value.digits < 0; ++value.digits) value.units *= 10;
  return value;
}

}  // namespace

void JsonText::Before(std::string_view key) {
  if (!text_.empty() && text_.back() != '{' && text_.back() != '[') text_ += ',';
  if (!key.empty()) {
    Quote(key);
    text_ += ':';
  }
}

void JsonText::Quote(std::string_view value) {
  text_ += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      text_ += '\\';
      text_ += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      text_ += escape;
    } else {
      text_ += c;
    }
  }
  text_ += '"';
}

JsonText& JsonText::Object(std::string_view key) {
  Before(key);
  text_ += '{';
  closers_ += '}';
  return *this;
}

JsonText& JsonText::Array(std::string_view key) {
  Before(key);
  text_ += '[';
  closers_ += ']';
  return *this;
}

JsonText& JsonText::End() {
  text_ += closers_.back();
  closers_.pop_back();
  return *this;
}

JsonText& JsonText::Text(std::string_view key, std::string_view value) {
  Before(key);
  Quote(value);
  return *this;
}

JsonText& JsonText::Raw(std::string_view key, std::string_view json) {
  Before(key);
  text_ += json;
  return *this;
}

std::string DecimalText(const Decimal& value, char point) {
  std::string text = std::to_string(value.units);
  if (value.digits <= 0) return text;
  const auto digits = static_cast<size_t>(value.digits);
  if (text.size() <= digits) text.insert(0, digits + 1 - text.size(), '0');
  text.insert(text.size() - digits, 1, point);
  return text;
}

ExportedValue ValueToExport(const Measurement& measurement) {
  const std::string_view unit = kTests[static_cast<size_t>(measurement.test)].unit;
  const Decimal& value = measurement.value;
  if (measurement.faulty) {
    if (measurement.test == Measure::kWeight) return {value, "pund"};
    return {{measurement.test == Measure::kWalk ? 4500 : 25, 0}, unit};
  }
  switch (measurement.test) {
    case Measure::kWalk:
      if (measurement.other_unit) return {Shifted(value, -2), "cm"};
      break;
    case Measure::kWeight:
      if (measurement.other_unit) return {Shifted(value, -3), "g"};
      break;
    case Measure::kHeight:
    case Measure::kWaist:
      if (measurement.other_unit) return {Shifted(value, 2), "m"};
      break;
    default:
      break;
  }
  return {value, unit};
}

std::string VariableId(const Measurement& measurement) {
  const std::string id = kTests[static_cast<size_t>(measurement.test)].variable;
  return measurement.test == Measure::kHeartQol ? id + std::to_string(measurement.item) : id;
}

std::string CprToExport(const Course& course) {
  return course.fault == RowFault::kBadCpr ? course.cpr.substr(0, 9) : course.cpr;
}

std::optional<Day> EndToExport(const Course& course) {
  if (!course.end || course.end_unwritten) return std::nullopt;
  return course.fault == RowFault::kStartAfterEnd ? *course.start - 10 : *course.end;
}

bool IsDoubled(const std::string& key, int number) {
  uint64_t hash = static_cast<uint64_t>(number);
  for (const char c : key) hash = Mix(hash, static_cast<unsigned char>(c));
  return hash % 150 == 0;
}

}  // namespace hjerte::tool
