#include "adapters/source/danish_values.h"

#include "services/common/time_text.h"

namespace hjerte::source {
namespace {

std::string Utc(std::string_view local) {
  const auto microseconds = LocalTimeToUtc(local);
  if (!microseconds) return "none";
  return common::FormatInstant(common::Instant(std::chrono::microseconds(*microseconds)));
}

TEST(DanishValues, ADecimalCommaBecomesAPointAndEveryDigitIsKept) {
  EXPECT_EQ(NormalisedDecimal("432,50"), "432.50");
  EXPECT_EQ(NormalisedDecimal("-0,5"), "-0.5");
  EXPECT_EQ(NormalisedDecimal("0412"), "412");
}

TEST(DanishValues, APointIsRefusedSinceNobodyKnowsWhetherItSeparatesThousands) {
  for (const char* text : {"1.500", "1.234,5", "80.5", "1,", ",5", "--1", "1,-2", "12a", ""}) {
    EXPECT_EQ(NormalisedDecimal(text), std::nullopt) << text;
  }
}

TEST(DanishValues, DatesAreDayMonthYearOrIso) {
  EXPECT_EQ(NormalisedDate("31-01-2026"), "2026-01-31");
  EXPECT_EQ(NormalisedDate("2026-01-31"), "2026-01-31");
  for (const char* text : {"31-02-2021", "1-1-2021", "31/01/2026", "01-31-2026", "31-01-26", "00-01-2026"}) {
    EXPECT_EQ(NormalisedDate(text), std::nullopt) << text;
  }
}

TEST(DanishValues, LocalTimesBecomeUtcWithSummerTime) {
  EXPECT_EQ(Utc("31-01-2026 23:00:00"), "2026-01-31T22:00:00Z");
  EXPECT_EQ(Utc("01-07-2026 08:30"), "2026-07-01T06:30:00Z");
  EXPECT_EQ(Utc("01-07-2026 24:00:00"), "none");
  EXPECT_EQ(Utc("01-07-2026"), "none");
}

TEST(DanishValues, HeadersBecomeIdentifiers) {
  EXPECT_EQ(ColumnIdentifier("ForløbsID"), "ForloebsID");
  EXPECT_EQ(ColumnIdentifier("Henvist fra"), "HenvistFra");
  EXPECT_EQ(ColumnIdentifier("Leverandør SOR"), "LeverandoerSOR");
  EXPECT_EQ(ColumnIdentifier("Ændret"), "Aendret");
  EXPECT_EQ(ColumnIdentifier("Psykosocialt tilbud"), "PsykosocialtTilbud");
  EXPECT_EQ(ColumnIdentifier("Afslutningsårsag"), "Afslutningsaarsag");
}

TEST(DanishValues, AColumnOfNumbersOrWordsTakesBothAndNothingBetween) {
  std::string json;
  EXPECT_TRUE(AppendJson(ColumnType::kDecimalOrText, "12,5", json));
  EXPECT_TRUE(AppendJson(ColumnType::kDecimalOrText, "Tidligere ryger", json));
  EXPECT_FALSE(AppendJson(ColumnType::kDecimalOrText, "12.5", json));
  EXPECT_EQ(json, "12.5\"Tidligere ryger\"");
}

}  // namespace
}  // namespace hjerte::source
