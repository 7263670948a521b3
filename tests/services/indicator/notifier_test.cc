#include "services/indicator/ingest/notifier.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>

namespace hjerte::indicator {
namespace {

constexpr auto kAtOnce = std::chrono::seconds(10);

// A listener that is called and stays in the call until it may go on.
class NotifierTest : public ::testing::Test {
 protected:
  std::int64_t AddOneThatStays() {
    return notifier_.Add([this] {
      if (!called_.exchange(true)) entered_.set_value();
      go_on_.get_future().wait();
    });
  }

  std::promise<void> entered_, go_on_;
  std::atomic<bool> called_{false};
  Notifier notifier_{std::chrono::milliseconds(1)};
};

// Streams begin and end on gRPC's few threads: whoever waits for a round there holds every other call up.
TEST_F(NotifierTest, WhoComesOrGoesDoesNotWaitForTheOthersOfARound) {
  AddOneThatStays();
  notifier_.Notify();
  entered_.get_future().wait();
  auto came_and_went = std::async(std::launch::async, [&] { notifier_.Remove(notifier_.Add([] {})); });
  EXPECT_EQ(came_and_went.wait_for(kAtOnce), std::future_status::ready);
  go_on_.set_value();
}

TEST_F(NotifierTest, WhoGoesIsNotCalledAnyMoreOnceItIsGone) {
  const std::int64_t number = AddOneThatStays();
  notifier_.Notify();
  entered_.get_future().wait();
  auto gone = std::async(std::launch::async, [&] { notifier_.Remove(number); });
  EXPECT_EQ(gone.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  go_on_.set_value();
  gone.wait();
  std::promise<void> round;
  notifier_.Add([&round, told = false]() mutable {
    if (!std::exchange(told, true)) round.set_value();
  });
  notifier_.Notify();
  round.get_future().wait();
}

}  // namespace
}  // namespace hjerte::indicator
