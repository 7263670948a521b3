// KL's own published example reports, through the real programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "services/common/sqlite.h"
#include "tests/e2e/installation.h"
#include "tests/shared.h"

namespace hjerte::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kCode = "0751";

std::int64_t Count(const std::filesystem::path& database, const char* sql) {
  auto opened = common::Database::Open({.file = database, .read_only = true});
  EXPECT_TRUE(opened.ok()) << opened.status();
  auto statement = (*opened)->Prepare(sql);
  EXPECT_TRUE(statement.ok()) << statement.status();
  EXPECT_TRUE(statement->Step().value_or(false));
  return statement->Integer(0);
}

TEST(KlExamples, TheOneHeartCaseBecomesOneOpenCourseAndNothingOfTheOthersIsSent) {
  HJERTE_REQUIRE_SHARED("data/kl-gateway");
  Installation house;
  house.Declare({{.code = kCode, .format = "kl", .second_bundle = true}});
  for (const auto& file : std::filesystem::recursive_directory_iterator(SharedDir() / "data/kl-gateway")) {
    if (!file.is_regular_file()) continue;
    // The same Bundle id occurs under both sections.
    const std::string section = file.path().parent_path().filename().string();
    house.Drop(kCode, section + "-" + file.path().filename().string(), ReadFile(file.path()));
  }
  house.LayOut();
  house.StartCentral();
  house.Deliver({kCode});

  const std::string records = house.Records();
  EXPECT_EQ(std::count(records.begin(), records.end(), '\n'), 1) << records;
  for (const char* fact : {R"("legal_basis":"s119")", R"("diagnosis_group":"ihd")", R"("diagnosis_code":"DI252B")",
                           R"("referral_date":"2022-05-29")", R"("start_date":"2022-06-02")"}) {
    EXPECT_THAT(records, HasSubstr(fact));
  }
  EXPECT_THAT(records, Not(HasSubstr("end_date\":")));

  const Outcome outbox = house.AskAdapter(kCode, {"outbox"});
  EXPECT_EQ(outbox.exit_code, 0);
  EXPECT_THAT(outbox.out, HasSubstr("waiting reports 0 "));
  EXPECT_THAT(outbox.out, HasSubstr("courses: sent 1, "));

  house.StopCentral();
  EXPECT_EQ(Count(house.central_database(), "SELECT count(*) FROM citizen"), 1);
  EXPECT_EQ(Count(house.central_database(), "SELECT count(*) FROM referral"), 1);
  EXPECT_EQ(Count(house.central_database(), "SELECT count(*) FROM resource WHERE type = 'ServiceRequest'"), 1);
}

}  // namespace
}  // namespace hjerte::tests
