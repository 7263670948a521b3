// The real programs, killed without warning in the middle of a long run: tests/soak/kill, and a part of it in ctest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "services/common/sqlite.h"
#include "tests/e2e/installation.h"

namespace hjerte::tests {
namespace {

using testing::HasSubstr;

constexpr int kReports = 20'000;
// About a fifth of what care systems hold is no cardiac rehabilitation and stays there.
constexpr double kCoursesForAReport = 1.28;
constexpr int kKills = 10;
constexpr std::chrono::seconds kDeadline(1800);

// How many reports the central service holds, read beside it.
class CommittedReports {
 public:
  explicit CommittedReports(const std::filesystem::path& file) {
    auto opened = common::Database::Open({.file = file, .read_only = true});
    EXPECT_TRUE(opened.ok()) << opened.status();
    database_ = *std::move(opened);
  }
  std::int64_t Count() {
    auto statement = database_->Prepare("SELECT coalesce(max(commit_seq), 0) FROM log");
    if (!statement.ok() || !statement->Step().value_or(false)) return 0;
    return statement->Integer(0);
  }

 private:
  std::unique_ptr<common::Database> database_;
};

// Whom the next kill hits.
enum class Victim { kCentral, kAdapter, kBoth };

struct Kill {
  // When so many reports are committed.
  std::int64_t at = 0;
  Victim victim = Victim::kCentral;
  std::size_t adapter = 0;
};

std::vector<Kill> DrawKills(std::int64_t reports, std::size_t adapters, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Kill> kills;
  for (int i = 0; i < kKills; ++i) {
    kills.push_back({.at = static_cast<std::int64_t>(random() % static_cast<unsigned>(reports * 19 / 20)),
                     .victim = static_cast<Victim>(i % 3),
                     .adapter = random() % adapters});
  }
  std::sort(kills.begin(), kills.end(), [](const Kill& a, const Kill& b) { return a.at < b.at; });
  return kills;
}

// An installation whose adapters and central service start again at once when they were killed.
class Disturbed {
 public:
  explicit Disturbed(Installation& house) : house_(house), codes_(house.codes()) {
    for (const std::string& code : codes_) {
      house_.EditConfig("adapter-" + code + ".yaml", "gateway:\n",
                        "gateway:\n  retry_first: 50ms\n  retry_max: 400ms\n");
    }
    house_.StartCentral();
    for (const std::string& code : codes_) adapters_[code] = house_.StartAdapter(code);
  }

  void Run(const std::vector<Kill>& kills) {
    CommittedReports committed(house_.central_database());
    for (const Kill& kill : kills) {
      ASSERT_TRUE(WaitUntil([&] { return committed.Count() >= kill.at; }, kDeadline)) << kill.at;
      Strike(kill);
    }
    for (auto& [code, adapter] : adapters_) {
      const std::optional<int> ended = adapter->Wait(kDeadline);
      ASSERT_TRUE(ended == 0 || ended == 1) << code << " ended with " << ended.value_or(-1);
    }
  }
  int in_the_middle() const { return in_the_middle_; }

 private:
  void Strike(const Kill& kill) {
    const std::string& code = codes_[kill.adapter];
    bool running = true;
    if (kill.victim != Victim::kCentral) {
      running = adapters_.at(code)->IsRunning();
      adapters_.at(code)->Kill();
    }
    if (kill.victim != Victim::kAdapter) {
      house_.central().Kill();
      house_.StartCentral();
    }
    if (kill.victim != Victim::kCentral) adapters_[code] = house_.StartAdapter(code);
    in_the_middle_ += running ? 1 : 0;
  }

