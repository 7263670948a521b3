#include "services/portal/country_page.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "services/portal/format.h"
#include "services/portal/page_frame.h"

namespace hjerte::portal {
namespace {

constexpr size_t kSearchBytesMax = 100;

// Lower case of ASCII and of the two-byte letters Latin-1 has (À–Þ: the second byte grows by 0x20); enough for names
// here.
std::string Fold(std::string_view text) {
  std::string out(text);
  for (size_t i = 0; i < out.size(); ++i) {
    const auto byte = static_cast<unsigned char>(out[i]);
    if (byte >= 'A' && byte <= 'Z') out[i] = static_cast<char>(byte + 0x20);
    if (byte == 0xC3 && i + 1 < out.size()) {
      const auto next = static_cast<unsigned char>(out[i + 1]);
      if (next >= 0x80 && next <= 0x9E && next != 0x97) out[i + 1] = static_cast<char>(next + 0x20);
      ++i;
    }
  }
  return out;
}

struct Coverage {
  size_t all = 0;
  size_t delivering = 0;
};

Coverage Count(const RegionGroup& region) {
  Coverage coverage;
  for (const MunicipalityLine& line : region.municipalities) {
    ++coverage.all;
    if (line.last_delivery) ++coverage.delivering;
  }
  return coverage;
}

std::string CoverageText(const Phrases& phrases, std::string_view key, const Coverage& coverage) {
  return phrases(key, {{"n", absl::StrCat(coverage.delivering)}, {"of", absl::StrCat(coverage.all)}});
}

void WriteSearch(HtmlWriter& html, const Phrases& phrases, std::string_view search) {
  html.Open("form", {{"class", "search card"}, {"role", "search"}, {"method", "get"}, {"action", "/"}});
  html.Void("input", {{"type", "hidden"}, {"name", "lang"}, {"value", phrases.code()}});
  html.Element("label", {{"for", "q"}}, phrases("country.search"));
  html.Open("div", {{"class", "field"}});
  html.Void("input", {{"id", "q"},
                      {"name", "q"},
                      {"type", "search"},
                      {"maxlength", "40"},
                      {"autocomplete", "off"},
                      {"value", std::string(search)}});
  html.Element("button", {{"type", "submit"}}, phrases("country.search_button"));
  html.Close().Close();
}

void WriteCoverage(HtmlWriter& html, const Phrases& phrases, const CountryView& view) {
  Coverage nation;
  for (const RegionGroup& region : view.regions) {
    const Coverage coverage = Count(region);
    nation.all += coverage.all;
    nation.delivering += coverage.delivering;
  }
  html.Open("section", {{"class", "card coverage"}, {"aria-labelledby", "coverage"}});
  html.Element("h2", {{"id", "coverage"}}, phrases("coverage.heading"));
  html.Element("p", {{"class", "big"}}, CoverageText(phrases, "coverage.big", nation));
  html.Element("p", phrases("coverage.text"));
  const double share = nation.all == 0 ? 0 : static_cast<double>(nation.delivering) / static_cast<double>(nation.all);
  html.Open("svg", {{"class", "share"}, {"viewBox", "0 0 300 10"}, {"aria-hidden", "true"}, {"focusable", "false"}});
  html.Open("line", {{"class", "track"}, {"x1", "5"}, {"y1", "5"}, {"x2", "295"}, {"y2", "5"}}).Close();
  if (nation.delivering != 0) {
    html.Open(
        "line",
        {{"class", "range"}, {"x1", "5"}, {"y1", "5"}, {"x2", absl::StrCat(5 + std::round(290 * share))}, {"y2", "5"}});
    html.Close();
  }
  html.Close().Close();
}

void WriteLine(HtmlWriter& html, const Phrases& phrases, const MunicipalityLine& line) {
  html.Open("li", {{"data-name", Fold(line.name)}});
  html.Open("a", {{"href", PageAddress(phrases, "/municipality/" + line.code)}});
  html.Element("span", {{"class", "name"}}, line.name);
  html.Element("span", {{"class", line.last_delivery ? "state delivers" : "state silent"}},
               line.last_delivery
                   ? phrases("country.delivers", {{"when", FormatDateOf(*line.last_delivery, phrases.language())}})
                   : phrases("country.silent"));
  html.Close().Close();
}

// Writes one region with the municipalities that match; false when none does.
bool WriteRegion(HtmlWriter& html, const Phrases& phrases, const RegionGroup& region, size_t number,
                 std::string_view folded_search) {
  std::vector<const MunicipalityLine*> matching;
  for (const MunicipalityLine& line : region.municipalities) {
    if (Fold(line.name).find(folded_search) != std::string::npos) matching.push_back(&line);
  }
  if (matching.empty()) return false;
  const std::string id = absl::StrCat("region-", number);
  html.Open("section", {{"class", "region"}, {"aria-labelledby", id}});
  html.Open("div", {{"class", "region-head"}}).Element("h2", {{"id", id}}, region.name);
  html.Element("p", CoverageText(phrases, "country.region_coverage", Count(region)));
  html.Close().Open("ul", {{"class", "municipalities"}});
  for (const MunicipalityLine* line : matching) WriteLine(html, phrases, *line);
  html.Close().Close();
  return true;
}

}  // namespace

std::string WriteCountryPage(const Phrases& phrases, const CountryView& view, std::string_view search) {
  const std::string_view term = search.size() > kSearchBytesMax ? std::string_view() : search;
  PageFrame frame{phrases("country.heading"), "/", {}};
  if (!term.empty()) frame.query = {{"q", std::string(term)}};
  return WritePage(phrases, frame, [&](HtmlWriter& html) {
    html.Open("div", {{"class", "title"}});
    html.Element("p", {{"class", "overline"}}, phrases(view.set_label));
    html.Element("h1", phrases("country.title"));
    html.Element("p", {{"class", "lead"}}, phrases("country.lead"));
    html.Close();
    if (view.provenance.draft) WriteDraftNote(html, phrases);
    html.Open("div", {{"class", "front"}});
    WriteSearch(html, phrases, term);
    WriteCoverage(html, phrases, view);
    html.Close();
    html.Element("p", {{"class", "sr"}, {"id", "found"}, {"role", "status"}}, "");
    bool any = false;
    size_t number = 0;
    for (const RegionGroup& region : view.regions) {
      any = WriteRegion(html, phrases, region, number++, Fold(term)) || any;
    }
    if (!any) html.Element("p", {{"class", "notice"}}, phrases("country.nothing"));
  });
}

}  // namespace hjerte::portal
