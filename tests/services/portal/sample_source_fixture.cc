#include <algorithm>
#include <chrono>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/services/portal/sample_source.h"

namespace hjerte::tests {
namespace {

using namespace portal;

struct Place {
  const char* code;
  const char* name;
  const char* cluster;
  const char* region;
};

constexpr Place kPlaces[] = {
    {"0813", "Frederikshavn", "Klynge Nord", "Region Nordjylland"},
    {"0849", "Jammerbugt", "Klynge Midt", "Region Nordjylland"},
    {"0820", "Vesthimmerland", "Klynge Syd", "Region Nordjylland"},
    {"0851", "Aalborg", "Klynge Midt", "Region Nordjylland"},
    {"0740", "Silkeborg", "Klynge Midt", "Region Midtjylland"},
    {"0706", "Syddjurs", "Klynge Randers", "Region Midtjylland"},
    {"0741", "Samsø", "Aarhusklyngen", "Region Midtjylland"},
    {"0751", "Aarhus", "Aarhusklyngen", "Region Midtjylland"},
    {"0461", "Odense", "Odenseklyngen", "Region Syddanmark"},
    {"0482", "Langeland", "Svendborgklyngen", "Region Syddanmark"},
    {"0492", "Ærø", "Svendborgklyngen", "Region Syddanmark"},
    {"0101", "København", "Sundhedsklynge Byen", "Region Hovedstaden"},
    {"0400", "Bornholm", "Sundhedsklynge Bornholm", "Region Hovedstaden"},
    {"0265", "Roskilde", "Sundhedsklynge Roskilde", "Region Sjælland"},
};

common::Instant At(int64_t seconds) { return common::Instant(std::chrono::seconds(seconds)); }

registry::Date Day(int year, int month, int day) { return registry::Date(std::chrono::year(year) / month / day); }

// The period of so many months that begins in the month.
registry::Period Months(registry::PeriodKind kind, int year, int month, int months, const std::string& label) {
  const int next = month + months;
  const registry::Date after = next > 12 ? Day(year + 1, 1, 1) : Day(year, next, 1);
  return {kind, Day(year, month, 1), after - std::chrono::days(1), label};
}

registry::Period Year(int year) { return Months(registry::PeriodKind::kYear, year, 1, 12, absl::StrCat(year)); }

registry::Period Half(int year, int half) {
  return Months(registry::PeriodKind::kHalfYear, year, half * 6 - 5, 6, absl::StrCat(year, "-H", half));
}

registry::Period Quarter(int year, int quarter) {
  return Months(registry::PeriodKind::kQuarter, year, quarter * 3 - 2, 3, absl::StrCat(year, "-Q", quarter));
}

std::vector<registry::Period> AllPeriods() {
  std::vector<registry::Period> periods;
  for (int year = 2025; year >= 2021; --year) periods.push_back(Year(year));
  for (int year = 2025; year >= 2021; --year) {
    for (int half = 2; half >= 1; --half) periods.push_back(Half(year, half));
  }
  for (int year = 2025; year >= 2021; --year) {
    for (int quarter = 4; quarter >= 1; --quarter) periods.push_back(Quarter(year, quarter));
  }
  return periods;
}

struct IndicatorText {
  const char* id;
  registry::Text label;
  registry::Text sentence;
  int percent;
};

const std::vector<IndicatorText>& Indicators() {
  static const std::vector<IndicatorText> indicators = {
      {"K1",
       {"Vedholdenhed", "Adherence"},
       {"Andel af borgere med hjertesygdom, som er vedholdende, blandt dem der deltager i kommunal "
        "hjerterehabilitering",
        "Share of citizens with heart disease who are adherent, among those who take part in municipal cardiac "
        "rehabilitation"},
       74},
      {"K2",
       {"Træningssessioner", "Training sessions"},
       {"Andel af borgere med hjertesygdom, som gennemfører mindst 80 % af de planlagte træningssessioner",
        "Share of citizens with heart disease who complete at least 80 % of the planned training sessions"},
       61},
      {"K3",
       {"Arbejdskapacitet", "Work capacity"},
       {"Andel af borgere med hjertesygdom, som får et træningstilbud og øger arbejdskapacitet eller seks minutters "
        "gangtest med mindst 10 %",
        "Share of citizens with heart disease who receive a training offer and rise at least 10 % in work capacity or "
        "six-minute walk test"},
       52},
      {"K4",
       {"Rygestop", "Smoking cessation"},
       {"Andel af borgere med hjertesygdom, som var rygere ved start og er eksrygere ved afslutningen",
        "Share of citizens with heart disease who were smokers at start and are ex-smokers at the end of the course"},
       30},
      {"K5",
       {"Diætbehandling", "Diet treatment"},
       {"Andel af borgere med hjertesygdom, som har fået diætbehandling ved klinisk diætist inden afslutningen",
        "Share of citizens with heart disease who have received diet treatment by a clinical dietitian by the end"},
       66},
      {"K6",
       {"Screening for angst og depression", "Screening for anxiety and depression"},
       {"Andel af borgere med hjertesygdom, som er screenet for angst og depression inden afslutningen",
        "Share of citizens with heart disease who are screened for anxiety and depression by the end of the course"},
       79},
  };
  return indicators;
}

std::vector<ReasonView> Reasons() {
  return {{"died", {"Død under forløbet", "Died during the course"}},
          {"transferred", {"Flyttet til en anden kommune", "Transferred to another municipality"}},
          {"entered-in-error", {"Registreret ved en fejl", "Entered in error"}}};
}

// Figures that look alike from page to page: derived from indicator, unit and period.
Cell MadeUpCell(const IndicatorText& indicator, registry::UnitKind level, const registry::Period& period) {
  const std::string id = indicator.id;
  if (level == registry::UnitKind::kMunicipality) {
    if (id == "K4" && (period.label == "2025" || period.label == "2022")) return HiddenCell();
    if (id == "K3" && period.label == "2025") return SeenCell(0, 0, 6);
  }
  int64_t size = 160;
  if (level == registry::UnitKind::kCluster) size = 420;
  if (level == registry::UnitKind::kRegion) size = 1710;
  if (level == registry::UnitKind::kNation) size = 8900;
  if (id == "K4") size /= 4;
  if (period.kind == registry::PeriodKind::kHalfYear) size /= 2;
  if (period.kind == registry::PeriodKind::kQuarter) size /= 4;
  const int wobble = (period.label.back() * 7 + id.back() * 11 + static_cast<int>(level) * 5) % 17 - 8;
  Cell cell = SeenCell(size * (indicator.percent + wobble) / 100, size, size / 25);
  cell.verdict = registry::Verdict::kNotSet;
  if (id == "K1") cell.verdict = registry::Verdict::kNotMet;
  if (id == "K6") cell.verdict = registry::Verdict::kUndecided;
  return cell;
}

ProvenanceView MadeUpProvenance() {
  ProvenanceView provenance;
  provenance.computed_at = At(1'767'603'600);
  provenance.variable_set = "dhrd 1.0.0-draft";
  provenance.indicator_set = "municipal-2017 1.0.0-draft";
  provenance.geography = "dk-2007 1.0.0";
  provenance.engine = "0.1.0";
  provenance.content_sha256 = "3c9a0f6e5b1d4f8aa0c2be7795d1e4fa6b8d7c3e2f10a9b8c7d6e5f4a3b2c1d0";
  return provenance;
}

}  // namespace

Cell SeenCell(int64_t n, int64_t d, int64_t unknown) {
  Cell cell;
  Figures figures{n, d, "", "", ""};
  if (d > 0) {
    const double p = static_cast<double>(n) / static_cast<double>(d);
    const double half = 1.96 * std::sqrt(p * (1 - p) / static_cast<double>(d)) + 0.5 / static_cast<double>(d);
    figures.percent = absl::StrFormat("%.1f", 100 * p);
    figures.low = absl::StrFormat("%.1f", std::max(0.0, 100 * (p - half)));
    figures.high = absl::StrFormat("%.1f", std::min(100.0, 100 * (p + half)));
  }
  cell.figures = figures;
  cell.unknown = unknown;
  if (d + unknown > 0) cell.unknown_percent = absl::StrFormat("%.1f", 100.0 * unknown / (d + unknown));
  cell.exclusions = {{"died", 3}, {"transferred", std::nullopt}, {"entered-in-error", 0}};
  return cell;
}

Cell HiddenCell() {
  Cell cell;
  cell.exclusions = {{"died", std::nullopt}, {"transferred", std::nullopt}, {"entered-in-error", std::nullopt}};
  return cell;
}

absl::StatusOr<CountryView> SampleSource::Country() const {
  if (nothing_published) return absl::UnavailableError("no snapshot yet");
  CountryView view;
  view.set_label = {"Kommunal hjerterehabilitering", "Municipal cardiac rehabilitation"};
  view.provenance = MadeUpProvenance();
  for (const Place& place : kPlaces) {
    if (view.regions.empty() || view.regions.back().name != place.region + hostile_suffix) {
      view.regions.push_back({place.region + hostile_suffix, {}});
    }
    MunicipalityLine line{place.code, place.name + hostile_suffix, place.cluster + hostile_suffix, At(1'767'596'700)};
    const std::string code = place.code;
    if (code == "0461" || code == "0400" || code == "0820") line.last_delivery.reset();
    view.regions.back().municipalities.push_back(line);
  }
  return view;
}

absl::StatusOr<MunicipalityView> SampleSource::Municipality(std::string_view code, std::string_view period) const {
  if (nothing_published) return absl::UnavailableError("no snapshot yet");
  const auto place =
      std::find_if(std::begin(kPlaces), std::end(kPlaces), [&](const Place& p) { return p.code == code; });
  if (place == std::end(kPlaces)) return absl::NotFoundError("no such municipality");
  MunicipalityView view;
  view.unit = {registry::UnitKind::kMunicipality, place->code, place->name + hostile_suffix};
  view.cluster = place->cluster + hostile_suffix;
  view.region = place->region + hostile_suffix;
  view.set_label = {"Kommunal hjerterehabilitering", "Municipal cardiac rehabilitation"};
  view.periods = AllPeriods();
  const std::string wanted = period.empty() ? "2025" : std::string(period);
  const auto chosen = std::find_if(view.periods.begin(), view.periods.end(),
                                   [&](const registry::Period& p) { return p.label == wanted; });
  if (chosen == view.periods.end()) return absl::NotFoundError("no such period");
  view.period = *chosen;
  for (const IndicatorText& text : Indicators()) {
    IndicatorView indicator{text.id, text.label, text.sentence, true, std::nullopt, Reasons(), {}, {}, {}};
    if (indicator.id == "K1")
      indicator.standard = registry::Standard{registry::Standard::Direction::kAtLeast, "90", "Eksempel"};
    if (indicator.id == "K6")
      indicator.standard = registry::Standard{registry::Standard::Direction::kAtLeast, "80", "Eksempel"};
    indicator.cell = MadeUpCell(text, registry::UnitKind::kMunicipality, view.period);
    indicator.benchmark = {
        {{registry::UnitKind::kCluster, "c", view.cluster},
         MadeUpCell(text, registry::UnitKind::kCluster, view.period)},
        {{registry::UnitKind::kRegion, "1082", view.region},
         MadeUpCell(text, registry::UnitKind::kRegion, view.period)},
        {{registry::UnitKind::kNation, "DK", "Danmark"}, MadeUpCell(text, registry::UnitKind::kNation, view.period)}};
    for (auto p = view.periods.rbegin(); p != view.periods.rend(); ++p) {
      if (p->kind == view.period.kind)
        indicator.trend.push_back({*p, MadeUpCell(text, registry::UnitKind::kMunicipality, *p)});
    }
    view.indicators.push_back(indicator);
  }
  view.provenance = MadeUpProvenance();
  if (code != "0461") {
    view.freshness.last_delivery = At(1'767'596'700);
    view.freshness.newest_month = registry::Date(std::chrono::year(2026) / 1 / 1);
    view.freshness.next_expected = At(1'768'201'500);
    view.freshness.refused = std::nullopt;
    view.freshness.unknown_percent = "4.2";
  }
  return view;
}

absl::StatusOr<std::vector<PublishedCell>> SampleSource::Cells(std::string_view code) const {
  std::vector<PublishedCell> cells;
  for (const registry::Period& period : AllPeriods()) {
    const auto view = Municipality(code, period.label);
    if (!view.ok()) return view.status();
    for (const IndicatorView& indicator : view->indicators) {
      cells.push_back({indicator.id, view->unit, period, indicator.cell});
      for (const BenchmarkRow& row : indicator.benchmark) cells.push_back({indicator.id, row.unit, period, row.cell});
    }
  }
  return cells;
}

}  // namespace hjerte::tests