  Installation& house_;
  const std::vector<std::string> codes_;
  std::map<std::string, std::unique_ptr<Program>> adapters_;
  int in_the_middle_ = 0;
};

int ReportsToSend() {
  const char* reports = std::getenv("HJERTE_KILL_REPORTS");
  return reports != nullptr ? std::atoi(reports) : kReports;
}

// Member of a flat JSON object whose values are texts.
std::string TextMember(const std::string& object, const std::string& name) {
  const std::string key = "\"" + name + "\":\"";
  const std::size_t at = object.find(key);
  if (at == std::string::npos) return "";
  return object.substr(at + key.size(), object.find('"', at + key.size()) - at - key.size());
}

// "0751,F0751100000,2021-06-14" for the record of each course that has ended.
std::vector<std::string> ExportedCourses(const std::string& records) {
  std::vector<std::string> courses;
  std::istringstream lines(records);
  for (std::string line; std::getline(lines, line);) {
    const std::string end = TextMember(line, "end_date");
    if (end.empty()) continue;
    courses.push_back(TextMember(line, "authority") + "," + TextMember(line, "course_key") + "," + end);
  }
  std::sort(courses.begin(), courses.end());
  return courses;
}

// The same of courses_truth.csv: what is known at the centre, has ended and is not entered in error.
std::vector<std::string> TrueCourses(const std::filesystem::path& file) {
  enum Column : std::size_t { kAuthority = 0, kCourseKey = 1, kKnown = 2, kClosed = 3, kEnteredInError = 9 };
  std::vector<std::string> courses;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> fields;
    std::istringstream parts(line);
    for (std::string field; std::getline(parts, field, ',');) fields.push_back(field);
    if (fields.size() <= kEnteredInError || fields[kKnown] != "yes" || fields[kEnteredInError] != "no") continue;
    if (!fields[kClosed].empty()) {
      courses.push_back(fields[kAuthority] + "," + fields[kCourseKey] + "," + fields[kClosed]);
    }
  }
  std::sort(courses.begin(), courses.end());
  return courses;
}

// What only one of two sorted lists has, a line each.
std::string Difference(const std::vector<std::string>& left, const std::vector<std::string>& right) {
  std::vector<std::string> differing;
  std::set_symmetric_difference(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(differing));
  std::string lines;
  for (const std::string& line : differing) lines += line + "\n";
  return lines;
}

// Everything that was sent has arrived, once.
void ExpectNothingLostOrTwice(const Installation& house, std::int64_t reports_min) {
  const std::int64_t committed = CommittedReports(house.central_database()).Count();
  EXPECT_GE(committed, reports_min);
  std::int64_t sent = 0;
  for (const std::string& code : house.codes()) {
    const std::string outbox = house.AskAdapter(code, {"outbox"}).out;
    EXPECT_THAT(outbox, HasSubstr("waiting reports 0 "));
    const std::string key = "courses: sent ";
    sent += std::atoll(outbox.c_str() + outbox.find(key) + key.size());
  }
  EXPECT_EQ(committed, sent) << "each care system tells each course once, so every report is a course";
  EXPECT_EQ(Difference(ExportedCourses(house.Records()), TrueCourses(house.data() / "courses_truth.csv")), "");
}

// Lets the adapters of an installation deliver what was simulated, with nothing in their way; gives the course records.
std::string UndisturbedRecords(const std::filesystem::path& data) {
  Installation house;
  std::filesystem::copy(data, house.data(), std::filesystem::copy_options::recursive);
  house.LayOut();
  Disturbed run(house);
  run.Run({});
  return house.Records();
}

std::vector<std::string> SortedLines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST(Kill, TenTimesAtRandomMomentsOfALongRunLeavesTheFiguresOfAnUndisturbedOne) {
  const int reports = ReportsToSend();
  const int courses = static_cast<int>(reports * kCoursesForAReport);
  Installation house;
  house.Simulate({"--municipalities", "4", "--courses", std::to_string(courses), "--waves", "1", "--formats", "json",
                  "--seed", "6"});
  house.LayOut();
  Disturbed run(house);
  run.Run(DrawKills(reports, house.codes().size(), 20'000));
  EXPECT_GE(run.in_the_middle(), 8) << "most kills hit a program that was busy";
  // The truth was computed without the programs: what an undisturbed run gives, e2e.FiguresEqualTruth shows.
  const Outcome compared = house.CompareWithTruth();
  EXPECT_EQ(compared.exit_code, 0) << compared.out;
  ExpectNothingLostOrTwice(house, reports);
  EXPECT_EQ(Difference(SortedLines(house.Records()), SortedLines(UndisturbedRecords(house.data()))), "");
}

}  // namespace
}  // namespace hjerte::tests
