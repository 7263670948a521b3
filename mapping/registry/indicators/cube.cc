#include "mapping/registry/indicators/cube.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/registry/content/compiled_content.h"

namespace hjerte::registry {
namespace {

namespace chrono = std::chrono;

constexpr size_t kMaxCells = 5'000'000;
constexpr size_t kMaxCounters = 100'000'000;
constexpr int32_t kFree = INT32_MIN;
constexpr uint16_t kNoUnit = UINT16_MAX;
constexpr size_t kStratumKinds = 5;

// A column of words of few different values: the words once, an index for each row.
class Dictionary {
 public:
  uint16_t Intern(const std::string& word) {
    const auto [entry, added] = index_.try_emplace(word, static_cast<uint16_t>(words_.size()));
    if (added) words_.push_back(word);
    return entry->second;
  }
  const std::vector<std::string>& words() const { return words_; }

 private:
  std::vector<std::string> words_;
  std::unordered_map<std::string, uint16_t> index_;
};

// How the outcome of an indicator is kept in a byte: 0 not applicable, 1 no, 2 yes, then the unknown reasons, then the
// exclusions.
constexpr uint8_t kBucketNo = 1;
constexpr uint8_t kBucketYes = 2;
constexpr uint8_t kBucketReasons = 3;

uint8_t BucketOf(const Indicator& indicator, const Outcome& outcome) {
  switch (outcome.state) {
    case State::kNo:
      return kBucketNo;
    case State::kYes:
      return kBucketYes;
    case State::kUnknown:
      return static_cast<uint8_t>(kBucketReasons + outcome.reason);
    case State::kExcluded:
      return static_cast<uint8_t>(kBucketReasons + indicator.unknown.size() + outcome.reason);
    case State::kNotApplicable:
      break;
  }
  return 0;
}

size_t BucketsOf(const Indicator& indicator) {
  return kBucketReasons + indicator.unknown.size() + indicator.excluded.size();
}

Period MakePeriod(PeriodKind kind, int year, unsigned first_month, unsigned months, std::string label) {
  const chrono::year_month_day from{chrono::year(year), chrono::month(first_month), chrono::day(1)};
  const Date to =
      Date(chrono::year_month_day(from.year() / from.month() / 1) + chrono::months(months)) - chrono::days(1);
  return {kind, Date(from), to, std::move(label)};
}

unsigned MonthsIn(PeriodKind kind) {
  switch (kind) {
    case PeriodKind::kMonth:
      return 1;
    case PeriodKind::kQuarter:
      return 3;
    case PeriodKind::kHalfYear:
      return 6;
    case PeriodKind::kYear:
    case PeriodKind::kOwn:
      break;
  }
  return 12;
}

std::string PeriodLabel(PeriodKind kind, int year, unsigned month) {
  switch (kind) {
    case PeriodKind::kMonth:
      return absl::StrCat(year, month < 10 ? "-0" : "-", month);
    case PeriodKind::kQuarter:
      return absl::StrCat(year, "-Q", (month - 1) / 3 + 1);
    case PeriodKind::kHalfYear:
      return absl::StrCat(year, "-H", (month - 1) / 6 + 1);
    case PeriodKind::kYear:
    case PeriodKind::kOwn:
      break;
  }
  return std::to_string(year);
}

// One division: which words of a dimension are its strata, in their order.
struct Division {
  StratumKind kind = StratumKind::kTotal;
  std::vector<std::string> strata;       // "" alone for the total.
  std::vector<int16_t> stratum_of_word;  // By word of the dimension; -1: none.
  size_t first = 0;                      // Its first stratum among all of the query.
};

// Units of one kind as a query sees them.
struct UnitAxis {
  UnitKind kind = UnitKind::kNation;
  std::vector<Unit> units;
  std::vector<std::vector<uint16_t>> unit_of_word;  // [geography][residence word].
  size_t first = 0;
};

}  // namespace

struct Cube::Columns {
  std::shared_ptr<const Content> content;
  std::vector<int32_t> closed_day;  // kFree: the slot is empty.
  std::vector<uint8_t> set;
  std::vector<uint16_t> residence, authority;
  std::array<std::vector<uint16_t>, kStratumKinds> dimension;  // By StratumKind; that of the total stays empty.
  std::vector<std::vector<uint8_t>> outcomes;                  // By indicator: one byte for each course.
  std::vector<Slot> free;
  Dictionary residences, authorities;
  std::array<Dictionary, kStratumKinds> words;
  size_t size = 0;

