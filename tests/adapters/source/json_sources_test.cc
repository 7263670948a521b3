#include <fstream>

#include "adapters/source/json_drop.h"
#include "adapters/source/report_files.h"
#include "tests/adapters/source/source_fixture.h"

namespace hjerte::source {
namespace {

using testing::KeptProgress;
using testing::PullAll;
using testing::Pulled;

class JsonDropTest : public ::testing::Test {
 protected:
  Pulled Pull(std::size_t limit = 100) { return PullAll(*Started(), progress_, limit); }
  std::unique_ptr<JsonDrop> Started() {
    JsonDropOptions options;
    options.folder = folder_.path();
    options.prefix = "forloeb-";
    options.records = "forloeb";
    options.key = "id";
    options.extract_time = "udtraek";
    options.complete = "komplet";
    options.settle = std::chrono::milliseconds(0);
    options.record_bytes_max = 2000;
    return std::make_unique<JsonDrop>(options, clock_);
  }

  tests::TemporaryFolder folder_;
  common::SystemClock clock_;
  KeptProgress progress_;
};

TEST_F(JsonDropTest, RecordsOfAFileAreReadOneByOneAndOnce) {
  folder_.Write("forloeb-1.json",
                "\xEF\xBB\xBF{ \"forloeb\" : [ {\"id\":\"A\",\"x\":\"]}\\\"[\"} ,{\"id\":7,\"n\":{\"forloeb\":[1]}}],\n"
                "\"udtraek\":\"2026-01-31T22:00:00Z\", \"komplet\":true}");
  folder_.Write("other.json", "{\"forloeb\":[{\"id\":\"B\"}]}");
  const Pulled pulled = Pull(1);
  EXPECT_EQ(pulled.records, (std::map<std::string, std::string>{{"A", "{\"id\":\"A\",\"x\":\"]}\\\"[\"} "},
                                                                {"7", "{\"id\":7,\"n\":{\"forloeb\":[1]}}"}}));
  EXPECT_EQ(pulled.complete_at_us, 1769896800000000);
  EXPECT_TRUE(Pull().records.empty());
}

TEST_F(JsonDropTest, APartialExtractIsNoProofOfAbsence) {
  folder_.Write("forloeb-1.json", R"({"udtraek":"2026-01-31T22:00:00Z","komplet":false,"forloeb":[{"id":"A"}]})");
  EXPECT_EQ(Pull().complete_at_us, std::nullopt);
}

TEST_F(JsonDropTest, AFileCutShortGivesOneFaultAndNoRecord) {
  folder_.Write("forloeb-1.json", R"({"komplet":true,"forloeb":[{"id":"A"},{"id")");
  Pulled pulled = Pull();
  EXPECT_TRUE(pulled.records.empty());
  EXPECT_EQ(pulled.faulty.at("@forloeb-1.json/")[0].code, "source-truncated");
  folder_.Write("forloeb-1.json", R"({"komplet":true,"forloeb":[{"id":"A"}]})");
  EXPECT_EQ(Pull().records.size(), 1u);
}

TEST_F(JsonDropTest, AFaultyRecordIsNamedByItsPlaceAndTheRestGoesOn) {
  folder_.Write(
      "forloeb-1.json",
      R"({"udtraek":"2026-01-31T22:00:00Z","komplet":true,"forloeb":[{"id":"A","id":"B"},{"x":1},{"id":"C","long":")" +
          std::string(3000, 'x') + R"("},{"id":"D"}]})");
  const Pulled pulled = Pull();
  EXPECT_EQ(pulled.records.size(), 1u);
  EXPECT_EQ(pulled.faulty.at("@forloeb-1.json/#1")[0].code, "source-json");
  EXPECT_EQ(pulled.faulty.at("@forloeb-1.json/#2")[0].code, "source-key-missing");
  EXPECT_EQ(pulled.faulty.at("@forloeb-1.json/#3")[0].code, "source-row-too-long");
  EXPECT_EQ(pulled.complete_at_us, std::nullopt);
}

