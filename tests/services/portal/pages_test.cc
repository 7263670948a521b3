#include <algorithm>

#include "services/portal/country_page.h"
#include "services/portal/municipality_page.h"
#include "services/portal/page_frame.h"
#include "tests/services/portal/sample_source.h"

namespace hjerte::tests {
namespace {

using portal::Cell;
using portal::MunicipalityView;
using portal::Phrases;
using registry::Language;
using ::testing::HasSubstr;
using ::testing::Not;

class PagesTest : public ::testing::Test {
 protected:
  PagesTest() : texts_(*portal::Texts::Shipped()) {}

  MunicipalityView View(std::string_view period = "") { return *source_.Municipality("0751", period); }
  std::string Page(const MunicipalityView& view, Language language = Language::kDanish) {
    return WriteMunicipalityPage(Phrases(texts_, language), view);
  }

  SampleSource source_;
  portal::Texts texts_;
};

// The article of one indicator.
std::string CardOf(const std::string& page, const std::string& id) {
  const size_t begin = page.find("<article class=\"card\" id=\"" + id + "\"");
  return page.substr(begin, page.find("</article>", begin) - begin);
}

TEST_F(PagesTest, ShowsAResultWithItsIntervalCountsAndNeighboursInDanish) {
  MunicipalityView view = View();
  view.indicators[0].cell = SeenCell(140, 160, 5);
  view.indicators[0].cell.figures->percent = "87.5";
  view.indicators[0].cell.figures->low = "81.4";
  view.indicators[0].cell.figures->high = "92.2";
  const std::string card = CardOf(Page(view), "K1");
  EXPECT_THAT(card, HasSubstr("87,5\u00A0%"));
  EXPECT_THAT(card, HasSubstr("81,4–92,2\u00A0%"));
  EXPECT_THAT(card, HasSubstr("140 af 160"));
  EXPECT_THAT(card, HasSubstr("Aarhusklyngen"));
  EXPECT_THAT(card, HasSubstr("Region Midtjylland"));
  EXPECT_THAT(card, HasSubstr("Danmark"));
  EXPECT_THAT(card, HasSubstr("5 (3,0\u00A0%)"));
  EXPECT_THAT(card, HasSubstr("Død under forløbet"));
}

TEST_F(PagesTest, WritesEnglishWithADecimalPoint) {
  MunicipalityView view = View();
  view.indicators[0].cell.figures->percent = "87.5";
  const std::string page = Page(view, Language::kEnglish);
  EXPECT_THAT(page, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(CardOf(page, "K1"), HasSubstr("87.5%"));
  EXPECT_THAT(page, Not(HasSubstr("Vedholdenhed")));
}

TEST_F(PagesTest, SaysThatTheDefinitionsAreADraftOnThePageAndOnEachIndicator) {
  const std::string page = Page(View());
  EXPECT_THAT(page, HasSubstr("draft-note"));
  for (const char* id : {"K1", "K2", "K3", "K4", "K5", "K6"}) EXPECT_THAT(CardOf(page, id), HasSubstr("Udkast")) << id;
}

TEST_F(PagesTest, ShowsAStandardOnlyWhereOneIsSet) {
  const std::string page = Page(View());
  EXPECT_THAT(CardOf(page, "K1"), HasSubstr("Ikke opfyldt"));
  EXPECT_THAT(CardOf(page, "K1"), HasSubstr("mindst 90\u00A0%"));
  EXPECT_THAT(CardOf(page, "K2"), HasSubstr("Der er ikke fastsat en standard"));
  EXPECT_THAT(CardOf(page, "K6"), HasSubstr("Uafgjort"));
}

TEST_F(PagesTest, AHiddenResultShowsNothingButTheMark) {
  const std::string card = CardOf(Page(View("2025")), "K4");
  const size_t headline = card.find("class=\"result\"");
  const std::string result = card.substr(headline, card.find("class=\"benchmark\"") - headline);
  EXPECT_THAT(result, HasSubstr("#"));
  EXPECT_THAT(result, HasSubstr("skjult"));
  EXPECT_THAT(result, Not(HasSubstr("\u00A0%")));
  EXPECT_THAT(result, Not(HasSubstr(" af ")));
  const size_t own = card.find("class=\"own\"");
  const std::string row = card.substr(own, card.find("</tr>", own) - own);
  EXPECT_THAT(row, HasSubstr("hidden-mark"));
  for (const char* drawn : {"class=\"range\"", "class=\"point\"", "circle", "aria-label"}) {
    EXPECT_THAT(row, Not(HasSubstr(drawn)));
  }
}

TEST_F(PagesTest, AHiddenPeriodBreaksTheTrendAndIsNotInItsDescription) {
  MunicipalityView view = View("2024");
  for (portal::TrendPoint& point : view.indicators[0].trend) point.cell = SeenCell(50, 100, 0);
  view.indicators[0].trend[2].cell = HiddenCell();
  const std::string card = CardOf(Page(view), "K1");
  const size_t begin = card.find("class=\"trend\"");
  const std::string chart = card.substr(begin, card.find("</svg>", begin) - begin);
  // Five periods, one hidden: four marks, two runs, and the mark stands on the axis whatever is hidden.
  size_t circles = 0;
  for (size_t at = chart.find("<circle"); at != std::string::npos; at = chart.find("<circle", at + 1)) ++circles;
  EXPECT_EQ(circles, 4U);
  const size_t path = chart.find(" d=\"");
  const std::string run = chart.substr(path + 4, chart.find('"', path + 4) - path - 4);
  EXPECT_EQ(std::count(run.begin(), run.end(), 'M'), 2);
  EXPECT_THAT(chart, HasSubstr("Skjulte perioder: 1."));
  EXPECT_THAT(chart, Not(HasSubstr("2023 til")));
}

TEST_F(PagesTest, AnUnknownShareIsNotShownBesideAHiddenCount) {
  MunicipalityView view = View();
  Cell cell = HiddenCell();
  cell.unknown_percent = "40.0";  // must not matter: the count itself is hidden
  view.indicators[0].cell = cell;
  EXPECT_THAT(CardOf(Page(view), "K1"), Not(HasSubstr("40,0")));
}

TEST_F(PagesTest, APeriodWithoutCoursesIsNotShownAsZeroPerCent) {
  const std::string card = CardOf(Page(View("2025")), "K3");
  EXPECT_THAT(card, HasSubstr("Ingen forløb tæller med i perioden."));
  EXPECT_THAT(card.substr(0, card.find("benchmark")), Not(HasSubstr("0,0\u00A0%")));
}

TEST_F(PagesTest, AHostileNameStaysAName) {
  source_.hostile_suffix = "\"><script>alert(1)</script>&amp;'</title>";
  for (const Language language : {Language::kDanish, Language::kEnglish}) {
    const Phrases phrases(texts_, language);
    for (const std::string& page : {WriteMunicipalityPage(phrases, View()),
                                    WriteCountryPage(phrases, *source_.Country(), source_.hostile_suffix)}) {
      EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
      EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;&#39;"));
    }
  }
}

TEST_F(PagesTest, NoTextIsMissingOnAnyPage) {
  for (const Language language : {Language::kDanish, Language::kEnglish}) {
    const Phrases phrases(texts_, language);
    std::vector<std::string> pages = {WriteCountryPage(phrases, *source_.Country(), ""),
                                      WriteCountryPage(phrases, *source_.Country(), "xyz"),
                                      WriteMunicipalityPage(phrases, *source_.Municipality("0461", "2024-H1")),
                                      WriteMunicipalityPage(phrases, *source_.Municipality("0751", "2025-Q3"))};
    for (const int status : {400, 403, 404, 500, 503}) pages.push_back(WriteErrorPage(phrases, status));
    for (const std::string& page : pages) {
      EXPECT_THAT(page, Not(HasSubstr("⟦")));
      EXPECT_THAT(page, Not(HasSubstr("style=")));
    }
  }
}

TEST_F(PagesTest, AMunicipalityThatNeverDeliveredSaysSo) {
  EXPECT_THAT(Page(*source_.Municipality("0461", "")), HasSubstr("har ikke leveret data endnu"));
}

TEST_F(PagesTest, NamesThePeriodAsPeopleDo) {
  EXPECT_THAT(Page(View("2024-H1")), HasSubstr("Overblik, 1. halvår 2024"));
  EXPECT_THAT(Page(View("2024-Q3")), HasSubstr("3. kvartal 2024"));
  EXPECT_THAT(Page(View("2024-Q3"), Language::kEnglish), HasSubstr("third quarter of 2024"));
  EXPECT_THAT(Page(View("2024-Q3")), HasSubstr("1. juli 2024 til og med 30. september 2024"));
}

// Its first day would read as if nothing had happened since.
TEST_F(PagesTest, NamesTheNewestEventByItsMonth) {
  EXPECT_THAT(Page(View()), HasSubstr("nyeste hændelse i data januar 2026."));
  EXPECT_THAT(Page(View(), Language::kEnglish), HasSubstr("newest event in the data January 2026."));
}

TEST_F(PagesTest, NamesTheVersionsTheFiguresWereMadeWith) {
  const MunicipalityView view = View();
  const std::string page = Page(view);
  EXPECT_THAT(page, HasSubstr(view.provenance.content_sha256));
  EXPECT_THAT(page, HasSubstr("municipal-2017 1.0.0-draft"));
  EXPECT_THAT(page, HasSubstr("5. januar 2026 kl. 08.05"));
}

TEST_F(PagesTest, TheListIsSearchedWithoutRegardToCaseInDanishToo) {
  const Phrases phrases(texts_, Language::kDanish);
  const std::string page = WriteCountryPage(phrases, *source_.Country(), "ÆRØ");
  EXPECT_THAT(page, HasSubstr("/municipality/0492"));
  EXPECT_THAT(page, Not(HasSubstr("/municipality/0751")));
  EXPECT_THAT(WriteCountryPage(phrases, *source_.Country(), "nowhere"), HasSubstr("Ingen kommune passer"));
  EXPECT_THAT(WriteCountryPage(phrases, *source_.Country(), ""), HasSubstr("11 af 14 kommuner leverer data"));
}

}  // namespace
}  // namespace hjerte::tests
