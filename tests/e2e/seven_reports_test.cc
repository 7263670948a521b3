// One course of one citizen in seven KL reports and their second Bundles, through the real programs.
#include <algorithm>
#include <set>

#include "services/tool/simulation/calendar.h"
#include "services/tool/simulation/chance.h"
#include "services/tool/simulation/kl_reports.h"
#include "tests/e2e/installation.h"

namespace hjerte::tests {
namespace {

using testing::HasSubstr;

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

// What the central service knows in the end.
struct Known {
  std::string records;
  std::string figures;
};

// Each run of the adapter finds `at_once` more reports than the one before.
Known Deliver(const std::vector<tool::KlFile>& files, std::size_t at_once) {
  Installation house;
  house.Declare({{.code = kAuthority, .format = "kl", .second_bundle = true}});
  house.LayOut();
  house.StartCentral();
  for (std::size_t i = 0; i < files.size(); ++i) {
    house.Drop(kAuthority, std::to_string(100 + i) + ".json", files[i].json);
    if ((i + 1) % at_once == 0 || i + 1 == files.size()) house.Deliver({kAuthority});
  }
  const Outcome quarantine = house.AskAdapter(kAuthority, {"quarantine", "list"});
  EXPECT_EQ(quarantine.exit_code, 0) << quarantine.out;
  return {house.Records(), house.Figures("year", "sex")};
}

void ExpectEqual(const Known& known, const Known& expected) {
  EXPECT_EQ(known.records, expected.records);
  EXPECT_EQ(known.figures, expected.figures);
}

std::vector<tool::KlFile> Shuffled(std::vector<tool::KlFile> files, std::uint64_t seed) {
  tool::Chance chance(seed, 7);
  for (std::size_t i = files.size() - 1; i > 0; --i) {
    std::swap(files[i], files[static_cast<std::size_t>(chance.Below(static_cast<std::int64_t>(i) + 1))]);
  }
  return files;
}

TEST(SevenReports, AndTheirSecondBundlesGiveTheSameCourseAndFiguresInWhateverOrderAndHoweverOften) {
  const std::vector<tool::KlFile> files = SevenReports();
  std::set<std::string> ids;
  for (const tool::KlFile& file : files) ids.insert(file.id);
  ASSERT_EQ(ids.size(), 14u) << "seven reports and a second Bundle beside each";

  const Known in_order = Deliver(files, 1);
  EXPECT_EQ(std::count(in_order.records.begin(), in_order.records.end(), '\n'), 1);
  // He stopped smoking, walks 442 m after 401 m, which is just enough, and held 5 of 6 counted sessions: yes to all
  // six.
  for (const char* indicator : {"K1", "K2", "K3", "K4", "K5", "K6"}) {
    EXPECT_THAT(in_order.figures,
                HasSubstr(std::string(indicator) + ",municipality,0751,Aarhus,year,2023,total,,1,1,100.0"));
  }
  ExpectEqual(Deliver({files.rbegin(), files.rend()}, 1), in_order);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ExpectEqual(Deliver(Shuffled(files, seed), seed), in_order);
  }
  std::vector<tool::KlFile> twice = Shuffled(files, 4);
  for (const tool::KlFile& file : Shuffled(files, 5)) twice.push_back(file);
  ExpectEqual(Deliver(twice, 4), in_order);
}

}  // namespace
}  // namespace hjerte::tests
