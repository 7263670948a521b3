#pragma once

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "mapping/registry/indicators/cube.h"
#include "mapping/registry/publication/publication.h"
#include "tests/mapping/registry/random_draw.h"
#include "tests/mapping/registry/registry_fixture.h"

namespace hjerte::registry::testing {

// What a random data set is drawn from; small, so that most counts are.
struct Shape {
  std::vector<std::string> municipalities = {"0751", "0727", "0740", "0746", "0101"};
  int quarters = 4;  // From January 2025.
  std::vector<StratumKind> strata = {StratumKind::kSex};
  std::vector<std::string> indicators;  // Empty: all.
  int courses = 40;
};

inline CubeRow RandomCourse(std::mt19937& random, const Shape& shape) {
  const auto below = [&](unsigned limit) { return random() % limit; };
  CubeRow row;
  row.closed_on = *ParseDate("2025-01-01") + std::chrono::days(below(static_cast<unsigned>(shape.quarters) * 91));
  row.residence = shape.municipalities[below(static_cast<unsigned>(shape.municipalities.size()))];
  row.sex = below(3) == 0 ? "female" : "male";
  row.age_group = below(2) == 0 ? "50-64" : "65-74";
  row.diagnosis_group = below(2) == 0 ? "ami" : "pci";
  row.legal_basis = below(3) == 0 ? "s119" : "s140";
  const bool died = below(30) == 0;
  for (const Indicator& indicator : Dhrd()->indicator_sets().front().indicators) {
    Outcome outcome{below(4) == 0 ? State::kNo : State::kYes, 0};
    if (below(10) == 0) outcome = {State::kUnknown, 0};
    if (indicator.excluded.size() > 3 && below(3) == 0) outcome = {State::kExcluded, 3};
    if (died) outcome = {State::kExcluded, 0};
    row.outcomes.push_back(outcome);
  }
  return row;
}

inline std::vector<CubeRow> RandomCourses(std::mt19937& random, const Shape& shape) {
  std::vector<CubeRow> rows;
  for (int i = 0; i < shape.courses; ++i) rows.push_back(RandomCourse(random, shape));
  return rows;
}

// The indicators of the shape as a set of their own.
inline const IndicatorSet& SetOf(const Shape& shape) {
  static std::map<std::vector<std::string>, IndicatorSet> sets;
  const auto [entry, added] = sets.try_emplace(shape.indicators, Dhrd()->indicator_sets().front());
  if (added && !shape.indicators.empty()) {
    std::erase_if(entry->second.indicators, [&shape](const Indicator& indicator) {
      return std::find(shape.indicators.begin(), shape.indicators.end(), indicator.id) == shape.indicators.end();
    });
  }
  return entry->second;
}

// The finest counts of the courses.
inline Finest FinestOfCourses(const std::vector<CubeRow>& rows, const Shape& shape) {
  Cube cube(Dhrd());
  for (const CubeRow& row : rows) cube.Add(row);
  Finest finest = *FinestOf(*Dhrd(), cube, SetOf(shape), *ParseDate("2025-12-31"));
  for (auto& [block, cells] : finest) {
    std::erase_if(cells, [&shape](const FinestCell& cell) {
      return cell.division != StratumKind::kTotal &&
             std::find(shape.strata.begin(), shape.strata.end(), cell.division) == shape.strata.end();
    });
  }
  return finest;
}

inline Publication PublishCourses(const std::vector<CubeRow>& rows, const Shape& shape,
                                  const Publication* before = nullptr) {
  return PublishNext(*Dhrd(), SetOf(shape), FinestOfCourses(rows, shape), before,
                     RandomDraw(static_cast<uint32_t>(rows.size())));
}

}  // namespace hjerte::registry::testing
