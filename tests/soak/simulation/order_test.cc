#include <algorithm>
#include <sstream>

#include "hjertegateway/v1/delivery.pb.h"
#include "services/common/crypto.h"
#include "services/common/encoding.h"
#include "services/common/time_text.h"
#include "tests/services/indicator/report_builder.h"
#include "tests/soak/simulation/end_state.h"
#include "tests/temporary_folder.h"

namespace hjerte::soak {
namespace {

using indicator::testing::CourseReport;
using indicator::testing::SyntheticCpr;

// Programs with sanitizers are many times slower.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kCases = 100;
#else
constexpr std::uint64_t kCases = 1'000;
#endif

// One report as it is delivered, and what it is for people.
struct Told {
  std::string request;
  std::string what;
};

Told Tell(const std::string& authority, const std::string& source, std::size_t carried, const CourseReport& course,
          const std::string& bundle, std::size_t part) {
  hjertegateway::v1::DeliverRequest request;
  request.set_authority(authority);
  request.set_delivery_id(common::ToHex(common::Sha256(authority + source + bundle)));
  request.mutable_source()->set_id(source);
  const std::vector<std::string> carries = indicator::testing::CarriedVariables();
  for (std::size_t i = 0; i < carried; ++i) request.mutable_source()->add_carries(carries[i]);
  request.set_fhir_bundle_json(bundle);
  std::ostringstream what;
  what << authority << " " << source << " " << course.key << " part " << part << " citizen " << course.cpr.substr(0, 4)
       << " stamp " << course.stamp << " end " << course.end << " walk " << course.walk_end << " attended "
       << course.sessions_attended << (course.entered_in_error ? " in error" : "");
  return {.request = request.SerializeAsString(), .what = what.str()};
}

// Few courses, citizens, stamps and values, so that versions meet: equal stamps with other content, the same content
// again, values that go back, courses that move between citizens and come back from an error, parts before the whole.
std::vector<Told> MakeReports(std::uint64_t seed) {
  common::SeededRandom random(seed);
  const auto one = [&random](std::initializer_list<const char*> choices) {
    return std::string(*(choices.begin() + random.Below(choices.size())));
  };
  std::vector<Told> reports;
  const std::uint64_t count = 3 + random.Below(5);
  for (std::uint64_t i = 0; i < count; ++i) {
    CourseReport course{.key = one({"course-a", "course-b"}),
                        .cpr = SyntheticCpr(1 + static_cast<int>(random.Below(2))),
                        .stamp = one({"2026-01-10T10:00:00Z", "2026-01-11T10:00:00Z", "2026-01-12T10:00:00Z"}),
                        .end = one({"2025-06-01", "2025-08-15", ""}),
                        .entered_in_error = random.Below(4) == 0,
                        .walk_end = one({"", "430", "500"})};
    course.status = course.end.empty() ? "in-progress" : "completed";
    course.sessions_planned = 1;
    course.sessions_attended = static_cast<int>(random.Below(2));
    course.hads = random.Below(2) == 0;
    const std::string authority = one({"0751", "0751", "0101"});
    const std::string source = one({"eoj", "eoj", "other"});
    const std::size_t carried = source == "eoj" ? 9 : 5;
    const std::size_t part = random.Below(5);
    const std::string bundle = part < 3 ? course.Parts()[part] : course.Bundle();
    reports.push_back(Tell(authority, source, carried, course, bundle, part));
  }
  return reports;
}

const Ground& SharedGround() {
  static const auto ground = Ground::Load();
  EXPECT_TRUE(ground.ok()) << ground.status();
  return **ground;
}

class Order : public testing::Test {
 protected:
  Order() {
    EXPECT_TRUE(central_.Start().ok());
    central_.Stop();
    empty_ = disk_.Save();
  }

  // What the central service holds after the reports in that order.
  EndState After(const std::vector<const Told*>& reports, common::Random& random) {
    disk_.Load(*empty_);
    EXPECT_TRUE(central_.Start().ok());
    for (const Told* report : reports) {
      central_.Receive(0, report->request);
      // Together in one commit, or not.
      while (random.Below(2) == 0 && central_.Work()) {
      }
    }
    while (central_.Work()) {
    }
    auto state = ReadEndState(central_, disk_, true);
    EXPECT_TRUE(state.ok()) << state.status();
    central_.Stop();
    if (!state.ok()) return {};
    state->log.clear();
    state->content_macs.clear();
    return *std::move(state);
  }

  // Whether two orders of the reports, one of them with some twice, end the same.
  bool Converges(const std::vector<Told>& reports, std::uint64_t seed) {
    common::SeededRandom random(seed);
    const auto shuffled = [&](bool twice) {
      std::vector<const Told*> order;
      for (const Told& report : reports) {
        order.push_back(&report);
        if (twice && random.Below(3) == 0) order.push_back(&report);
      }
      for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.Below(i)]);
      return order;
    };
    const EndState one = After(shuffled(false), random);
    const EndState other = After(shuffled(true), random);
    return one.resources == other.resources && one.courses == other.courses && one.exported == other.exported &&
           one.figures == other.figures;
  }

  // The fewest of the reports that still do not converge.
  std::vector<Told> Shrink(std::vector<Told> reports, std::uint64_t seed) {
    const auto fails = [&](const std::vector<Told>& some) {
      for (std::uint64_t attempt = 0; attempt < 20; ++attempt) {
        if (!Converges(some, seed + attempt)) return true;
      }
      return false;
    };
    for (std::size_t i = 0; i < reports.size();) {
      std::vector<Told> fewer = reports;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
      if (fails(fewer)) {
        reports = std::move(fewer);
      } else {
        ++i;
      }
    }
    return reports;
  }

  tests::TemporaryFolder folder_;
  common::SeededRandom random_{1};
  std::chrono::microseconds now_{0};
  SimDisk disk_{random_};
  SimNet net_{random_};
  NodeClock clock_{now_, *common::ParseInstant("2026-02-01T09:00:00Z")};
  CentralNode central_{SharedGround(), (folder_ / "central.db").string(),
                       disk_,          net_,
                       clock_,         random_,
                       Plant::kNone,   [this](const std::string&, std::int64_t) { ++receipts_; }};
  std::shared_ptr<const SimDisk::Image> empty_;
  std::int64_t receipts_ = 0;
};

TEST_F(Order, OfReportsDecidesNothingWhateverTheySay) {
  for (std::uint64_t seed = 1; seed <= kCases; ++seed) {
    const std::vector<Told> reports = MakeReports(seed);
    if (Converges(reports, seed)) continue;
    std::string fewest;
    for (const Told& report : Shrink(reports, seed)) fewest += "\n  " + report.what;
    FAIL() << "seed " << seed << ": two orders of these end differently:" << fewest;
  }
  EXPECT_GT(receipts_, static_cast<std::int64_t>(kCases)) << "the reports are fit to be accepted";
}

}  // namespace
}  // namespace hjerte::soak
