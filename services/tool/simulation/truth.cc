#include "services/tool/simulation/truth.h"

#include <cstdio>
#include <fstream>

namespace hjerte::tool {
namespace {

struct Band {
  int from;
  const char* id;
};
constexpr Band kBands[] = {{18, "18-49"}, {50, "50-64"}, {65, "65-74"}, {75, "75+"}};
constexpr size_t kBandCount = std::size(kBands);
constexpr const char* kGroups[] = {"ami", "pci", "cabg", "ihd"};
constexpr size_t kPopulationGroups = std::size(kGroups);
// Periods in a year: the year, halves, quarters, months.
constexpr size_t kPeriodsPerYear = 1 + 2 + 4 + 12;

size_t BandIndex(int age) {
  size_t index = 0;
  while (index + 1 < kBandCount && age >= kBands[index + 1].from) ++index;
  return index;
}

std::string PeriodLabel(int year, const char* format, int number) {
  char text[16];
  std::snprintf(text, sizeof text, format, number);
  return std::to_string(year) + text;
}

}  // namespace

std::string AgeBand(int age) { return kBands[BandIndex(age)].id; }

std::string GroupId(DiagnosisGroup group) {
  constexpr const char* kIds[] = {"ami", "pci", "cabg", "ihd", "heart-failure", "valve", "other"};
  return kIds[static_cast<size_t>(group)];
}

std::string LegalBasisId(LegalBasis legal_basis) { return legal_basis == LegalBasis::kS119 ? "s119" : "s140"; }

Truth::Truth(const Geography& geography, int first_year, int last_year)
    : geography_(geography), first_year_(first_year), last_year_(last_year) {
  for (int year = first_year; year <= last_year; ++year) {
    periods_.push_back({"year", std::to_string(year)});
    for (int half = 1; half <= 2; ++half) periods_.push_back({"half-year", PeriodLabel(year, "-H%d", half)});
    for (int quarter = 1; quarter <= 4; ++quarter) periods_.push_back({"quarter", PeriodLabel(year, "-Q%d", quarter)});
    for (int month = 1; month <= 12; ++month) periods_.push_back({"month", PeriodLabel(year, "-%02d", month)});
  }
  // Across a new year, within a month, to the last day of one, a single day, everything.
  AddOwnPeriod(DayOf(first_year, 3, 15), DayOf(first_year + 1, 2, 10));
  AddOwnPeriod(DayOf(last_year, 5, 6), DayOf(last_year, 5, 24));
  AddOwnPeriod(DayOf(last_year - 1, 12, 31), DayOf(last_year, 2, DateOf(DayOf(last_year, 3, 1) - 1).day));
  AddOwnPeriod(DayOf(last_year, 3, 1), DayOf(last_year, 3, 1));
  AddOwnPeriod(DayOf(first_year, 1, 1), DayOf(last_year, 12, 31));
  strata_.push_back({"total", ""});
  strata_.push_back({"sex", "male"});
  strata_.push_back({"sex", "female"});
  strata_.push_back({"legal-basis", "s119"});
  strata_.push_back({"legal-basis", "s140"});
  for (const char* group : kGroups) strata_.push_back({"diagnosis-group", group});
  for (const Band& band : kBands) strata_.push_back({"age-group", band.id});
}

void Truth::AddOwnPeriod(Day from, Day to) {
  own_periods_.push_back({from, to});
  periods_.push_back({"own", IsoDate(from) + "/" + IsoDate(to)});
}

size_t Truth::UnitIndex(const std::string& kind, const std::string& id) {
  const auto [entry, added] = unit_index_.try_emplace(kind + " " + id, units_.size());
  if (added) {
    units_.push_back({kind, id});
    cells_.resize(units_.size() * periods_.size() * strata_.size() * kIndicatorCount);
  }
  return entry->second;
}

size_t Truth::CellIndex(size_t unit, size_t period, size_t stratum, int indicator) const {
  return ((unit * periods_.size() + period) * strata_.size() + stratum) * kIndicatorCount +
         static_cast<size_t>(indicator);
}

std::vector<size_t> Truth::PeriodsOf(Day day) const {
  std::vector<size_t> periods;
  const CivilDate date = DateOf(day);
  if (date.year >= first_year_ && date.year <= last_year_) {
    const size_t base = static_cast<size_t>(date.year - first_year_) * kPeriodsPerYear;
    const auto month = static_cast<size_t>(date.month - 1);
    periods = {base, base + 1 + month / 6, base + 3 + month / 3, base + 7 + month};
  }
  for (size_t own = 0; own < own_periods_.size(); ++own) {
    const bool inside = own_periods_[own].from <= day && day <= own_periods_[own].to;
    if (inside) periods.push_back(periods_.size() - own_periods_.size() + own);
  }
  return periods;
}

std::vector<size_t> Truth::StrataOf(const Judged& judged, const Course& course) {
  return {0, course.male ? size_t{1} : size_t{2}, course.legal_basis == LegalBasis::kS119 ? size_t{3} : size_t{4},
          5 + static_cast<size_t>(judged.group), 5 + kPopulationGroups + BandIndex(judged.age)};
}

void Truth::Add(const Judged& judged, const Course& course) {
  if (!judged.in_population) return;
  const auto place = geography_.places.find(course.residence);
  std::vector<size_t> units = {UnitIndex("municipality", course.residence), UnitIndex("nation", "DK")};
  if (place != geography_.places.end()) {
    units.push_back(UnitIndex("region", place->second.region));
    units.push_back(UnitIndex("cluster", place->second.cluster));
  }
  const std::vector<size_t> strata = StrataOf(judged, course);
  for (const size_t unit : units) {
    for (const size_t period : PeriodsOf(judged.closed)) {
      for (const size_t stratum : strata) {
        for (int indicator = 0; indicator < kIndicatorCount; ++indicator) {
          const Answer& answer = judged.answers[static_cast<size_t>(indicator)];
          Counts& counts = cells_[CellIndex(unit, period, stratum, indicator)];
          counts.numerator += answer.state == State::kYes;
          counts.denominator += answer.state == State::kYes || answer.state == State::kNo;
          counts.unknown += answer.state == State::kUnknown;
          counts.excluded[static_cast<size_t>(answer.reason)] += answer.state == State::kExcluded;
        }
      }
    }
  }
}

absl::Status Truth::Write(const std::string& path) const {
  std::ofstream out(path, std::ios::binary);
  out << "indicator,unit_kind,unit_id,period_kind,period_label,stratum_kind,stratum,numerator,denominator,unknown";
  for (size_t reason = 1; reason < kReasonCount; ++reason) out << ",excluded_" << kReasonIds[reason];
  out << "\n";
  for (size_t unit = 0; unit < units_.size(); ++unit) {
    for (size_t period = 0; period < periods_.size(); ++period) {
      for (size_t stratum = 0; stratum < strata_.size(); ++stratum) {
        if (periods_[period].kind == "month" && stratum != 0) continue;
        for (int indicator = 0; indicator < kIndicatorCount; ++indicator) {
          const Counts& counts = cells_[CellIndex(unit, period, stratum, indicator)];
          out << 'K' << indicator + 1 << ',' << units_[unit].kind << ',' << units_[unit].id << ','
              << periods_[period].kind << ',' << periods_[period].id << ',' << strata_[stratum].kind << ','
              << strata_[stratum].id << ',' << counts.numerator << ',' << counts.denominator << ',' << counts.unknown;
          for (size_t reason = 1; reason < kReasonCount; ++reason) out << ',' << counts.excluded[reason];
          out << '\n';
        }
      }
    }
  }
  out.flush();
  if (!out) return absl::InternalError(path + ": cannot be written; is the disk full?");
  return absl::OkStatus();
}

}  // namespace hjerte::tool
