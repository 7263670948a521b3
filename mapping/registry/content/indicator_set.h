#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/registry/date.h"
#include "mapping/registry/text.h"

namespace hjerte::registry {

// A reason for which a course is excluded from an indicator or its answer is unknown.
struct Reason {
  std::string id;  // E.g. "died".
  Text label;
  std::string expression;  // FHIRPath over the course record; true applies the reason.
  // Unknown reasons only: counted by itself and not in the "uoplyst n (%)" of the indicator (K4: smoking at start).
  bool apart = false;
  // Exclusions only: "INDICATOR.REASON", which takes out the same courses as far as anybody can suppose; may be empty.
  std::string same_courses_as{};
};

// A published target. There is none without a source.
struct Standard {
  enum class Direction : uint8_t { kAtLeast, kBelow };
  Direction direction = Direction::kAtLeast;
  std::string percent;  // Decimal text, e.g. "90".
  std::string source;   // Where it is published.
};

// One indicator. Its rules are tried in the order population, excluded, unknown, numerator.
struct Indicator {
  std::string id;  // E.g. "K1".
  Text label;
  Text description;
  std::string type;  // "process" or "result".
  bool draft = false;
  std::optional<Standard> standard;
  std::string population;  // Expressions as written.
  std::vector<Reason> excluded;
  std::vector<Reason> unknown;  // The last one is always "no-answer": the numerator gave no answer.
  std::string numerator;
};

// A dated, versioned set of indicators that share a cohort.
struct IndicatorSet {
  std::string id;       // E.g. "municipal-2017".
  std::string version;  // E.g. "1.0.0-draft".
  Text label;
  Validity validity;  // Closure dates it judges.
  bool draft = false;
  std::string cohort;  // Expression over the course record; what it denies never leaves the house.
  std::vector<Indicator> indicators;

  // Index of the indicator, or none.
  std::optional<size_t> Find(std::string_view indicator_id) const;
};

}  // namespace hjerte::registry
