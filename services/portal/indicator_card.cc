#include "services/portal/indicator_card.h"

#include "services/portal/charts.h"
#include "services/portal/format.h"

namespace hjerte::portal {
namespace {

std::string LevelKey(registry::UnitKind level) {
  switch (level) {
    case registry::UnitKind::kMunicipality:
      return "level.municipality";
    case registry::UnitKind::kCluster:
      return "level.cluster";
    case registry::UnitKind::kRegion:
      return "level.region";
    case registry::UnitKind::kNation:
      break;
  }
  return "level.nation";
}

// "Klynge", and whether the grouping is only inferred.
std::string LevelText(const Phrases& phrases, const registry::Unit& unit) {
  const std::string level = phrases(LevelKey(unit.kind));
  return unit.confirmed ? level : phrases("level.inferred", {{"level", level}});
}

// "140 af 160", "#", or that there are none.
std::string CountText(const Phrases& phrases, const Cell& cell) {
  if (!cell.figures) return "#";
  if (cell.figures->denominator == 0) return phrases("result.none_short");
  return phrases("result.fraction", {{"n", FormatCount(cell.figures->numerator, phrases.language())},
                                     {"of", FormatCount(cell.figures->denominator, phrases.language())}});
}

std::string PercentText(const Phrases& phrases, const Cell& cell) {
  return cell.figures ? FormatPercent(cell.figures->percent, phrases.language()) : "#";
}

std::string IntervalText(const Phrases& phrases, const Cell& cell) {
  return cell.figures ? FormatInterval(*cell.figures, phrases.language()) : "#";
}

std::string UnknownText(const Phrases& phrases, const Cell& cell) {
  const std::string count = FormatCount(cell.unknown, phrases.language());
  if (!cell.unknown || cell.unknown_percent.empty()) return count;
  return count + " (" + FormatPercent(cell.unknown_percent, phrases.language()) + ")";
}

void WriteResult(HtmlWriter& html, const Phrases& phrases, const Cell& cell) {
  html.Open("div", {{"class", "result"}});
  if (!cell.figures) {
    html.Open("p", {{"class", "big hidden"}}).Element("span", {{"aria-hidden", "true"}}, "#");
    html.Element("span", {{"class", "sr"}}, phrases("result.hidden_title")).Close();
    html.Element("p", phrases("result.hidden_text"));
  } else if (cell.figures->denominator == 0) {
    html.Element("p", {{"class", "big none"}}, "–");
    html.Element("p", phrases("result.none"));
  } else {
    html.Element("p", {{"class", "big"}}, PercentText(phrases, cell));
    html.Element("p", phrases("result.counts", {{"n", FormatCount(cell.figures->numerator, phrases.language())},
                                                {"of", FormatCount(cell.figures->denominator, phrases.language())}}));
    html.Open("p").Text(phrases("column.interval") + " ");
    html.Element("span", {{"class", "nowrap"}}, IntervalText(phrases, cell)).Close();
  }
  html.Close();
}

std::string VerdictKey(const std::optional<registry::Verdict>& verdict) {
  if (!verdict) return "not_judged";
  switch (*verdict) {
    case registry::Verdict::kMet:
      return "met";
    case registry::Verdict::kNotMet:
      return "not_met";
    case registry::Verdict::kUndecided:
      return "undecided";
    case registry::Verdict::kNotSet:
      break;
  }
  return "not_set";
}

void WriteVerdict(HtmlWriter& html, const Phrases& phrases, const IndicatorView& indicator) {
  html.Open("p", {{"class", "standard"}});
  if (!indicator.standard) {
    html.Element("span", {{"class", "badge"}}, phrases("standard.not_set"));
    html.Text(" " + phrases("standard.not_set_text"));
  } else {
    const std::string key = VerdictKey(indicator.cell.verdict);
    html.Element("span", {{"class", "badge " + key}}, phrases("standard." + key));
    const std::string percent = FormatPercent(indicator.standard->percent, phrases.language());
    html.Text(" " + phrases(indicator.standard->direction == registry::Standard::Direction::kAtLeast
                                ? "standard.at_least"
                                : "standard.below",
                            {{"percent", percent}}));
    html.Text(" " + phrases("standard.source", {{"source", indicator.standard->source}}));
  }
  html.Close();
}

void WriteBenchmarkRow(HtmlWriter& html, const Phrases& phrases, const IndicatorView& indicator,
                       const BenchmarkRow& row, bool own) {
  html.Open("tr", {{"role", "row"}, {"class", own ? "own" : "other"}});
  html.Open("th", {{"scope", "row"}, {"role", "rowheader"}});
  html.Element("span", {{"class", "unit"}}, row.unit.name);
  html.Element("span", {{"class", "level"}}, LevelText(phrases, row.unit));
  html.Close();
  html.Open("td", {{"role", "cell"}, {"class", "chart"}});
  WriteIntervalBar(html, row.cell, own, indicator.standard);
  html.Close();
  html.Element("td", {{"role", "cell"}, {"class", "number percent"}}, PercentText(phrases, row.cell));
  html.Element("td", {{"role", "cell"}, {"class", "number range"}}, IntervalText(phrases, row.cell));
  html.Element("td", {{"role", "cell"}, {"class", "number count"}}, CountText(phrases, row.cell));
  html.Close();
}

void WriteBenchmark(HtmlWriter& html, const Phrases& phrases, const MunicipalityView& view,
                    const IndicatorView& indicator) {
  html.Open("section", {{"class", "benchmark"}});
  html.Element("h4", phrases("benchmark.heading"));
  html.Open("table", {{"role", "table"}, {"class", "bars"}});
  html.Element("caption", {{"class", "sr"}},
               phrases("benchmark.caption", {{"indicator", phrases(indicator.label)},
                                             {"period", FormatPeriod(view.period, phrases.language())}}));
  html.Open("thead", {{"role", "rowgroup"}}).Open("tr", {{"role", "row"}});
  for (const char* key : {"column.unit", "column.chart", "column.percent", "column.interval", "column.count"}) {
    html.Element("th", {{"scope", "col"}, {"role", "columnheader"}}, phrases(key));
  }
  html.Close().Close().Open("tbody", {{"role", "rowgroup"}});
  WriteBenchmarkRow(html, phrases, indicator, {view.unit, indicator.cell}, true);
  for (const BenchmarkRow& row : indicator.benchmark) WriteBenchmarkRow(html, phrases, indicator, row, false);
  html.Close().Close();
  html.Open("div", {{"class", "scale-row"}});
  WriteIntervalScale(html, phrases.language());
  html.Close().Close();
}

void WriteTrendTable(HtmlWriter& html, const Phrases& phrases, const IndicatorView& indicator) {
  html.Open("details", {{"class", "numbers"}}).Element("summary", phrases("trend.table"));
  html.Open("div", {{"class", "scroll"},
                    {"tabindex", "0"},
                    {"role", "region"},
                    {"aria-label", phrases("trend.title", {{"indicator", phrases(indicator.label)}})}});
  html.Open("table");
  html.Open("thead").Open("tr");
  for (const char* key : {"column.period", "column.percent", "column.interval", "column.count", "column.unknown"}) {
    html.Element("th", {{"scope", "col"}}, phrases(key));
  }
  html.Close().Close().Open("tbody");
  for (auto point = indicator.trend.rbegin(); point != indicator.trend.rend(); ++point) {
    html.Open("tr").Element("th", {{"scope", "row"}}, FormatPeriod(point->period, phrases.language()));
    html.Element("td", PercentText(phrases, point->cell));
    html.Element("td", IntervalText(phrases, point->cell));
    html.Element("td", CountText(phrases, point->cell));
    html.Element("td", UnknownText(phrases, point->cell));
    html.Close();
  }
  html.Close().Close().Close().Close();
}

void WriteTrend(HtmlWriter& html, const Phrases& phrases, const MunicipalityView& view,
                const IndicatorView& indicator) {
  html.Open("section", {{"class", "run-chart"}});
  html.Element("h4", phrases("trend.heading"));
  WriteTrendChart(html, phrases, indicator, view.period);
  WriteTrendTable(html, phrases, indicator);
  html.Close();
}

void WriteNotCounted(HtmlWriter& html, const Phrases& phrases, const IndicatorView& indicator) {
  html.Open("section", {{"class", "left-out"}});
  html.Element("h4", phrases("excluded.heading"));
  html.Open("dl");
  html.Open("div")
      .Element("dt", phrases("excluded.unknown"))
      .Element("dd", UnknownText(phrases, indicator.cell))
      .Close();
  for (const ReasonView& reason : indicator.reasons) {
    std::optional<int64_t> count = 0;
    for (const ReasonCount& exclusion : indicator.cell.exclusions) {
      if (exclusion.reason == reason.id) count = exclusion.count;
    }
    html.Open("div").Element("dt", phrases(reason.label)).Element("dd", FormatCount(count, phrases.language())).Close();
  }
  html.Close().Close();
}

}  // namespace

void WriteIndicatorCard(HtmlWriter& html, const Phrases& phrases, const MunicipalityView& view,
                        const IndicatorView& indicator) {
  const std::string heading_id = "heading-" + indicator.id;
  html.Open("article", {{"class", "card"}, {"id", indicator.id}, {"aria-labelledby", heading_id}});
  html.Open("header");
  html.Open("h3", {{"id", heading_id}}).Element("span", {{"class", "tag"}}, indicator.id);
  html.Text(" " + phrases(indicator.label)).Close();
  if (indicator.draft) html.Element("span", {{"class", "badge draft"}}, phrases("draft.badge"));
  html.Element("p", {{"class", "sentence"}}, phrases(indicator.sentence));
  html.Close();
  html.Open("div", {{"class", "column"}});
  html.Open("section", {{"class", "headline"}});
  html.Element("h4", {{"class", "sr"}}, phrases("result.heading"));
  WriteResult(html, phrases, indicator.cell);
  WriteVerdict(html, phrases, indicator);
  html.Close();
  WriteBenchmark(html, phrases, view, indicator);
  html.Close().Open("div", {{"class", "column"}});
  WriteTrend(html, phrases, view, indicator);
  WriteNotCounted(html, phrases, indicator);
  html.Close().Close();
}

}  // namespace hjerte::portal
