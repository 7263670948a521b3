#include "adapters/source/csv_drop.h"

#include <chrono>

#include "tests/adapters/source/source_fixture.h"

namespace hjerte::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::KeptProgress;
using testing::PullAll;
using testing::Pulled;

constexpr const char* kCourses =
    "ForløbsID;Henvist fra;Bemærkning;Startdato;Ændret\r\n"
    "F1;Praktiserende læge;\"linje 1\nlinje 2; mere\";31-01-2026;31-01-2026 23:00:00\r\n"
    "F2;;;;\r\n";
constexpr const char* kMeasurements =
    "MålingsID;ForløbsID;Værdi\r\n"
    "M2;F1;Tidligere ryger\r\n"
    "M1;F1;432,50\r\n"
    "M3;F2;7\r\n";

std::string ToWindows1252(std::string_view utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    out += byte < 0x80 ? utf8[i] : static_cast<char>((byte & 3) << 6 | (static_cast<unsigned char>(utf8[++i]) & 0x3F));
  }
  return out;
}

class CsvDropTest : public ::testing::Test {
 protected:
  void Export(const std::string& courses, const std::string& measurements) {
    folder_.Write("maalinger.csv", measurements);
    folder_.Write("forloeb.csv", courses);
  }
  Pulled Pull(std::size_t limit = 100) { return PullAll(*source_, progress_, limit); }
  void Restart() { source_ = MakeSource(); }
  std::unique_ptr<CsvDrop> MakeSource() {
    CsvDropOptions options;
    options.folder = folder_.path();
    options.layout = layout_;
    options.settle = settle_;
    return std::make_unique<CsvDrop>(options, clock_);
  }

  tests::TemporaryFolder folder_;
  common::SystemClock clock_;
  std::chrono::milliseconds settle_{0};
  CsvLayout layout_ = testing::SmallLayout();
  KeptProgress progress_;
  std::unique_ptr<CsvDrop> source_ = MakeSource();
};

TEST_F(CsvDropTest, EveryEncodingGivesTheSameJoinedRecords) {
  const std::map<std::string, std::string> golden = {
      {"F1",
       R"({"ForloebsID":"F1","HenvistFra":"Praktiserende læge","Startdato":"2026-01-31","Aendret":"2026-01-31T22:00:00Z",)"
       R"("Maalinger":[{"MaalingsID":"M1","Vaerdi":432.50},{"MaalingsID":"M2","Vaerdi":"Tidligere ryger"}]})"},
      {"F2", R"({"ForloebsID":"F2","Maalinger":[{"MaalingsID":"M3","Vaerdi":7}]})"}};
  for (const bool windows : {false, true}) {
    Export(windows ? ToWindows1252(kCourses) : kCourses, windows ? ToWindows1252(kMeasurements) : kMeasurements);
    Restart();
    EXPECT_EQ(Pull().records, golden);
  }
  Export("\xEF\xBB\xBF" + std::string(kCourses), "\xEF\xBB\xBF" + std::string(kMeasurements));
  EXPECT_EQ(Pull().records, golden);
}

TEST_F(CsvDropTest, TheSameFilesGiveNothingUntilTheyAreWrittenAgain) {
  Export(kCourses, kMeasurements);
  EXPECT_EQ(Pull().records.size(), 2u);
  Restart();
  EXPECT_TRUE(Pull().records.empty());
  Export(kCourses, kMeasurements);
  EXPECT_EQ(Pull().records.size(), 2u) << "they say it of another time";
  EXPECT_TRUE(Pull().records.empty());
}

TEST_F(CsvDropTest, AnExtractInAFolderOfItsOwnGivesNothingThoughItIsCopiedThereAgain) {
  std::filesystem::create_directories(folder_ / "2026-11-29");
  for (int copied = 0; copied < 2; ++copied) {
    folder_.Write("2026-11-29/maalinger.csv", kMeasurements);
    folder_.Write("2026-11-29/forloeb.csv", kCourses);
    EXPECT_EQ(Pull().records.size(), copied == 0 ? 2u : 0u);
    Restart();
  }
}