  void Write(Slot slot, const CubeRow& row) {
    const IndicatorSet* indicators =
        row.indicator_set == CubeRow::kNoSet ? nullptr : &content->indicator_sets()[row.indicator_set];
    closed_day[slot] = static_cast<int32_t>(row.closed_on.time_since_epoch().count());
    set[slot] = row.indicator_set;
    residence[slot] = residences.Intern(row.residence);
    authority[slot] = authorities.Intern(row.authority);
    const std::array<const std::string*, kStratumKinds> texts = {nullptr, &row.sex, &row.age_group,
                                                                 &row.diagnosis_group, &row.legal_basis};
    for (size_t kind = 1; kind < kStratumKinds; ++kind) dimension[kind][slot] = words[kind].Intern(*texts[kind]);
    for (size_t i = 0; i < outcomes.size(); ++i) {
      const bool known = indicators != nullptr && i < row.outcomes.size() && i < indicators->indicators.size();
      outcomes[i][slot] = known ? BucketOf(indicators->indicators[i], row.outcomes[i]) : uint8_t{0};
    }
  }

  void Grow() {
    closed_day.push_back(kFree);
    set.push_back(CubeRow::kNoSet);
    residence.push_back(0);
    authority.push_back(0);
    for (size_t kind = 1; kind < kStratumKinds; ++kind) dimension[kind].push_back(0);
    for (std::vector<uint8_t>& column : outcomes) column.push_back(0);
  }
};

namespace {

// One query over the columns.
template <typename Columns>
class Scan {
 public:
  Scan(const Columns& columns, const Query& query) : columns_(columns), content_(*columns.content), query_(query) {}

  absl::StatusOr<std::vector<Cell>> Run() {
    if (absl::Status status = Choose(); !status.ok()) return status;
    periods_ = PeriodsBetween(query_.period_kind, query_.from, query_.to);
    ChooseDivisions();
    if (absl::Status status = ChooseUnits(); !status.ok()) return status;
    const size_t cells = units_ * periods_.size() * strata_ * indicators_.size();
    buckets_ = 0;
    for (const size_t indicator : indicators_) buckets_ = std::max(buckets_, BucketsOf(set_->indicators[indicator]));
    if (cells > kMaxCells || cells * buckets_ > kMaxCounters) {
      return absl::InvalidArgumentError(absl::StrCat("the query asks for ", cells, " cells, more than ", kMaxCells,
                                                     "; ask for fewer units, periods or strata"));
    }
    counters_.assign(cells * buckets_, 0);
    MapPeriods();
    Count();
    return Cells();
  }

 private:
  absl::Status Choose() {
    set_ = query_.indicator_set.empty() ? content_.indicator_set_for(query_.to)
                                        : content_.FindIndicatorSet(query_.indicator_set);
    if (set_ == nullptr) return absl::NotFoundError("no such indicator set, or none in force on the last day");
    if (query_.to < query_.from) return absl::InvalidArgumentError("the period ends before it begins");
    for (size_t i = 0; i < set_->indicators.size(); ++i) {
      const std::string& id = set_->indicators[i].id;
      const bool asked = query_.indicators.empty() ||
                         std::find(query_.indicators.begin(), query_.indicators.end(), id) != query_.indicators.end();
      if (asked) indicators_.push_back(i);
    }
    for (const std::string& id : query_.indicators) {
      if (!set_->Find(id))
        return absl::NotFoundError(absl::StrCat("indicator set ", set_->id, " has no such indicator"));
    }
    return absl::OkStatus();
  }

  // The strata of a kind in the order of the content, and after them what courses hold beside.
  std::vector<std::string> StrataOf(StratumKind kind) const {
    static constexpr std::array<std::string_view, kStratumKinds> kVariables = {"", "sex", "age_group",
                                                                               "diagnosis_group", "legal_basis"};
    std::vector<std::string> strata;
    const VariableSet& variables = content_.variables_on(query_.to);
    if (const Variable* variable = variables.Find(kVariables[static_cast<size_t>(kind)])) {
      for (const Code& code : variable->codes) strata.push_back(code.code);
    }
    for (const std::string& word : columns_.words[static_cast<size_t>(kind)].words()) {
      if (!word.empty() && std::find(strata.begin(), strata.end(), word) == strata.end()) strata.push_back(word);
    }
    return strata;
  }

