#include "services/common/log.h"

#include <sstream>

#include "services/common/line_budget.h"
#include "services/common/printable.h"
#include "services/common/scrub.h"
#include "services/common/time_text.h"

namespace hjerte::common {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Log : public testing::Test {
 protected:
  Logger Of(LogLevel level_min) { return {sink_, clock_, level_min, "ingest"}; }
  std::string OneLine() {
    const std::vector<std::string> lines = sink_->Lines();
    EXPECT_EQ(lines.size(), 1u);
    return lines.empty() ? "" : lines.front();
  }

  ManualClock clock_{*ParseInstant("2026-01-02T03:04:05Z")};
  std::shared_ptr<MemorySink> sink_ = std::make_shared<MemorySink>();
};

TEST_F(Log, AnEventIsOneLineOfKeysAndValues) {
  Of(LogLevel::kInfo).Info("started", {{"port", 8443}, {"file", "a b.db"}, {"tls", true}, {"note", ""}});
  EXPECT_EQ(
      OneLine(),
      "2026-01-02T03:04:05Z level=info component=ingest event=started port=8443 file=\"a b.db\" tls=true note=\"\"");
}

TEST_F(Log, LinesBelowTheLevelAreNotWritten) {
  const Logger log = Of(LogLevel::kWarning);
  log.Debug("a");
  log.Info("b");
  log.Warning("c");
  log.For("outbox").Error("d", {{"status", absl::DataLossError("gone")}});
  EXPECT_THAT(sink_->Lines(),
              ElementsAre(HasSubstr("event=c"), HasSubstr("component=outbox event=d status=\"DATA_LOSS: gone\"")));
}

TEST_F(Log, AValueCannotForgeALineOrSteerATerminal) {
  Of(LogLevel::kInfo)
      .Info("x", {{"a", "1\n2026 level=error"},
                  {"b", "\x1b[2J\r\x7f"},
                  {"c",
                   "\xe2\x80\xa8\xc2\x85"
                   "å\"\\"}});
  EXPECT_THAT(OneLine(), HasSubstr("a=\"1\\n2026 level=error\""));
  EXPECT_THAT(OneLine(), HasSubstr("b=\\x1b[2J\\x0d\\x7f"));
  EXPECT_THAT(OneLine(), HasSubstr("c=\"\\xe2\\x80\\xa8\\xc2\\x85å\\\"\\\\\""));
}

// A screen shows what follows U+202E from right to left: "fsv.exe" becomes "exe.vsf".
TEST_F(Log, AValueCannotTurnTheOrderOfTheLineRound) {
  const std::string turned =
      "a\xe2\x80\xae"
      "b\xe2\x81\xa7"
      "c\xe2\x80\x93";
  Of(LogLevel::kInfo).Info("x", {{"a", turned}});
  EXPECT_THAT(OneLine(), HasSubstr("a=a\\xe2\\x80\\xaeb\\xe2\\x81\\xa7c\xe2\x80\x93"));
  std::ostringstream screen;
  PrintableBuffer buffer(screen);
  std::ostream out(&buffer);
  for (const char byte : turned) out.put(byte);
  out.flush();
  EXPECT_EQ(screen.str(), "a\\xe2\\x80\\xaeb\\xe2\\x81\\xa7c\xe2\x80\x93");
}

TEST_F(Log, ALongValueIsCut) {
  Of(LogLevel::kInfo).Info("x", {{"a", std::string(100'000, 'a')}});
  EXPECT_LT(OneLine().size(), 3000u);
}

TEST_F(Log, ANumberOfACitizenIsNotWritten) {
  Of(LogLevel::kInfo)
      .Info("refused 010203-1234", {{"cpr", "0102031234"}, {"status", absl::InvalidArgumentError("for 7102031234")}});
  EXPECT_THAT(OneLine(), Not(HasSubstr("1234")));
  EXPECT_THAT(OneLine(), HasSubstr("cpr=[cpr]"));
}

TEST(Scrub, NumbersOfCitizensAreReplacedInEveryWriting) {
  EXPECT_EQ(ScrubCpr("citizen 0102031234."), "citizen [cpr].");
  EXPECT_EQ(ScrubCpr("a=010203-1234;010203 1234"), "a=[cpr];[cpr]");
  EXPECT_EQ(ScrubCpr("6102031234"), "[cpr]") << "a replacement number has 60 added to its day";
  EXPECT_EQ(ScrubCpr("9112991234"), "[cpr]");
  EXPECT_EQ(ScrubCpr("010203ABC1 010203-1AB2"), "[cpr] [cpr]") << "regions' numbers hold letters";
  EXPECT_EQ(ScrubCpr("0102031234,0102031235"), "[cpr],[cpr]");
}

TEST(Scrub, InWhatIsShownANumberAmongLettersIsReplacedAndAHashStays) {
  EXPECT_EQ(ScrubCprInWords("rapport0102031234.json, 0102031234b and x0102031234y"),
            "rapport[cpr].json, [cpr]b and x[cpr]y");
  EXPECT_EQ(ScrubCprInWords("citizen 010203-1234"), "citizen [cpr]");
  for (const char* text : {"ab0102031234", "f00d0102031234beef", "6ba7b810-9dad-11d1-80b4-00c0102031234",
                           "x01020312345", "forloeb-20250401220000.json", "x9902031234"}) {
    EXPECT_EQ(ScrubCprInWords(text), text);
  }
}

TEST(Scrub, OtherNumbersStay) {
  for (const char* text :
       {"3202031234", "0113031234", "01020312345", "x0102031234", "5102031234", "2026-01-02T03:04:05Z", "010203",
        "9999999999", "1767225845000000", "010203-ABCD", "0751", "010203-12"}) {
    EXPECT_EQ(ScrubCpr(text), text);
  }
}

// Nobody fills a disk with lines; those left out are counted in the next one.
TEST(LineBudget, LeavesOutWhatIsTooManyInASecondAndCountsIt) {
  LineBudget budget(5);
  std::int64_t asked = 0;
  std::int64_t written = 0;
  std::int64_t told_left_out = 0;
  while (told_left_out == 0 && asked < 1'000'000'000) {
    ++asked;
    if (const auto before = budget.Spend()) {
      ++written;
      told_left_out += *before;
    }
  }
  EXPECT_GT(told_left_out, 0);
  EXPECT_EQ(written + told_left_out, asked);
  EXPECT_GE(written, 5);
}

}  // namespace
}  // namespace hjerte::common
