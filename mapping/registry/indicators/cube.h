#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/registry/content/content.h"
#include "mapping/registry/course/course_record.h"
#include "mapping/registry/indicators/indicator.h"
#include "mapping/registry/indicators/interval.h"

namespace hjerte::registry {

// How a span of closure dates is divided.
enum class PeriodKind : uint8_t { kMonth, kQuarter, kHalfYear, kYear, kOwn };
// Which division of the population a stratum belongs to.
enum class StratumKind : uint8_t { kTotal, kSex, kAgeGroup, kDiagnosisGroup, kLegalBasis };

// A period of closure dates, both ends included.
struct Period {
  PeriodKind kind = PeriodKind::kYear;
  Date from{};
  Date to{};
  std::string label;  // "2025", "2025-H1", "2025-Q3", "2025-07", "2025-06-01/2026-05-31".

  bool operator==(const Period&) const = default;
};

// The periods of a kind that touch from..to; for kOwn the one period itself. Whole periods, also where from or to lies
// inside one.
std::vector<Period> PeriodsBetween(PeriodKind kind, Date from, Date to);

// A course as the cube keeps it.
struct CubeRow {
  uint8_t indicator_set = 0;  // Index in Content::indicator_sets(); kNoSet when none judges it.
  Date closed_on{};
  std::string residence;  // Municipality code at closure.
  std::string sex, age_group, diagnosis_group, legal_basis, authority;
  std::vector<Outcome> outcomes;  // One for each indicator of the set.

  static constexpr uint8_t kNoSet = 255;
};

// The row of a course record; none while the course is not closed, since no period holds it.
std::optional<CubeRow> MakeRow(const Content& content, const CourseRecord& record);

// What is asked. Empty lists mean all.
struct Query {
  std::string indicator_set;  // Empty: the set in force on `to`.
  std::vector<std::string> indicators;
  std::vector<UnitKind> unit_kinds;
  std::vector<std::string> unit_ids;
  PeriodKind period_kind = PeriodKind::kYear;
  Date from{};
  Date to{};
  std::vector<StratumKind> strata;  // Divisions wanted beside the total, which is always given.
  std::string geography;            // Id; empty: the one in force at each course's closure.
  bool skip_empty = false;          // Leaves out cells without a single course.
};

// How many courses one reason took out.
struct ReasonCount {
  std::string reason;
  int64_t count = 0;
};

// One result. The counts are true ones: masking is masking.h's.
struct Cell {
  std::string indicator;
  UnitKind unit_kind = UnitKind::kNation;
  std::string unit;
  std::string unit_name;
  Period period;
  StratumKind stratum_kind = StratumKind::kTotal;
  std::string stratum;  // "female", "65-74"; empty for the total.
  int64_t numerator = 0;
  int64_t denominator = 0;
  // Courses without an answer, whatever the reason that is not counted apart ("uoplyst").
  int64_t unknown = 0;
  // Exclusions by reason in the indicator's order, then the unknown reasons that are counted apart; zeros included.
  std::vector<ReasonCount> exclusions;
  std::vector<ReasonCount> unknown_by_reason;  // All unknown reasons, in order.
  Verdict verdict = Verdict::kNotSet;
};

// Texts of a cell: per cent and limits with one decimal; empty when the denominator is 0.
struct CellFigures {
  std::string percent, ci_low, ci_high, unknown_percent;
};
CellFigures Figures(const Cell& cell);

// Closed courses in columns: one byte for each course and indicator beside small dimension columns. A query is one
// scan. Not thread-safe: the owner copies or locks (a copy of 100 000 courses is a few megabytes).
class Cube {
 public:
  using Slot = uint32_t;

  explicit Cube(std::shared_ptr<const Content> content);
  ~Cube();
  Cube(const Cube&);
  Cube(Cube&&) noexcept;
  Cube& operator=(Cube&&) noexcept;

  // Adds a course and says where it stands; slots of removed courses are used again.
  Slot Add(const CubeRow& row);
  // Replaces the course in a slot that Add gave.
  void Update(Slot slot, const CubeRow& row);
  // Takes the course out.
  void Remove(Slot slot);

  size_t size() const;  // Courses held.
  // First and last closure date held; none when empty.
  std::optional<std::pair<Date, Date>> span() const;

  // The cells asked for, ordered by unit kind, unit, period, stratum, indicator. Refused: an unknown set, indicator,
  // geography, or more than 5 000 000 cells.
  absl::StatusOr<std::vector<Cell>> Run(const Query& query) const;

 private:
  struct Columns;
  std::unique_ptr<Columns> columns_;
};

}  // namespace hjerte::registry