  void ChooseDivisions() {
    divisions_.push_back({StratumKind::kTotal, {""}, {}, 0});
    strata_ = 1;
    for (const StratumKind kind : query_.strata) {
      if (kind == StratumKind::kTotal) continue;
      Division division{kind, StrataOf(kind), {}, strata_};
      for (const std::string& word : columns_.words[static_cast<size_t>(kind)].words()) {
        const auto found = std::find(division.strata.begin(), division.strata.end(), word);
        division.stratum_of_word.push_back(
            found == division.strata.end() ? int16_t{-1} : static_cast<int16_t>(found - division.strata.begin()));
      }
      strata_ += division.strata.size();
      divisions_.push_back(std::move(division));
    }
  }

  absl::Status ChooseUnits() {
    if (query_.geography.empty()) {
      for (const Geography& geography : content_.geographies()) geographies_.push_back(&geography);
    } else {
      const Geography* geography = content_.FindGeography(query_.geography);
      if (geography == nullptr) return absl::NotFoundError("no such geography");
      geographies_.push_back(geography);
    }
    for (const UnitKind kind : {UnitKind::kMunicipality, UnitKind::kCluster, UnitKind::kRegion, UnitKind::kNation}) {
      const bool asked = query_.unit_kinds.empty() ||
                         std::find(query_.unit_kinds.begin(), query_.unit_kinds.end(), kind) != query_.unit_kinds.end();
      if (asked) AddAxis(kind);
    }
    return absl::OkStatus();
  }

  bool Asked(const Unit& unit) const {
    return query_.unit_ids.empty() ||
           std::find(query_.unit_ids.begin(), query_.unit_ids.end(), unit.id) != query_.unit_ids.end();
  }

  // Units of one kind over all geographies the query may meet; the same id is the same unit.
  void AddAxis(UnitKind kind) {
    UnitAxis axis;
    axis.kind = kind;
    axis.first = units_;
    std::map<std::string, Unit> units;
    for (const Geography* geography : geographies_) {
      if (!InUse(*geography)) continue;
      for (const Unit& unit : geography->units(kind)) {
        if (Asked(unit)) units.insert_or_assign(unit.id, unit);
      }
    }
    std::unordered_map<std::string, uint16_t> position;
    for (auto& [id, unit] : units) {
      position[id] = static_cast<uint16_t>(axis.units.size());
      axis.units.push_back(unit);
    }
    for (const Geography* geography : geographies_) {
      std::vector<uint16_t> of_word;
      for (const std::string& word : columns_.residences.words()) {
        const std::optional<uint16_t> index = geography->UnitOf(kind, word);
        // The nation holds every course, also one whose residence is no municipality.
        const std::string id = kind == UnitKind::kNation ? std::string(Geography::kNation)
                               : index                   ? geography->units(kind)[*index].id
                                                         : std::string();
        const auto found = position.find(id);
        of_word.push_back(found == position.end() ? kNoUnit : found->second);
      }
      axis.unit_of_word.push_back(std::move(of_word));
    }
    units_ += axis.units.size();
    axes_.push_back(std::move(axis));
  }

  // Whether any day of the query falls to the geography.
  bool InUse(const Geography& geography) const {
    return !query_.geography.empty() || geography.validity().Overlaps({periods_.front().from, periods_.back().to}) ||
           &geography == &content_.geography_on(periods_.front().from);
  }

  // Day → period and geography, so that a row costs two look-ups.
  void MapPeriods() {
    first_day_ = static_cast<int32_t>(periods_.front().from.time_since_epoch().count());
    const auto last = static_cast<int32_t>(periods_.back().to.time_since_epoch().count());
    for (int32_t day = first_day_; day <= last; ++day) {
      const Date date{chrono::days(day)};
      size_t period = period_of_day_.empty() ? 0 : period_of_day_.back();
      while (periods_[period].to < date) ++period;
      period_of_day_.push_back(static_cast<uint16_t>(period));
      const Geography* geography = query_.geography.empty() ? &content_.geography_on(date) : geographies_.front();
      geography_of_day_.push_back(
          static_cast<uint8_t>(std::find(geographies_.begin(), geographies_.end(), geography) - geographies_.begin()));
    }
  }