TEST_F(CsvDropTest, AnExtractGoesOnWhereTheProgressSaysAfterARestart) {
  Export(kCourses, kMeasurements);
  const auto first = source_->Pull(progress_, 1);
  ASSERT_TRUE(first.ok());
  progress_.Commit(*first);
  Restart();
  EXPECT_THAT(Pull(1).records, ElementsAre(::testing::Pair("F2", ::testing::_)));
}

TEST_F(CsvDropTest, FilesBeingWrittenAndSetsThatAreNotWholeWait) {
  folder_.Write("forloeb.csv", kCourses);
  EXPECT_EQ(Pull().waiting.da, "maalinger.csv mangler");
  folder_.Write("maalinger.csv.part", kMeasurements);
  EXPECT_EQ(Pull().waiting.da, "maalinger.csv mangler");
  folder_.Write("maalinger.csv", kMeasurements);
  settle_ = std::chrono::hours(1);
  Restart();
  EXPECT_THAT(Pull().waiting.en, HasSubstr("is still being written"));
  settle_ = std::chrono::milliseconds(0);
  Restart();
  EXPECT_EQ(Pull().records.size(), 2u);
}

TEST_F(CsvDropTest, AFileThatMayNotBeReadIsWaitedForAndTold) {
  Export(kCourses, kMeasurements);
  {
    const testing::Unreadable unreadable(folder_ / "maalinger.csv");
    EXPECT_THAT(Pull().waiting.en, HasSubstr("cannot be read"));
  }
  EXPECT_EQ(Pull().records.size(), 2u);
}

TEST_F(CsvDropTest, AFolderThatMayNotBeEnteredIsWaitedForAndTold) {
  std::filesystem::create_directory(folder_ / "2025-01");
  folder_.Write("2025-01/forloeb.csv", kCourses);
  folder_.Write("2025-01/maalinger.csv", kMeasurements);
  {
    const testing::Unreadable unreadable(folder_ / "2025-01");
    EXPECT_EQ(Pull().waiting.en, "2025-01 cannot be read: is the adapter allowed to?");
  }
  std::filesystem::permissions(folder_ / "2025-01", std::filesystem::perms::owner_all);
  EXPECT_EQ(Pull().records.size(), 2u);
}

// As on a share whose clock is ahead, or after the own one was set back: half an extract must not pass for a whole one.
TEST_F(CsvDropTest, AFileWhoseTimeLiesAheadIsTakenWhenItHasStoodStillForAsLong) {
  common::ManualClock clock(clock_.Now() - std::chrono::hours(1));
  CsvDropOptions options{.folder = folder_.path(), .layout = testing::SmallLayout(), .settle = std::chrono::seconds(5)};
  CsvDrop source(options, clock);
  Export("ForløbsID;Henvist fra;Startdato;Ændret\nF1;;;\n", kMeasurements);
  EXPECT_THAT(PullAll(source, progress_).waiting.en, HasSubstr("is still being written"));
  clock.Advance(std::chrono::seconds(4));
  Export(kCourses, kMeasurements);
  EXPECT_TRUE(PullAll(source, progress_).records.empty());
  clock.Advance(std::chrono::seconds(4));
  EXPECT_TRUE(PullAll(source, progress_).records.empty());
  clock.Advance(std::chrono::seconds(1));
  EXPECT_EQ(PullAll(source, progress_).records.size(), 2u);
}