TEST_F(JsonDropTest, ARecordThatIsNoJsonIsToldWithItsLineAndColumnInTheFileAndTheReasonInBothLanguages) {
  folder_.Write("forloeb-1.json",
                "{\n \"forloeb\": [\n  {\"id\":\"A\",\n   \"note\":Hemmelig},\n  {\"id\":\"B\"},\n\n"
                "  {\"id\":\"C\" \"note\":\"Hemmelig\"}, {\"id\":\"D\",}]}");
  for (const std::size_t limit : {1, 100}) {
    progress_ = {};
    const Pulled pulled = Pull(limit);
    EXPECT_TRUE(pulled.records.contains("B"));
    const auto text = [&pulled](int place) {
      return pulled.faulty.at("@forloeb-1.json/#" + std::to_string(place)).at(0).text;
    };
    EXPECT_EQ(text(1).da,
              "forloeb-1.json:#1: posten er ikke gyldig JSON (linje 4, kolonne 11): her står ingen gyldig værdi. Ret "
              "teksten her.");
    EXPECT_EQ(text(1).en,
              "forloeb-1.json:#1: the record is not valid JSON (line 4, column 11): Invalid value. Correct the text "
              "here.");
    EXPECT_THAT(text(3).da, ::testing::HasSubstr("(linje 7, kolonne 13): et komma eller '}' mangler"));
    EXPECT_THAT(text(4).en, ::testing::HasSubstr("(line 7, column 43): Missing a name"));
  }
}

TEST_F(JsonDropTest, AFaultyRecordIsNoProofOfAbsenceThoughTheAdapterIsStartedAnewBehindIt) {
  folder_.Write(
      "forloeb-1.json",
      R"({"udtraek":"2026-01-31T22:00:00Z","komplet":true,"forloeb":[{"id":"A"},{"x":1},{"id":"C"},{"id":"D"}]})");
  std::optional<std::int64_t> complete_at_us = 1;
  for (bool more = true; more;) {
    const auto batch = Started()->Pull(progress_, 1);
    ASSERT_TRUE(batch.ok()) << batch.status();
    progress_.Commit(*batch);
    if (batch->extract_ended) complete_at_us = batch->complete_at_us;
    more = batch->more;
  }
  EXPECT_EQ(complete_at_us, std::nullopt);
}

TEST_F(JsonDropTest, AFileThatMayNotBeReadIsWaitedForAndTold) {
  const auto file = folder_.Write("forloeb-1.json", R"({"forloeb":[{"id":"A"}]})");
  {
    const testing::Unreadable unreadable(file);
    EXPECT_THAT(Pull().waiting.en, ::testing::HasSubstr("forloeb-1.json cannot be read"));
  }
  EXPECT_EQ(Pull().records.size(), 1u);
}

class ReportFilesTest : public ::testing::Test {
 protected:
  Pulled Pull(std::size_t limit = 100) { return PullAll(source_, progress_, limit); }

  tests::TemporaryFolder folder_;

 private:
  ReportFilesOptions Options() const {
    ReportFilesOptions options;
    options.folder = folder_.path();
    options.settle = std::chrono::milliseconds(0);
    return options;
  }

  common::SystemClock clock_;
  KeptProgress progress_;
  ReportFiles source_{Options(), clock_};
};

