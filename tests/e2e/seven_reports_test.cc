#include <algorithm>
#include <fstream>
#include <set>

#include "services/tool/simulation/calendar.h"
#include "services/tool/simulation/chance.h"
#include "services/tool/simulation/kl_reports.h"
#include "tests/e2e/installation_fixture.h"

namespace hjerte::tests {
namespace {

constexpr const char* kAuthority = "0751";

tool::Municipality AMunicipality() {
  tool::Municipality municipality;
  municipality.code = kAuthority;
  municipality.format = tool::Format::kKl;
  municipality.second_bundle = true;
  municipality.sor = "451002301600403";
  return municipality;
}

// Tells a course day by day, as a care system would report it.
class Story {
 public:
  explicit Story(const std::string& cpr) : municipality_(AMunicipality()), reports_(municipality_) {
    course_.key = tool::NamedUuid("seven", "reports");
    course_.cpr = cpr;
    course_.residence = kAuthority;
    course_.provider_sor = "451002301600401";
    course_.diagnosis = "DI214";
    course_.procedure = "KFNG02";
    course_.referral = tool::DayOf(2023, 1, 10);
  }

  tool::Course& course() { return course_; }

  void Measure(tool::Measure test, tool::Point point, int64_t value, int digits = 0) {
    tool::Measurement measurement;
    measurement.number = static_cast<int>(course_.measurements.size()) + 1;
    measurement.test = test;
    measurement.point = point;
    measurement.date = *course_.start;
    measurement.value = {value, digits};
    course_.measurements.push_back(measurement);
  }

  void Smokes(tool::Point point, tool::Smoking smoking) {
    Measure(tool::Measure::kSmoking, point, 0);
    course_.measurements.back().smoking = smoking;
  }

  void Train(tool::Day date, tool::SessionStatus status, tool::CancelledBy by = tool::CancelledBy::kUnknown) {
    tool::Session session;
    session.number = static_cast<int>(course_.sessions.size()) + 1;
    session.date = date;
    session.status = status;
    session.cancelled_by = by;
    course_.sessions.push_back(session);
  }

  // The care system sends what changed.
  void Evening(tool::Day day) {
    for (tool::KlFile& file : reports_.On(day, course_)) files_.push_back(std::move(file));
  }

  std::vector<tool::KlFile> TakeFiles() { return std::move(files_); }

 private:
  tool::Municipality municipality_;
  tool::KlReports reports_;
  tool::Course course_;
  std::vector<tool::KlFile> files_;
};

// A smoker of the section 119 trains, stops smoking, walks further, sees a dietitian and completes: seven evenings.
std::vector<tool::KlFile> SevenReports() {
  using tool::DayOf;
  Story story("1705604170");
  tool::Course& course = story.course();
  story.Evening(DayOf(2023, 1, 10));
  course.start = DayOf(2023, 1, 23);
  story.Smokes(tool::Point::kStart, tool::Smoking::kSmoker);
  story.Evening(DayOf(2023, 1, 23));
  course.offers.training = tool::Offer::kYes;
  story.Measure(tool::Measure::kWalk, tool::Point::kStart, 401);
  story.Measure(tool::Measure::kHadsAnxiety, tool::Point::kStart, 7);
  story.Train(DayOf(2023, 2, 2), tool::SessionStatus::kPlanned);
  story.Evening(DayOf(2023, 1, 30));
  course.offers.diet = tool::Offer::kYes;
  course.sessions[0].status = tool::SessionStatus::kHeld;
  story.Measure(tool::Measure::kHadsDepression, tool::Point::kStart, 3);
  story.Train(DayOf(2023, 2, 9), tool::SessionStatus::kHeld);
  story.Evening(DayOf(2023, 2, 9));
  course.offers.education = tool::Offer::kYes;
  course.diagnosis = "DI252B";  // corrected
  story.Train(DayOf(2023, 2, 16), tool::SessionStatus::kCancelled, tool::CancelledBy::kProvider);
  story.Train(DayOf(2023, 2, 23), tool::SessionStatus::kCancelled, tool::CancelledBy::kNoShow);
  story.Evening(DayOf(2023, 2, 23));
  course.offers.psychosocial = tool::Offer::kYes;
  for (int week = 0; week < 3; ++week) story.Train(DayOf(2023, 3, 2) + 7 * week, tool::SessionStatus::kHeld);
  story.Evening(DayOf(2023, 3, 16));
  course.end = DayOf(2023, 4, 3);
  course.closure = tool::Closure::kCompleted;
  course.status = tool::RowStatus::kClosed;
  story.Smokes(tool::Point::kEnd, tool::Smoking::kFormer);
  story.Measure(tool::Measure::kWalk, tool::Point::kEnd, 442);
  story.Evening(DayOf(2023, 4, 3));
  return story.TakeFiles();
}

// What the central service knows after the reports were delivered one by one, each with a run of the adapter.
struct Known {
  std::string records;
  std::string figures;
};

Known DeliverOneByOne(const std::vector<tool::KlFile>& files) {
  Installation installation;
  installation.Declare({{.code = kAuthority, .format = "kl", .second_bundle = true}});
  installation.LayOut();
  installation.StartCentral();
  int number = 100;
  for (const tool::KlFile& file : files) {
    std::ofstream(installation.drop(kAuthority) / (std::to_string(++number) + ".json")) << file.json;
    installation.Deliver({kAuthority});
  }
  const Outcome records = installation.Export();
  EXPECT_EQ(records.exit_code, 0) << records.err;
  return {records.out, installation.Figures("year", "sex")};
}

TEST(SevenReports, AreSevenAndTheirSecondBundles) {
  std::set<std::string> ids;
  for (const tool::KlFile& file : SevenReports()) ids.insert(file.id);
  EXPECT_EQ(ids.size(), 14u);
}

TEST(SevenReports, GiveTheSameCourseAndFiguresInWhateverOrderAndHoweverOften) {
  const std::vector<tool::KlFile> files = SevenReports();
  const Known in_order = DeliverOneByOne(files);
  // K2: 5 of 6 held; K3: 442 m of 401 m is just enough; K4, K5, K6 and K1: yes.
  for (const char* indicator : {"K1", "K2", "K3", "K4", "K5", "K6"}) {
    EXPECT_THAT(in_order.figures, testing::HasSubstr(std::string(indicator) + ",municipality,0751"));
  }
  std::vector<tool::KlFile> other(files.rbegin(), files.rend());
  const Known reversed = DeliverOneByOne(other);
  EXPECT_EQ(reversed.records, in_order.records);
  EXPECT_EQ(reversed.figures, in_order.figures);
  tool::Chance chance(7, 7);
  for (size_t i = other.size() - 1; i > 0; --i)
    std::swap(other[i], other[static_cast<size_t>(chance.Below(static_cast<int64_t>(i) + 1))]);
  const Known shuffled = DeliverOneByOne(other);
  EXPECT_EQ(shuffled.records, in_order.records);
  EXPECT_EQ(shuffled.figures, in_order.figures);
  other.insert(other.end(), files.begin(), files.end());
  const Known twice = DeliverOneByOne(other);
  EXPECT_EQ(twice.records, in_order.records);
  EXPECT_EQ(twice.figures, in_order.figures);
}

}  // namespace
}  // namespace hjerte::tests
