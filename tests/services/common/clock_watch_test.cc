#include "services/common/clock_watch.h"

namespace hjerte::common {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ClockWatchTest : public ::testing::Test {
 protected:
  void SetBy(std::chrono::microseconds by) { clock_.Set(clock_.Now() + by); }

  ManualClock clock_{Instant(std::chrono::hours(24 * 365 * 50))};
  std::shared_ptr<MemorySink> log_ = std::make_shared<MemorySink>();
  ClockWatch watch_{clock_, Logger(log_, clock_, LogLevel::kInfo, "test")};
};

TEST_F(ClockWatchTest, TellsOnceByHowMuchTheClockWasSetEitherWay) {
  SetBy(-hours(2));
  watch_.Look();
  watch_.Look();
  EXPECT_THAT(log_->Lines(), ElementsAre(HasSubstr("event=clock-set by_seconds=-7200")));
  SetBy(hours(48));
  watch_.Look();
  EXPECT_THAT(log_->Lines(), ElementsAre(HasSubstr("-7200"), HasSubstr("by_seconds=172800")));
}

TEST_F(ClockWatchTest, SaysNothingWhileTimePassesOrIsCorrectedALittle) {
  clock_.Advance(hours(1000));
  watch_.Look();
  SetBy(seconds(20));
  watch_.Look();
  EXPECT_THAT(log_->Lines(), IsEmpty());
}

}  // namespace
}  // namespace hjerte::common
