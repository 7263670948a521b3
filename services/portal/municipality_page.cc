#include "services/portal/municipality_page.h"

#include "services/portal/charts.h"
#include "services/portal/format.h"
#include "services/portal/indicator_card.h"
#include "services/portal/page_frame.h"

namespace hjerte::portal {
namespace {

std::string PagePath(const MunicipalityView& view) { return "/municipality/" + view.unit.id; }

void WritePageHeader(HtmlWriter& html, const Phrases& phrases, const MunicipalityView& view) {
  html.Open("nav", {{"class", "breadcrumb"}, {"aria-label", phrases("site.breadcrumb")}});
  html.Element("a", {{"href", PageAddress(phrases, "/")}}, phrases("country.heading"));
  html.Close();
  html.Open("div", {{"class", "title"}});
  html.Element("p", {{"class", "overline"}}, phrases("municipality.level"));
  html.Element("h1", view.unit.name);
  html.Open("p", {{"class", "lead"}});
  html.Text(phrases(view.set_label));
  html.Close();
  html.Open("p", {{"class", "place"}});
  html.Text(view.region.empty()    ? view.cluster
            : view.cluster.empty() ? view.region
                                   : view.region + " · " + view.cluster);
  html.Close().Close();
}

void WritePeriodGroup(HtmlWriter& html, const Phrases& phrases, const MunicipalityView& view, registry::PeriodKind kind,
                      std::string_view key) {
  bool open = false;
  for (const registry::Period& period : view.periods) {
    if (period.kind != kind) continue;
    if (!open) html.Open("optgroup", {{"label", phrases(key)}});
    open = true;
    const std::string name = FormatPeriod(period, phrases.language());
    if (period.label == view.period.label) {
      html.Element("option", {{"value", period.label}, {"selected", ""}}, name);
    } else {
      html.Element("option", {{"value", period.label}}, name);
    }
  }
  if (open) html.Close();
}

void WritePeriodForm(HtmlWriter& html, const Phrases& phrases, const MunicipalityView& view) {
  html.Open("form", {{"class", "period"}, {"method", "get"}, {"action", PagePath(view)}});
  html.Void("input", {{"type", "hidden"}, {"name", "lang"}, {"value", phrases.code()}});
  html.Element("label", {{"for", "period"}}, phrases("period.label"));
  html.Open("select", {{"id", "period"}, {"name", "period"}});
  WritePeriodGroup(html, phrases, view, registry::PeriodKind::kYear, "period.years");
  WritePeriodGroup(html, phrases, view, registry::PeriodKind::kHalfYear, "period.half_years");
  WritePeriodGroup(html, phrases, view, registry::PeriodKind::kQuarter, "period.quarters");
  html.Close();
  html.Element("button", {{"type", "submit"}}, phrases("period.show"));
  html.Element("p", {{"class", "hint"}},
               phrases("period.hint", {{"from", FormatDate(view.period.from, phrases.language())},
                                       {"to", FormatDate(view.period.to, phrases.language())}}));
  html.Close();
}

// The whole country's result; null when it is not among those compared with.
const Cell* Nation(const IndicatorView& indicator) {
  for (const BenchmarkRow& row : indicator.benchmark) {
    if (row.unit.kind == registry::UnitKind::kNation) return &row.cell;
  }
  return nullptr;
}

void WriteOverviewRow(HtmlWriter& html, const Phrases& phrases, const IndicatorView& indicator) {
  const Cell& cell = indicator.cell;
  html.Open("tr", {{"role", "row"}, {"class", "own"}});
  html.Open("th", {{"scope", "row"}, {"role", "rowheader"}});
  html.Open("a", {{"href", "#" + indicator.id}}).Element("span", {{"class", "tag"}}, indicator.id);
  html.Text(" " + phrases(indicator.label)).Close().Close();
  html.Open("td", {{"role", "cell"}, {"class", "chart"}});
  WriteIntervalBar(html, cell, true, indicator.standard, Nation(indicator));
  html.Close();
  html.Element("td", {{"role", "cell"}, {"class", "number percent"}},
               cell.figures ? FormatPercent(cell.figures->percent, phrases.language()) : "#");
  html.Element("td", {{"role", "cell"}, {"class", "number range"}},
               cell.figures ? FormatInterval(*cell.figures, phrases.language()) : "#");
  const bool has_counts = cell.figures && cell.figures->denominator != 0;
  html.Element("td", {{"role", "cell"}, {"class", "number count"}},
               has_counts
                   ? phrases("result.fraction", {{"n", FormatCount(cell.figures->numerator, phrases.language())},
                                                 {"of", FormatCount(cell.figures->denominator, phrases.language())}})
               : cell.figures ? phrases("result.none_short")
                              : "#");
  html.Close();
}

void WriteOverview(HtmlWriter& html, const Phrases& phrases, const MunicipalityView& view) {
  html.Open("section", {{"class", "card overview"}, {"aria-labelledby", "overview"}});
  const std::string period = FormatPeriod(view.period, phrases.language());
  html.Element("h2", {{"id", "overview"}}, phrases("overview.heading", {{"period", period}}));
  html.Open("table", {{"role", "table"}, {"class", "bars"}});
  html.Element("caption", {{"class", "sr"}},
               phrases("overview.caption", {{"name", view.unit.name}, {"period", period}}));
  html.Open("thead", {{"role", "rowgroup"}}).Open("tr", {{"role", "row"}});
  for (const char* key : {"column.indicator", "column.chart", "column.percent", "column.interval", "column.count"}) {
    html.Element("th", {{"scope", "col"}, {"role", "columnheader"}}, phrases(key));
  }
  html.Close().Close().Open("tbody", {{"role", "rowgroup"}});
  bool hidden = false;
  for (const IndicatorView& indicator : view.indicators) {
    WriteOverviewRow(html, phrases, indicator);
    hidden = hidden || !indicator.cell.figures;
  }
  html.Close().Close();
  html.Open("div", {{"class", "scale-row"}});
  WriteIntervalScale(html, phrases.language());
  html.Close();
  html.Element("p", {{"class", "legend"}}, phrases("overview.legend"));
  if (hidden) html.Element("p", {{"class", "legend"}}, phrases("overview.hidden"));
  html.Close();
}

void Fact(HtmlWriter& html, std::string_view term, std::string_view value) {
  html.Open("div").Element("dt", term).Element("dd", value).Close();
}

void WriteFreshness(HtmlWriter& html, const Phrases& phrases, const MunicipalityView& view) {
  const FreshnessView& fresh = view.freshness;
  const registry::Language language = phrases.language();
  html.Open("section", {{"class", "card facts"}, {"aria-labelledby", "freshness"}});
  html.Element("h2", {{"id", "freshness"}}, phrases("freshness.heading"));
  html.Element("p", phrases("freshness.text"));
  html.Open("dl");
  Fact(html, phrases("freshness.last"),
       fresh.last_delivery ? FormatInstant(*fresh.last_delivery, language) : phrases("freshness.never"));
  Fact(html, phrases("freshness.newest"), FormatMonth(fresh.newest_month, language));
  Fact(html, phrases("freshness.next"), fresh.next_expected ? FormatInstant(*fresh.next_expected, language) : "–");
  Fact(html, phrases("freshness.refused"), FormatCount(fresh.refused, language));
  Fact(html, phrases("freshness.unknown"), FormatPercent(fresh.unknown_percent, language));
  html.Close().Close();
}

// How old the figures are, where the reader begins; the whole of it stands further down.
void WriteFreshnessLine(HtmlWriter& html, const Phrases& phrases, const FreshnessView& fresh) {
  if (!fresh.last_delivery) {
    html.Element("p", {{"class", "notice"}}, phrases("municipality.never"));
    return;
  }
  html.Open("p", {{"class", "hint"}});
  html.Text(phrases("freshness.line", {{"delivered", FormatDateOf(*fresh.last_delivery, phrases.language())},
                                       {"newest", FormatMonth(fresh.newest_month, phrases.language())}}) +
            " ");
  html.Element("a", {{"href", "#freshness"}}, phrases("freshness.heading"));
  html.Close();
}

void WriteGuide(HtmlWriter& html, const Phrases& phrases) {
  html.Open("section", {{"class", "card guide"}, {"aria-labelledby", "guide"}});
  html.Element("h2", {{"id", "guide"}}, phrases("guide.heading"));
  html.Open("dl");
  for (const char* topic : {"percent", "interval", "hidden", "unknown", "excluded", "benchmark", "standard", "draft"}) {
    const std::string key = std::string("guide.") + topic;
    html.Open("div").Element("dt", phrases(key + "_title")).Element("dd", phrases(key)).Close();
  }
  html.Close().Close();
}

void WriteVersions(HtmlWriter& html, const Phrases& phrases, const MunicipalityView& view) {
  const ProvenanceView& from = view.provenance;
  html.Open("section", {{"class", "card facts versions"}, {"aria-labelledby", "versions"}});
  html.Element("h2", {{"id", "versions"}}, phrases("versions.heading"));
  html.Element("p", phrases("versions.text"));
  html.Open("dl");
  Fact(html, phrases("versions.computed"),
       from.computed_at ? FormatInstant(*from.computed_at, phrases.language()) : "–");
  Fact(html, phrases("versions.indicators"), from.indicator_set);
  Fact(html, phrases("versions.variables"), from.variable_set);
  Fact(html, phrases("versions.geography"),
       from.geography == "at the date" ? phrases("versions.geography_at_date") : from.geography);
  Fact(html, phrases("versions.engine"), from.engine);
  html.Open("div", {{"class", "wide"}}).Element("dt", phrases("versions.content"));
  html.Open("dd").Element("code", from.content_sha256).Close().Close();
  html.Close().Close();
}

void WriteDownloads(HtmlWriter& html, const Phrases& phrases, const MunicipalityView& view) {
  html.Open("section", {{"class", "card downloads"}, {"aria-labelledby", "downloads"}});
  html.Element("h2", {{"id", "downloads"}}, phrases("downloads.heading"));
  html.Element("p", phrases("downloads.text"));
  html.Open("p", {{"class", "links"}});
  html.Element("a", {{"href", PageAddress(phrases, PagePath(view) + ".csv")}, {"download", ""}},
               phrases("downloads.csv"));
  html.Text(" ");
  html.Element("a", {{"href", PageAddress(phrases, PagePath(view) + ".json")}, {"download", ""}},
               phrases("downloads.json"));
  html.Close().Close();
}

}  // namespace

std::string WriteMunicipalityPage(const Phrases& phrases, const MunicipalityView& view) {
  PageFrame frame;
  frame.title = view.unit.name;
  frame.path = PagePath(view);
  frame.query = {{"period", view.period.label}};
  return WritePage(phrases, frame, [&](HtmlWriter& html) {
    WritePageHeader(html, phrases, view);
    if (view.provenance.draft) WriteDraftNote(html, phrases);
    WritePeriodForm(html, phrases, view);
    WriteFreshnessLine(html, phrases, view.freshness);
    WriteOverview(html, phrases, view);
    html.Open("section", {{"class", "cards"}, {"aria-labelledby", "indicators"}});
    html.Element("h2", {{"id", "indicators"}}, phrases("indicators.heading"));
    for (const IndicatorView& indicator : view.indicators) WriteIndicatorCard(html, phrases, view, indicator);
    html.Close();
    WriteFreshness(html, phrases, view);
    WriteGuide(html, phrases);
    WriteVersions(html, phrases, view);
    WriteDownloads(html, phrases, view);
  });
}

}  // namespace hjerte::portal
