#include "services/portal/downloads.h"

#include "mapping/json/document.h"
#include "tests/services/portal/sample_source.h"

namespace hjerte::tests {
namespace {

using portal::Phrases;
using portal::PublishedCell;
using registry::Language;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class DownloadsTest : public ::testing::Test {
 protected:
  DownloadsTest() : texts_(*portal::Texts::Shipped()) {
    provenance_.indicator_set = "municipal-2017 1.0.0-draft";
    seen_ = {"K1", {registry::UnitKind::kMunicipality, "0751", "Aarhus", true}, {}, SeenCell(140, 160, 5)};
    seen_.period = {registry::PeriodKind::kYear, registry::Date(std::chrono::year(2025) / 1 / 1),
                    registry::Date(std::chrono::year(2025) / 12 / 31), "2025"};
    seen_.cell.figures = portal::Figures{140, 160, "87.5", "81.4", "92.2"};
    seen_.cell.verdict = registry::Verdict::kNotSet;
  }
  std::string Csv(const std::vector<PublishedCell>& cells, Language language = Language::kDanish) {
    return WriteCsv(Phrases(texts_, language), cells, provenance_);
  }

  portal::Texts texts_;
  portal::ProvenanceView provenance_;
  PublishedCell seen_;
};

TEST_F(DownloadsTest, DanishCsvOpensInDanishSpreadsheets) {
  const std::string csv = Csv({seen_});
  EXPECT_THAT(csv, StartsWith("\xEF\xBB\xBFindikatorsæt;indikator;"));
  EXPECT_THAT(csv,
              HasSubstr("municipal-2017 1.0.0-draft;K1;municipality;0751;Aarhus;2025;2025-01-01;2025-12-31;140;160;"
                        "87,5;81,4;92,2;5;3,0;3;#;0;not-set;udkast\r\n"));
}

TEST_F(DownloadsTest, EnglishCsvHasCommasAndDecimalPoints) {
  EXPECT_THAT(Csv({seen_}, Language::kEnglish),
              HasSubstr(",K1,municipality,0751,Aarhus,2025,2025-01-01,2025-12-31,140,160,"
                        "87.5,81.4,92.2,5,3.0,3,#,0,not-set,draft\r\n"));
}

TEST_F(DownloadsTest, AHiddenCellIsHiddenInBothFiles) {
  seen_.cell = HiddenCell();
  EXPECT_THAT(Csv({seen_}), HasSubstr("2025-12-31;#;#;#;#;#;#;#;#;#;#;;udkast\r\n"));
  const std::string json = WriteJson({seen_}, provenance_);
  EXPECT_THAT(json, HasSubstr("\"hidden\":true"));
  for (const char* field :
       {"numerator", "denominator", "percent", "interval", "unknown\"", "unknownPercent", "\"count\""}) {
    EXPECT_THAT(json, Not(HasSubstr(field)));
  }
}

TEST_F(DownloadsTest, ANameIsNeverAFormula) {
  for (const char* name : {"=HYPERLINK(\"http://x\")", "+1", "-1+1", "@SUM(A1)", "\t=1"}) {
    seen_.unit.name = name;
    const std::string csv = Csv({seen_});
    EXPECT_THAT(csv, Not(HasSubstr(std::string(";") + name))) << name;
    EXPECT_THAT(csv, Not(HasSubstr(std::string(";\"") + name[0]))) << name;
    EXPECT_THAT(csv, HasSubstr(std::string("'") + name[0])) << name;
  }
}

TEST_F(DownloadsTest, ANameCannotBreakALine) {
  seen_.unit.name = "A;B\r\n\"C\"";
  EXPECT_THAT(Csv({seen_}), HasSubstr(";\"A;B\r\n\"\"C\"\"\";2025;"));
}

TEST_F(DownloadsTest, JsonIsJsonWhateverTheNames) {
  seen_.unit.name = "</script>\"\\\n\x01 Ærø";
  const std::string json = WriteJson({seen_, seen_}, provenance_);
  const auto document = json::Parse(json);
  ASSERT_TRUE(document.ok()) << document.status();
  EXPECT_THAT(json, Not(HasSubstr("</script>")));
  EXPECT_THAT(json, HasSubstr("\"percent\":87.5"));
}

}  // namespace
}  // namespace hjerte::tests