// A program that copies may give a file its old time at once and go on writing.
TEST_F(CsvDropTest, AFileThatWasGivenAnOldTimeAMomentAgoIsNotTakenYet) {
  Export(kCourses, kMeasurements);
  for (const char* name : {"forloeb.csv", "maalinger.csv"}) {
    std::filesystem::last_write_time(folder_ / name, std::filesystem::file_time_type(std::chrono::seconds(1'000)));
  }
  settle_ = std::chrono::hours(1);
  Restart();
  EXPECT_THAT(Pull().waiting.en, HasSubstr("is still being written"));
}

TEST_F(CsvDropTest, AnExtractIsReadInTheStateThatWasFoundSettledOnly) {
  Export(kCourses, kMeasurements);
  const CsvLayout layout = testing::SmallLayout();
  std::vector<FileState> settled;
  for (const CsvFile& file : layout.files) settled.push_back(*StateOf(folder_ / file.name));
  EXPECT_TRUE(CsvExtract::Open(folder_.path(), "", layout, settled).ok());
  folder_.Write("maalinger.csv", "MålingsID;ForløbsID;Værdi\r\n");
  EXPECT_TRUE(absl::IsUnavailable(CsvExtract::Open(folder_.path(), "", layout, settled).status()));
}

TEST_F(CsvDropTest, AFaultyRowNamesRowAndColumnAndTheRestGoesOn) {
  Export(
      "ForløbsID;Henvist fra;Startdato;Ændret\n"
      "F1;;31-02-2026;\n"
      "F2;Hospital;01-02-2026;\n"
      "F3;a;01-02-2026\n"
      ";x;;\n"
      "F5;\"y\"z;;\n",
      "MålingsID;ForløbsID;Værdi\nM1;F2;12\nM2;F9;13\nM3;F5;\n");
  const Pulled pulled = Pull();
  EXPECT_THAT(pulled.records, ElementsAre(::testing::Pair("F2", ::testing::_)));
  ASSERT_EQ(pulled.faulty.size(), 5u);
  EXPECT_EQ(
      pulled.faulty.at("F1")[0].text.da,
      "forloeb.csv række 2, kolonne Startdato: værdien er ikke en dato (dd-mm-åååå). Ret datoen i omsorgssystemet.");
  EXPECT_EQ(pulled.faulty.at("@/forloeb.csv:4")[0].code, "source-fields");
  EXPECT_EQ(pulled.faulty.at("@/forloeb.csv:5")[0].code, "source-key-missing");
  EXPECT_EQ(pulled.faulty.at("F5")[0].code, "source-quote");
  EXPECT_EQ(pulled.faulty.at("F5")[0].location, "forloeb.csv:6:Henvist fra");
  EXPECT_THAT(pulled.faulty.at("@/maalinger.csv:3")[0].text.en,
              HasSubstr("refers to a course that is not in forloeb.csv"));
  EXPECT_EQ(pulled.complete_at_us, std::nullopt) << "rows that nobody can place make the extract no proof of absence";
}

TEST_F(CsvDropTest, QuotesThatSwallowRowsAreToldAndMakeTheExtractNoProofOfAbsence) {
  const auto courses = [](const std::string& first, const std::string& last) {
    return "ForløbsID;Henvist fra;Startdato;Ændret\nF1;" + first + ";01-02-2026;\nF2;Hospital;01-02-2026;\nF3;" + last +
           ";01-02-2026;\n";
  };
  // One row of the right number of fields; too many fields; text after the quote.
  for (const auto& [first, last] :
       {std::pair("\"ringer", "kom ikke\""), std::pair("\"ringer", "\";x;y"), std::pair("\"ringer", "kom \"ikke\"")}) {
    Export(courses(first, last), "MålingsID;ForløbsID;Værdi\n");
    const Pulled pulled = Pull();
    EXPECT_THAT(pulled.records, ::testing::IsEmpty()) << first << " " << last;
    EXPECT_THAT(pulled.faulty, ElementsAre(::testing::Key("F1"))) << first << " " << last;
    EXPECT_EQ(pulled.complete_at_us, std::nullopt) << first << " " << last;
  }
  Export(courses("\"ringer\nhjem; i morgen\"", "kom"), "MålingsID;ForløbsID;Værdi\n");
  const Pulled sound = Pull();
  EXPECT_THAT(sound.records, ::testing::SizeIs(3));
  EXPECT_NE(sound.complete_at_us, std::nullopt) << "a text may have lines and separators";
}

TEST_F(CsvDropTest, AColumnOfWholeNumbersRefusesAnythingElse) {
  CsvDropOptions options;
  options.folder = folder_.path();
  options.layout.files = {
      {.name = "forloeb.csv",
       .as = "",
       .key = "ID",
       .parent = "",
       .stamp = "",
       .columns = {{.header = "ID", .type = ColumnType::kText}, {.header = "Antal", .type = ColumnType::kInteger}}}};
  options.settle = std::chrono::milliseconds(0);
  folder_.Write("forloeb.csv", "ID;Antal\nF1;12\nF2;12,5\nF3;tolv\n");
  CsvDrop source(options, clock_);
  const Pulled pulled = PullAll(source, progress_, 100);
  EXPECT_EQ(pulled.records.size(), 1U);
  for (const char* key : {"F2", "F3"}) EXPECT_EQ(pulled.faulty.at(key)[0].code, "source-integer") << key;
}

TEST_F(CsvDropTest, OfRowsWithOneKeyTheLatestChangeCounts) {
  Export(
      "ForløbsID;Henvist fra;Startdato;Ændret\n"
      "F1;new;;02-02-2026 10:00:00\nF1;old;;01-02-2026 10:00:00\nF2;x;;\nF2;y;;\n",
      "MålingsID;ForløbsID;Værdi\nM1;F1;1\nM1;F1;2\n");
  const Pulled pulled = Pull();
  EXPECT_THAT(pulled.records.at("F1"), HasSubstr("\"HenvistFra\":\"new\""));
  EXPECT_THAT(pulled.records.at("F1"), HasSubstr("[{\"MaalingsID\":\"M1\",\"Vaerdi\":2}]"));
  EXPECT_THAT(pulled.records.at("F2"), HasSubstr("\"HenvistFra\":\"y\""));
}

TEST_F(CsvDropTest, AFileThatCannotBeUsedAtAllIsOneFaultUntilItIsMended) {
  Export("ForløbsID;Startdato;Ændret\nF1;;\n", kMeasurements);
  EXPECT_EQ(Pull().faulty.at("@/")[0].location, "forloeb.csv:1:Henvist fra");
  EXPECT_TRUE(Pull().faulty.empty()) << "the same file is complained of once";
  Export(kCourses, kMeasurements);
  EXPECT_EQ(Pull().records.size(), 2u);
}

TEST_F(CsvDropTest, AFileBeyondTheLimitIsRefusedWithoutBeingRead) {
  layout_.file_bytes_max = 512;
  Restart();
  Export(kCourses, std::string(513, 'x'));
  {
    const testing::Unreadable large(folder_.path() / "maalinger.csv");
    const Pulled pulled = Pull();
    ASSERT_EQ(pulled.faulty.count("@/"), 1u);
    EXPECT_EQ(pulled.faulty.at("@/").at(0).code, "source-file-too-large");
    EXPECT_THAT(pulled.faulty.at("@/").at(0).text.da, HasSubstr("maalinger.csv"));
    Restart();
    EXPECT_TRUE(Pull().faulty.empty()) << "told once";
  }
  std::filesystem::remove(folder_.path() / "maalinger.csv");
  Export(kCourses, kMeasurements);
  EXPECT_EQ(Pull().records.size(), 2u);
}

TEST_F(CsvDropTest, FoldersAreReadInOrderOfTheirNames) {
  for (const char* wave : {"wave-2", "wave-1"}) {
    std::filesystem::create_directories(folder_ / wave);
    folder_.Write(std::string(wave) + "/maalinger.csv", kMeasurements);
    folder_.Write(std::string(wave) + "/forloeb.csv",
                  "ForløbsID;Henvist fra;Startdato;Ændret\nF1;" + std::string(wave) + ";;\nF2;;;\n");
  }
  EXPECT_THAT(Pull().records.at("F1"), HasSubstr("wave-2"));
}

}  // namespace
}  // namespace hjerte::source
