#include "services/common/metrics.h"

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

}  // namespace
}  // namespace hjerte::common
