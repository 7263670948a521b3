// Records that are read ahead of the transaction they are taken in with.
#include "adapters/intake/read_ahead.h"

#include <gtest/gtest.h>

#include "adapters/adapter.h"
#include "adapters/intake/pipeline.h"
#include "adapters/reports/delivery.h"
#include "adapters/state/outbox.h"
#include "services/common/secret_key.h"
#include "tests/shared.h"
#include "tests/temporary_folder.h"

namespace hjerte::adapters {
namespace {

// A course of the CSV format as the source gives it; its key stands in ForloebsID.
std::string Course(const std::string& key, const std::string& distance) {
  return R"({"ForloebsID":")" + key +
         R"(","CPR":"1502604389","Aendret":"2026-01-01T10:00:00Z","Kommunekode":"0751","LeverandoerSOR":"325421000016001",)"
         R"("Lovgrundlag":"§119","Henvisningsdato":"2025-01-02","HenvistFra":"Hospital","Diagnosekode":"DI214",)"
         R"("Startdato":"2025-01-10","Status":"I gang","Traening":"Ja","Maalinger":[{"MaalingsID":"M-)" +
         key + R"(","Dato":"2025-01-10","Tidspunkt":"Start","Type":"6MWT","Vaerdi":")" + distance +
         R"(","Enhed":"m","Aendret":"2026-01-01T10:00:00Z"}]})";
}

class ReadAheadTest : public ::testing::Test {
 protected:
  ReadAheadTest() {
    const std::filesystem::path project = tests::SourceDir();
    config_ = *LoadConfig(project / "deploy/config/adapter-csv.yaml");
    config_.authority = "0751";
    config_.registry = project / "mapping/dhrd";
    content_ = *registry::LoadContent(config_.registry);
    EXPECT_TRUE(common::CreateKeyFile(folder_ / "state.key").ok());
    state_ = *StateFile::Open(folder_ / "state.db", folder_ / "state.key");
  }

  PipelineOptions Options() { return *MakePipelineOptions(config_, *content_); }

  tests::TemporaryFolder folder_;
  AdapterConfig config_;
  std::shared_ptr<const registry::Content> content_;
  std::unique_ptr<StateFile> state_;
  common::ManualClock clock_{common::Instant(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1))};
};

TEST_F(ReadAheadTest, EveryRecordHasItsOwnReadingInTheOrderOfTheBatch) {
  const PipelineOptions options = Options();
  const RecordReader reader({.authority = options.authority,
                             .carries = options.carries,
                             .mapper = options.mapper.get(),
                             .municipality_of_sor = options.municipality_of_sor,
                             .content = *content_,
                             .state = *state_,
                             .clock = clock_});
  std::vector<std::string> records;
  for (int i = 0; i < 40; ++i) records.push_back(i % 7 == 3 ? "no JSON" : Course("F" + std::to_string(i), "400"));
  ReadAhead::Readings readings;
  // Also one that nobody asks for the end of.
  for (const std::size_t asked : {records.size(), records.size() / 2, std::size_t{0}}) {
    ReadAhead ahead(reader, {records.begin(), records.end()}, readings);
    for (std::size_t i = 0; i < asked; ++i) {
      const Reading& reading = ahead.Next();
      ASSERT_EQ(registry::HasErrors(reading.findings), i % 7 == 3) << i;
      if (i % 7 == 3) continue;
      ASSERT_EQ(reading.courses.size(), 1U) << i;
      EXPECT_EQ(reading.courses.front().course->course_key, "F" + std::to_string(i));
    }
  }
}

TEST_F(ReadAheadTest, ARecordThatStandsSeveralTimesInABatchEndsAsItStandsLast) {
  Outbox outbox(*state_);
  ASSERT_TRUE(outbox.Load().ok());
  Pipeline pipeline(Options(), content_, *state_, outbox, clock_, common::Logger());
  source::Batch batch;
  batch.records = {{"F1", Course("F1", "400")}};
  ASSERT_TRUE(pipeline.Accept(batch).ok());
  // The first is known when the batch comes and the last is as well, but not after the one between them.
  batch.records = {{"F1", Course("F1", "400")},
                   {"F2", Course("F2", "300")},
                   {"F1", Course("F1", "500")},
                   {"F1", Course("F1", "400")}};
  ASSERT_TRUE(pipeline.Accept(batch).ok());
  std::string of_first;
  const auto entries = outbox.List(0, 100);
  ASSERT_TRUE(entries.ok()) << entries.status();
  for (const OutboxEntry& entry : *entries) {
    const std::string bundle = *BundleOfDelivery(*outbox.Payload(entry.seq));
    if (bundle.find("\"F1\"") == std::string::npos) continue;
    for (const char* distance : {"400", "500"}) {
      if (bundle.find(std::string("\"value\":") + distance) != std::string::npos)
        of_first += distance + std::string(" ");
    }
  }
  EXPECT_EQ(of_first, "400 500 400 ");
}

TEST_F(ReadAheadTest, ABatchThatWasReadAheadOfItsTurnIsTakenInAsItStands) {
  Outbox outbox(*state_);
  ASSERT_TRUE(outbox.Load().ok());
  Pipeline pipeline(Options(), content_, *state_, outbox, clock_, common::Logger());
  const auto batch_of = [](const std::vector<std::string>& distances) {
    auto batch = std::make_shared<source::Batch>();
    for (std::size_t i = 0; i < distances.size(); ++i) {
      const std::string key = "F" + std::to_string(i);
      batch->records.push_back({.key = key, .json = Course(key, distances[i])});
    }
    return std::shared_ptr<const source::Batch>(batch);
  };
  // What the first changes decides what of the second is new; the third is announced and another comes in its place.
  const auto first = batch_of({"400", "400", "400"});
  const auto second = batch_of({"400", "500", "400"});
  const auto announced = batch_of({"600", "600", "600"});
  const auto last = batch_of({"400", "500", "450"});
  ASSERT_TRUE(pipeline.Accept(*first, [&] { return second; }).ok());
  ASSERT_TRUE(pipeline.Accept(*second, [&] { return announced; }).ok());
  ASSERT_TRUE(pipeline.Accept(*last).ok());
  EXPECT_EQ(pipeline.counts().records_read, 9);
  EXPECT_EQ(pipeline.counts().records_unchanged, 4);
  EXPECT_EQ(pipeline.counts().reports_queued, 5);
}

}  // namespace
}  // namespace hjerte::adapters