TEST_F(ReportFilesTest, AReportIsNamedByProfileAndIdAndReadOnce) {
  const std::string report =
      R"({"resourceType":"Bundle","id":"r1","meta":{"profile":["http://x/klgateway-119-delivery-report"]}})";
  folder_.Write("b.json", report);
  folder_.Write("a.json", R"({"resourceType":"CarePlan","id":"p"})");
  folder_.Write("c.json", "{\n");
  const Pulled pulled = Pull(1);
  EXPECT_EQ(pulled.records, (std::map<std::string, std::string>{{"klgateway-119-delivery-report/r1", report}}));
  EXPECT_EQ(pulled.faulty.at("@c.json/")[0].code, "source-json");
  EXPECT_THAT(pulled.faulty.at("@c.json/")[0].text.da, ::testing::HasSubstr("(linje 2, kolonne 1): et navn mangler"));
  EXPECT_THAT(pulled.faulty.at("@c.json/")[0].text.en, ::testing::HasSubstr("(line 2, column 1): Missing a name"));
  folder_.Write("b.json", report);
  EXPECT_TRUE(Pull().records.empty()) << "the same bytes written again are no new report";
}

// As files come from a machine whose clock tells whole seconds: one may be put in place of another that tells the same.
void PutWithTime(const tests::TemporaryFolder& folder, const std::string& name, const std::string& text) {
  const auto time = std::filesystem::file_time_type(std::chrono::seconds(1'000));
  std::filesystem::last_write_time(folder.Write("staged", text), time);
  std::filesystem::rename(folder / "staged", folder / name);
}

TEST_F(ReportFilesTest, AnotherReportOfTheSameSizeAndTimeIsRead) {
  for (const char* version : {"1", "2"}) {
    PutWithTime(folder_, "r.json", R"({"resourceType":"Bundle","id":"r","total":)" + std::string(version) + "}");
    EXPECT_EQ(Pull().records.size(), 1u) << version;
  }
}

TEST_F(JsonDropTest, AnotherContentOfTheSameSizeAndTimeIsReadThoughItIsWrittenInPlace) {
  const auto text = [](const std::string& key) { return R"({"forloeb":[{"id":")" + key + R"("}]})"; };
  const auto time = std::filesystem::file_time_type(std::chrono::seconds(1'000));
  const auto file = folder_.Write("forloeb-1.json", text("A"));
  std::filesystem::last_write_time(file, time);
  EXPECT_TRUE(Pull().records.contains("A"));
  const auto before = StateOf(file);
  // The system's own time of the change goes on in steps of some milliseconds.
  do {
    std::ofstream(file) << text("B");
    std::filesystem::last_write_time(file, time);
  } while (StateOf(file) == before);
  EXPECT_TRUE(Pull().records.contains("B"));
}

TEST_F(ReportFilesTest, WhatIsNoResourceIsToldAndAnotherResourceIsPassedOver) {
  folder_.Write("list.json", R"([{"resourceType":"Bundle","id":"r1"},{"resourceType":"Bundle","id":"r2"}])");
  folder_.Write("small.json", R"({"resourceType":"bundle","id":"r3"})");
  folder_.Write("wrapped.json", R"({"reports":[{"resourceType":"Bundle","id":"r4"}]})");
  folder_.Write("plan.json", R"({"resourceType":"CarePlan","id":"p"})");
  const Pulled pulled = Pull();
  EXPECT_TRUE(pulled.records.empty());
  ASSERT_EQ(pulled.faulty.size(), 3u);
  for (const auto& [key, faults] : pulled.faulty) EXPECT_EQ(faults[0].code, "source-no-resource") << key;
}

TEST_F(ReportFilesTest, AFileThatMayNotBeReadIsWaitedForAndToldThoughOthersFollow) {
  const auto file = folder_.Write("a.json", R"({"resourceType":"Bundle","id":"a"})");
  folder_.Write("b.json", R"({"resourceType":"Bundle","id":"b"})");
  {
    const testing::Unreadable unreadable(file);
    const Pulled pulled = Pull(1);
    EXPECT_EQ(pulled.records.size(), 1u);
    EXPECT_THAT(pulled.waiting.en, ::testing::HasSubstr("a.json cannot be read"));
  }
  EXPECT_EQ(Pull().records.size(), 1u);
}

}  // namespace
}  // namespace hjerte::source
