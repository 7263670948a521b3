#include "adapters/source/csv_reader.h"

#include "tests/temporary_folder.h"

namespace hjerte::source {
namespace {

using ::testing::ElementsAre;

// Every row of a file, fields joined by '|'.
std::vector<std::string> Rows(const std::string& bytes, Encoding encoding = Encoding::kUtf8, CsvLimits limits = {}) {
  const tests::TemporaryFolder folder;
  auto reader = CsvReader::Open(folder.Write("a.csv", bytes), encoding, ';', limits, /*buffer_bytes=*/7);
  EXPECT_TRUE(reader.ok());
  std::vector<std::string> rows;
  CsvRow row;
  while (true) {
    const auto more = reader->Next(row);
    if (!more.ok()) rows.push_back("status " + std::string(more.status().message()));
    if (!more.ok() || !*more) return rows;
    std::string text;
    for (const std::string& field : row.fields) text += (text.empty() ? "" : "|") + (field.empty() ? "-" : field);
    if (row.trouble != RowTrouble::kNone) text += " trouble " + std::to_string(static_cast<int>(row.trouble));
    rows.push_back(text);
  }
}

Encoding Sniff(const std::string& bytes) {
  EncodingSniffer sniffer;
  for (const char c : bytes) sniffer.Feed(std::string_view(&c, 1));
  return sniffer.Verdict();
}

TEST(CsvReader, QuotedFieldsHoldSeparatorsQuotesAndLineBreaks) {
  EXPECT_THAT(Rows("a;b\r\n\"x;\"\"y\"\"\r\nz\";2\r\n"), ElementsAre("a|b", "x;\"y\"\r\nz|2"));
}

TEST(CsvReader, EveryLineEndEndsARowAndTheLastMayBeMissing) {
  EXPECT_THAT(Rows("a;b\r\n1;2\n3;4\r5;"), ElementsAre("a|b", "1|2", "3|4", "5|-"));
}

TEST(CsvReader, TheMarkOfUtf8AndASpreadsheetsHintAreNoPartOfTheText) {
  EXPECT_THAT(Rows("\xEF\xBB\xBFsep=;\r\na;b\r\n\r\n1;2\r\n"), ElementsAre("a|b", "1|2"));
}

TEST(CsvReader, Windows1252BecomesUtf8) {
  EXPECT_THAT(Rows("Afsl\xE5\x65t;\x96;\x80\r\n", Encoding::kWindows1252), ElementsAre("Afslået|–|€"));
}

TEST(CsvReader, ARowOutOfShapeIsMarkedAndTheNextIsRead) {
  EXPECT_THAT(Rows("\"a\"b;c\nd;e\n"), ElementsAre("ab|c trouble 4", "d|e"));
  EXPECT_THAT(Rows("a\xFF;c\nd;e\n"), ElementsAre("-|c trouble 7", "d|e"));
  EXPECT_THAT(Rows("abcd;c\nd;e\n", Encoding::kUtf8, {.field_bytes_max = 3}), ElementsAre("abc|c trouble 1", "d|e"));
  EXPECT_THAT(Rows("a;b;c\nd;e\n", Encoding::kUtf8, {.fields_max = 2}), ElementsAre("a|c trouble 3", "d|e"));
}

TEST(CsvReader, AFileThatEndsInsideQuotesSaysSo) {
  EXPECT_THAT(Rows("a;b\n1;\"2\n3;4\n"), ElementsAre("a|b", "1|2\n3;4\n trouble 5"));
}

TEST(CsvReader, TooManyRowsEndTheReading) { EXPECT_EQ(Rows("a\nb\nc\n", Encoding::kUtf8, {.rows_max = 2}).size(), 3u); }

TEST(EncodingSniffer, TellsUtf8FromWindows1252ByTheBytes) {
  EXPECT_EQ(Sniff("Afslået"), Encoding::kUtf8);
  EXPECT_EQ(Sniff("plain"), Encoding::kUtf8);
  EXPECT_EQ(Sniff("Afsl\xE5\x65t"), Encoding::kWindows1252);
  EXPECT_EQ(Sniff("cut short \xC3"), Encoding::kWindows1252);
  EXPECT_EQ(Sniff("overlong \xC0\x80"), Encoding::kWindows1252);
  EXPECT_EQ(Sniff("\xEF\xBB\xBFmarked \xFF"), Encoding::kUtf8);
  EXPECT_EQ(Sniff(std::string("\xFF\xFE"
                              "a\0",
                              4)),
            Encoding::kUtf16);
}

}  // namespace
}  // namespace hjerte::source
