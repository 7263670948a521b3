#include <atomic>
#include <thread>

#include "tests/services/indicator/central_fixture.h"

namespace hjerte::indicator::testing {
namespace {

namespace v1 = hjertegateway::v1;

class Overload : public CentralTest {
 protected:
  std::vector<v1::DeliverRequest> Backlog(const std::string& authority, int first, int count) const {
    std::vector<v1::DeliverRequest> requests;
    for (int n = first; n < first + count; ++n) {
      CourseReport course{.key = "course-" + std::to_string(n), .cpr = SyntheticCpr(n)};
      course.municipality = authority;
      course.sessions_planned = 2;
      course.sessions_attended = 2;
      requests.push_back(Request(course.Bundle(), authority));
    }
    return requests;
  }
};

TEST_F(Overload, AnAuthorityWithManyStreamsDoesNotStarveOneWithASingleStream) {
  config_.ingest.reports_in_flight_max = 8;
  config_.reports_per_commit_max = 8;
  StartService();
  constexpr int kStreams = 8;
  constexpr int kReports = 60;
  ChannelOf("adapter-0101");
  ChannelOf("adapter-0751");
  std::atomic<std::int64_t> many = 0;
  std::vector<std::thread> streams;
  for (int i = 0; i < kStreams; ++i) {
    streams.emplace_back([this, i, &many] {
      Deliver(Backlog("0101", 1000 + i * kReports, kReports), "adapter-0101");
      ++many;
    });
  }
  // Begins when the others hold every place.
  const auto service = [this] { return service_->metrics().Text(); };
  while (service().find("outcome=\"accepted\"} 0") != std::string::npos) std::this_thread::yield();
  const auto responses = Deliver(Backlog("0751", 1, kReports), "adapter-0751");
  for (std::thread& stream : streams) stream.join();
  ASSERT_EQ(responses.size(), static_cast<std::size_t>(kReports));
  // Between its first report and its last the other authority got about as many places as it did, not eight times; what
  // a stream waits for its own client is left room for.
  const std::int64_t span = responses.back().receipt().commit_seq() - responses.front().receipt().commit_seq();
  EXPECT_LE(span, 6 * kReports);
}

}  // namespace
}  // namespace hjerte::indicator::testing
