#include "services/common/metrics.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "services/common/file_descriptor.h"

namespace hjerte::common {
namespace {

using testing::HasSubstr;

TEST(Metrics, AreWrittenInPrometheusText) {
  Metrics metrics;
  metrics.AddCounter("hjerte_reports_total", "Reports taken.", {{"result", "accepted"}}).Add(3);
  Gauge queue = metrics.AddGauge("hjerte_queue_bytes", "Waiting.");
  queue.Set(5);
  queue.Add(-2);
  metrics.AddHistogram("hjerte_commit_seconds", "Commits.", {0.1, 1}).Observe(0.5);
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("# HELP hjerte_reports_total Reports taken."));
  EXPECT_THAT(text, HasSubstr("hjerte_reports_total{result=\"accepted\"} 3"));
  EXPECT_THAT(text, HasSubstr("hjerte_queue_bytes 3"));
  EXPECT_THAT(text, HasSubstr("hjerte_commit_seconds_bucket{le=\"1\"} 1"));
}

TEST(Metrics, TheSameNameAndLabelsAreTheSameMetric) {
  Metrics metrics;
  metrics.AddCounter("a_total", "A.", {{"x", "1"}}).Add(1);
  metrics.AddCounter("a_total", "A.", {{"x", "1"}}).Add(1);
  metrics.AddCounter("a_total", "A.", {{"x", "2"}}).Add(7);
  EXPECT_THAT(metrics.Text(), testing::AllOf(HasSubstr("a_total{x=\"1\"} 2"), HasSubstr("a_total{x=\"2\"} 7")));
}

TEST(Metrics, ALabelCannotHoldANumberOfACitizen) {
  Metrics metrics;
  metrics.AddCounter("a_total", "A.", {{"who", "0102031234"}}).Add(1);
  EXPECT_THAT(metrics.Text(), testing::AllOf(HasSubstr("[cpr]"), testing::Not(HasSubstr("1234"))));
}

std::string Get(int port, const std::string& path) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) return "no connection";
  const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
  ::send(socket.get(), request.data(), request.size(), 0);
  std::string answer;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::recv(socket.get(), buffer, sizeof(buffer), 0)) > 0;) {
    answer.append(buffer, static_cast<std::size_t>(got));
  }
  return answer;
}

TEST(MetricsListener, ServesTheMetricsOverHttp) {
  Metrics metrics;
  metrics.AddCounter("a_total", "A.").Add(4);
  const absl::StatusOr<std::unique_ptr<MetricsListener>> listener = MetricsListener::Start(metrics, "127.0.0.1:0");
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_THAT(Get((*listener)->port(), "/metrics"), HasSubstr("a_total 4"));
  EXPECT_FALSE(MetricsListener::Start(metrics, "127.0.0.1:" + std::to_string((*listener)->port())).ok());
}

}  // namespace
}  // namespace hjerte::common
