#include "services/portal/charts.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "services/portal/format.h"

namespace hjerte::portal {
namespace {

// Shortest text of a coordinate with at most one decimal.
std::string Coordinate(double value) { return absl::StrCat(std::round(value * 10) / 10); }

// What can be drawn of a cell; nothing when it is hidden or has no denominator.
struct Drawn {
  double value;
  double low;
  double high;
};

std::optional<Drawn> Draw(const Cell& cell) {
  if (!cell.figures) return std::nullopt;
  const auto value = PercentNumber(cell.figures->percent);
  const auto low = PercentNumber(cell.figures->low);
  const auto high = PercentNumber(cell.figures->high);
  if (!value || !low || !high) return std::nullopt;
  return Drawn{*value, *low, *high};
}

// The interval rows: 0–100 % lie between these x.
constexpr double kBarLeft = 8;
constexpr double kBarWidth = 304;

double BarX(double percent) { return kBarLeft + percent * kBarWidth / 100; }

void Line(HtmlWriter& html, std::string_view css, double x1, double y1, double x2, double y2) {
  html.Open("line", {{"class", std::string(css)},
                     {"x1", Coordinate(x1)},
                     {"y1", Coordinate(y1)},
                     {"x2", Coordinate(x2)},
                     {"y2", Coordinate(y2)}});
  html.Close();
}

void Circle(HtmlWriter& html, std::string_view css, double x, double y, double radius) {
  html.Open("circle",
            {{"class", std::string(css)}, {"cx", Coordinate(x)}, {"cy", Coordinate(y)}, {"r", Coordinate(radius)}});
  html.Close();
}

void Label(HtmlWriter& html, std::string_view css, double x, double y, std::string_view anchor, std::string_view text) {
  html.Element(
      "text",
      {{"class", std::string(css)}, {"x", Coordinate(x)}, {"y", Coordinate(y)}, {"text-anchor", std::string(anchor)}},
      text);
}

// The trend's drawing area in its viewBox.
constexpr double kTrendWidth = 340;
constexpr double kTrendHeight = 190;
constexpr double kPlotLeft = 34;
constexpr double kPlotRight = 330;
constexpr double kPlotTop = 10;
constexpr double kPlotBottom = 160;

double TrendY(double percent) { return kPlotBottom - percent * (kPlotBottom - kPlotTop) / 100; }

double TrendX(size_t at, size_t count) {
  const double step = (kPlotRight - kPlotLeft) / static_cast<double>(count);
  return kPlotLeft + step * (static_cast<double>(at) + 0.5);
}

void WriteTrendGrid(HtmlWriter& html, const std::optional<registry::Standard>& standard) {
  for (const int percent : {0, 25, 50, 75, 100}) {
    Line(html, percent == 0 ? "axis" : "grid", kPlotLeft, TrendY(percent), kPlotRight, TrendY(percent));
    Label(html, "tick", kPlotLeft - 6, TrendY(percent) + 4, "end", absl::StrCat(percent));
  }
  if (!standard) return;
  if (const auto at = PercentNumber(standard->percent))
    Line(html, "standard", kPlotLeft, TrendY(*at), kPlotRight, TrendY(*at));
}

void WriteTrendLabels(HtmlWriter& html, const std::vector<TrendPoint>& trend, const registry::Period& chosen,
                      registry::Language language) {
  // Labels need some 44 units each; with more points than fit, every second, third … is named, counted from the newest.
  const size_t fit = 6;
  const size_t every = (trend.size() + fit - 1) / fit;
  for (size_t i = 0; i < trend.size(); ++i) {
    if ((trend.size() - 1 - i) % every != 0) continue;
    const bool is_chosen = trend[i].period.label == chosen.label;
    Label(html, is_chosen ? "tick chosen" : "tick", TrendX(i, trend.size()), kPlotBottom + 18, "middle",
          FormatPeriodShort(trend[i].period, language));
  }
}

void WriteTrendPoints(HtmlWriter& html, const std::vector<TrendPoint>& trend, const registry::Period& chosen) {
  std::string path;
  bool pen_down = false;
  for (size_t i = 0; i < trend.size(); ++i) {
    const auto drawn = Draw(trend[i].cell);
    if (drawn) {
      absl::StrAppend(&path, pen_down ? "L" : "M", Coordinate(TrendX(i, trend.size())), " ",
                      Coordinate(TrendY(drawn->value)));
      Line(html, "whisker", TrendX(i, trend.size()), TrendY(drawn->low), TrendX(i, trend.size()), TrendY(drawn->high));
    }
    // The line stops at a hidden result: drawn across, its slope would hint at what is hidden.
    pen_down = drawn.has_value();
  }
  if (!path.empty()) html.Open("path", {{"class", "run"}, {"d", path}}).Close();
  for (size_t i = 0; i < trend.size(); ++i) {
    const double x = TrendX(i, trend.size());
    if (const auto drawn = Draw(trend[i].cell)) {
      const bool is_chosen = trend[i].period.label == chosen.label;
      Circle(html, is_chosen ? "point chosen" : "point", x, TrendY(drawn->value), is_chosen ? 5 : 3.5);
    } else if (!trend[i].cell.figures) {
      Label(html, "hidden-mark", x, kPlotBottom - 6, "middle", "#");
    }
  }
}

std::string DescribeTrend(const Phrases& phrases, const IndicatorView& indicator) {
  const TrendPoint* first = nullptr;
  const TrendPoint* last = nullptr;
  size_t hidden = 0;
  for (const TrendPoint& point : indicator.trend) {
    if (!point.cell.figures) ++hidden;
    if (!Draw(point.cell)) continue;
    if (first == nullptr) first = &point;
    last = &point;
  }
  const registry::Language language = phrases.language();
  std::string text;
  if (first == nullptr) {
    text = phrases("trend.alt_nothing");
  } else if (first == last) {
    text = phrases("trend.alt_one", {{"period", FormatPeriod(first->period, language)},
                                     {"percent", FormatPercent(first->cell.figures->percent, language)}});
  } else {
    text = phrases("trend.alt", {{"first", FormatPeriod(first->period, language)},
                                 {"first_percent", FormatPercent(first->cell.figures->percent, language)},
                                 {"last", FormatPeriod(last->period, language)},
                                 {"last_percent", FormatPercent(last->cell.figures->percent, language)}});
  }
  if (hidden != 0) text += " " + phrases("trend.alt_hidden", {{"n", absl::StrCat(hidden)}});
  return text;
}

}  // namespace

void WriteIntervalBar(HtmlWriter& html, const Cell& cell, bool own, const std::optional<registry::Standard>& standard,
                      const Cell* reference) {
  html.Open("svg", {{"class", own ? "interval own" : "interval"},
                    {"viewBox", "0 0 320 24"},
                    {"aria-hidden", "true"},
                    {"focusable", "false"}});
  Line(html, "track", BarX(0), 12, BarX(100), 12);
  for (const int percent : {25, 50, 75}) Line(html, "grid", BarX(percent), 6, BarX(percent), 18);
  if (standard) {
    if (const auto at = PercentNumber(standard->percent)) Line(html, "standard", BarX(*at), 2, BarX(*at), 22);
  }
  const auto beside = reference == nullptr ? std::nullopt : Draw(*reference);
  if (beside) Line(html, "reference", BarX(beside->value), 3, BarX(beside->value), 21);
  if (const auto drawn = Draw(cell)) {
    Line(html, "range", BarX(drawn->low), 12, BarX(drawn->high), 12);
    Circle(html, "point", BarX(drawn->value), 12, own ? 6.5 : 5);
  } else if (!cell.figures) {
    Label(html, "hidden-mark", BarX(50), 17, "middle", "#");
  }
  html.Close();
}

void WriteIntervalScale(HtmlWriter& html, registry::Language language) {
  html.Open("svg", {{"class", "scale"}, {"viewBox", "0 0 320 18"}, {"aria-hidden", "true"}, {"focusable", "false"}});
  for (const int percent : {0, 25, 50, 75, 100}) {
    const char* anchor = percent == 0 ? "start" : percent == 100 ? "end" : "middle";
    const double x = percent == 0 ? 0 : percent == 100 ? 320 : BarX(percent);
    Label(html, "tick", x, 13, anchor, percent == 100 ? FormatPercent("100", language) : absl::StrCat(percent));
  }
  html.Close();
}

void WriteTrendChart(HtmlWriter& html, const Phrases& phrases, const IndicatorView& indicator,
                     const registry::Period& chosen) {
  const std::string title_id = "trend-title-" + indicator.id;
  const std::string text_id = "trend-text-" + indicator.id;
  html.Open("svg", {{"class", "trend"},
                    {"viewBox", absl::StrCat("0 0 ", kTrendWidth, " ", kTrendHeight)},
                    {"role", "img"},
                    {"aria-labelledby", title_id + " " + text_id}});
  html.Element("title", {{"id", title_id}}, phrases("trend.title", {{"indicator", phrases(indicator.label)}}));
  html.Element("desc", {{"id", text_id}}, DescribeTrend(phrases, indicator));
  WriteTrendGrid(html, indicator.standard);
  WriteTrendPoints(html, indicator.trend, chosen);
  WriteTrendLabels(html, indicator.trend, chosen, phrases.language());
  html.Close();
}

}  // namespace hjerte::portal