  size_t CellOf(size_t unit, size_t period, size_t stratum) const {
    return ((unit * periods_.size() + period) * strata_ + stratum) * indicators_.size();
  }

  void Count() {
    const auto set_index = static_cast<uint8_t>(set_ - content_.indicator_sets().data());
    for (size_t row = 0; row < columns_.closed_day.size(); ++row) {
      const int64_t offset = int64_t{columns_.closed_day[row]} - first_day_;
      if (offset < 0 || offset >= static_cast<int64_t>(period_of_day_.size()) || columns_.set[row] != set_index)
        continue;
      const auto day = static_cast<size_t>(offset);
      for (const UnitAxis& axis : axes_) {
        const uint16_t unit = axis.unit_of_word[geography_of_day_[day]][columns_.residence[row]];
        if (unit == kNoUnit) continue;
        for (const Division& division : divisions_) {
          int16_t stratum = 0;
          if (division.kind != StratumKind::kTotal) {
            stratum = division.stratum_of_word[columns_.dimension[static_cast<size_t>(division.kind)][row]];
            if (stratum < 0) continue;
          }
          AddRow(row, CellOf(axis.first + unit, period_of_day_[day], division.first + static_cast<size_t>(stratum)));
        }
      }
    }
  }

  void AddRow(size_t row, size_t cell) {
    for (const size_t indicator : indicators_) {
      ++counters_[cell++ * buckets_ + columns_.outcomes[indicator][row]];
    }
  }

  std::vector<Cell> Cells() const {
    std::vector<Cell> cells;
    for (const UnitAxis& axis : axes_) {
      for (size_t unit = 0; unit < axis.units.size(); ++unit) {
        for (size_t period = 0; period < periods_.size(); ++period) {
          for (const Division& division : divisions_) {
            for (size_t stratum = 0; stratum < division.strata.size(); ++stratum) {
              size_t index = CellOf(axis.first + unit, period, division.first + stratum);
              for (const size_t indicator : indicators_) {
                AddCell(index++, axis.units[unit], periods_[period], division, stratum, set_->indicators[indicator],
                        cells);
              }
            }
          }
        }
      }
    }
    return cells;
  }

  void AddCell(size_t index, const Unit& unit, const Period& period, const Division& division, size_t stratum,
               const Indicator& indicator, std::vector<Cell>& cells) const {
    const uint32_t* counts = &counters_[index * buckets_];
    if (query_.skip_empty &&
        std::all_of(counts + 1, counts + BucketsOf(indicator), [](uint32_t n) { return n == 0; })) {
      return;
    }
    Cell& cell = cells.emplace_back();
    cell.indicator = indicator.id;
    cell.unit_kind = unit.kind;
    cell.unit = unit.id;
    cell.unit_name = unit.name;
    cell.period = period;
    cell.stratum_kind = division.kind;
    cell.stratum = division.strata[stratum];
    cell.numerator = counts[kBucketYes];
    cell.denominator = int64_t{counts[kBucketYes]} + counts[kBucketNo];
    const uint32_t* unknown = counts + kBucketReasons;
    const uint32_t* excluded = unknown + indicator.unknown.size();
    cell.exclusions.reserve(indicator.excluded.size() + 1);
    for (size_t i = 0; i < indicator.excluded.size(); ++i) {
      cell.exclusions.push_back({indicator.excluded[i].id, excluded[i]});
    }
    cell.unknown_by_reason.reserve(indicator.unknown.size());
    for (size_t i = 0; i < indicator.unknown.size(); ++i) {
      cell.unknown_by_reason.push_back({indicator.unknown[i].id, unknown[i]});
      if (indicator.unknown[i].apart) {
        cell.exclusions.push_back({indicator.unknown[i].id, unknown[i]});
      } else {
        cell.unknown += unknown[i];
      }
    }
    cell.verdict = Judge(indicator.standard, cell.numerator, cell.denominator);
  }

  const Columns& columns_;
  const Content& content_;
  const Query& query_;
  const IndicatorSet* set_ = nullptr;
  std::vector<size_t> indicators_;
  std::vector<Period> periods_;
  std::vector<Division> divisions_;
  std::vector<const Geography*> geographies_;
  std::vector<UnitAxis> axes_;
  size_t units_ = 0;
  size_t strata_ = 0;
  size_t buckets_ = 0;
  int32_t first_day_ = 0;
  std::vector<uint16_t> period_of_day_;
  std::vector<uint8_t> geography_of_day_;
  std::vector<uint32_t> counters_;
};

}  // namespace

std::vector<Period> PeriodsBetween(PeriodKind kind, Date from, Date to) {
  if (kind == PeriodKind::kOwn) return {{kind, from, to, FormatDate(from) + "/" + FormatDate(to)}};
  const unsigned months = MonthsIn(kind);
  const chrono::year_month_day first(from);
  int year = static_cast<int>(first.year());
  unsigned month = (static_cast<unsigned>(first.month()) - 1) / months * months + 1;
  std::vector<Period> periods;
  do {
    periods.push_back(MakePeriod(kind, year, month, months, PeriodLabel(kind, year, month)));
    month += months;
    if (month > 12) {
      month = 1;
      ++year;
    }
  } while (periods.back().to < to && periods.size() < UINT16_MAX);
  return periods;
}

std::optional<CubeRow> MakeRow(const Content& content, const CourseRecord& record) {
  const std::optional<Date> closed = record.GetDate("end_date");
  if (!closed) return std::nullopt;
  CubeRow row;
  row.closed_on = *closed;
  row.residence = record.Get("residence_municipality");
  row.sex = record.Get("sex");
  row.age_group = record.Get("age_group");
  row.diagnosis_group = record.Get("diagnosis_group");
  row.legal_basis = record.Get("legal_basis");
  row.authority = record.authority();
  row.indicator_set = CubeRow::kNoSet;
  if (const IndicatorSet* set = content.indicator_set_for(*closed)) {
    row.indicator_set = static_cast<uint8_t>(set - content.indicator_sets().data());
    row.outcomes = EvaluateIndicators(content, *set, record);
  }
  return row;
}

CellFigures Figures(const Cell& cell) {
  CellFigures figures;
  if (cell.denominator > 0) {
    figures.percent = FormatPercent(cell.numerator, cell.denominator);
    const Interval interval = ExactInterval(cell.numerator, cell.denominator);
    figures.ci_low = FormatLimit(interval.low);
    figures.ci_high = FormatLimit(interval.high);
  }
  if (cell.denominator + cell.unknown > 0) {
    figures.unknown_percent = FormatPercent(cell.unknown, cell.denominator + cell.unknown);
  }
  return figures;
}

Cube::Cube(std::shared_ptr<const Content> content) : columns_(std::make_unique<Columns>()) {
  size_t indicators = 0;
  for (const IndicatorSet& set : content->indicator_sets()) indicators = std::max(indicators, set.indicators.size());
  columns_->outcomes.resize(indicators);
  columns_->content = std::move(content);
}

Cube::~Cube() = default;
Cube::Cube(const Cube& other) : columns_(std::make_unique<Columns>(*other.columns_)) {}
Cube::Cube(Cube&&) noexcept = default;
Cube& Cube::operator=(Cube&&) noexcept = default;

Cube::Slot Cube::Add(const CubeRow& row) {
  Slot slot = static_cast<Slot>(columns_->closed_day.size());
  if (columns_->free.empty()) {
    columns_->Grow();
  } else {
    slot = columns_->free.back();
    columns_->free.pop_back();
  }
  columns_->Write(slot, row);
  ++columns_->size;
  return slot;
}

void Cube::Update(Slot slot, const CubeRow& row) { columns_->Write(slot, row); }

void Cube::Remove(Slot slot) {
  columns_->closed_day[slot] = kFree;
  columns_->free.push_back(slot);
  --columns_->size;
}

size_t Cube::size() const { return columns_->size; }

std::optional<std::pair<Date, Date>> Cube::span() const {
  std::optional<std::pair<int32_t, int32_t>> span;
  for (const int32_t day : columns_->closed_day) {
    if (day == kFree) continue;
    if (!span) span.emplace(day, day);
    span->first = std::min(span->first, day);
    span->second = std::max(span->second, day);
  }
  if (!span) return std::nullopt;
  return std::pair(Date(chrono::days(span->first)), Date(chrono::days(span->second)));
}

absl::StatusOr<std::vector<Cell>> Cube::Run(const Query& query) const { return Scan<Columns>(*columns_, query).Run(); }

}  // namespace hjerte::registry
