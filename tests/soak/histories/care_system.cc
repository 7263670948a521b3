#include "tests/soak/histories/care_system.h"

#include <array>
#include <filesystem>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace hjerte::soak {
namespace {

constexpr int kCoursesAtFirst = 3;

// What an edit changes.
enum class Change : std::uint8_t {
  kCitizen,
  kCitizenBack,
  kDiagnosis,
  kCohort,  // into it or out
  kWalkStart,
  kWalkEnd,
  kSessions,
  kStart,
  kEnd,
  kPresent,
  kInError,
  kFault,
  kMend
};

constexpr std::array<Change, 16> kChanges = {
    Change::kCitizen,  Change::kCitizen, Change::kDiagnosis, Change::kWalkStart,  Change::kWalkStart, Change::kWalkEnd,
    Change::kSessions, Change::kEnd,     Change::kPresent,   Change::kPresent,    Change::kInError,   Change::kFault,
    Change::kMend,     Change::kStart,   Change::kDiagnosis, Change::kCitizenBack};
// Of KL's reports what is hard is who a course is of and whether it is in the cohort.
constexpr std::array<Change, 19> kChangesOfKl = {
    Change::kCitizen, Change::kCitizen,   Change::kCitizen, Change::kCitizen,   Change::kCitizenBack,
    Change::kCohort,  Change::kCohort,    Change::kCohort,  Change::kMend,      Change::kMend,
    Change::kPresent, Change::kDiagnosis, Change::kInError, Change::kWalkStart, Change::kWalkEnd,
    Change::kStart,   Change::kEnd,       Change::kFault,   Change::kDiagnosis};

std::span<const Change> ChangesOf(Format format) {
  return format == Format::kKl ? std::span<const Change>(kChangesOfKl) : std::span<const Change>(kChanges);
}

void Apply(CareCourse& course, int index, Change change, unsigned value, Format format) {
  const int number = static_cast<int>(value % 1000);
  const bool none = number % 3 == 0;
  switch (change) {
    case Change::kCitizen:
      course.citizen = number / 4 % kCitizens;
      break;
    case Change::kCitizenBack:
      course.citizen = index % kCitizens;
      break;
    case Change::kDiagnosis:
      course.diagnosis = number % kDiagnoses;
      break;
    case Change::kCohort:
      course.diagnosis = none ? 0 : kOtherDiagnosis;
      break;
    case Change::kWalkStart:
      course.walk_start = none ? 0 : 400 + number % 5 * 10;
      break;
    case Change::kWalkEnd:
      course.walk_end = none ? 0 : 450 + number % 4 * 10;
      break;
    case Change::kSessions:
      course.sessions = number % 3;
      break;
    case Change::kStart:
      course.start_day = 10 + number % 5;
      break;
    case Change::kEnd:
      course.end_day = none ? 0 : 10 + number % 3;
      break;
    case Change::kPresent:
      // The first stays, so that no extract is empty.
      course.present = index == 0 || !course.present;
      course.error_told = static_cast<ErrorTold>(number % 3);
      break;
    case Change::kInError:
      course.in_error = !course.in_error;
      course.error_told = static_cast<ErrorTold>(number % 3);
      break;
    case Change::kFault:
      course.fault = static_cast<Fault>(number % (format == Format::kKl ? 2 : 3));
      break;
    case Change::kMend:
      course.fault = Fault::kNone;
      course.in_error = false;
      course.diagnosis = 0;
      course.present = true;
      break;
  }
}

int IndexOf(unsigned which) { return static_cast<int>(which % kCourses); }

// So much of a text as tenths, at least one.
void Cut(std::string& text, unsigned tenths) { text.resize(text.size() * (tenths % 9 + 1) / 10); }

}  // namespace

CareSystem::CareSystem(const tests::TemporaryFolder& folder, const Circumstances& given,
                       const common::ManualClock& clock)
    : folder_(folder), given_(given), clock_(clock), courses_(kCourses) {
  std::filesystem::create_directories(folder_ / "drop");
  for (int i = 0; i < kCourses; ++i) {
    CareCourse& course = courses_[static_cast<std::size_t>(i)];
    course.citizen = i % kCitizens;
    course.present = i < kCoursesAtFirst;
    course.changed_s = Seconds();
  }
}

void CareSystem::Edit(const Event& event) {
  const int index = IndexOf(event.which);
  CareCourse& course = courses_[static_cast<std::size_t>(index)];
  course.changed_s = Seconds();
  const std::span<const Change> changes = ChangesOf(given_.format);
  const auto value = static_cast<unsigned>(event.how / changes.size());
  Apply(course, index, changes[event.how % changes.size()], value, given_.format);
  if (given_.format == Format::kKl && value % 4 != 0) Report(index, value % 3 + 1);
}

void CareSystem::Tell(const Event& event) {
  if (given_.format == Format::kKl) Report(IndexOf(event.which), event.how % 3 + 1);
}

void CareSystem::Extract(const Event& event) {
  if (given_.format == Format::kKl) {
    for (int i = 0; i < kCourses; ++i) {
      if ((event.which >> static_cast<unsigned>(i) & 1U) != 0) Report(i, 3);
    }
    return;
  }
  const bool partial = given_.format == Format::kJson && event.which % 4 == 0;
  Selection selection;
  if (partial) selection.courses = event.how;
  if (event.how % 7 == 0) {
    selection.twice = IndexOf(event.how / 7);
    selection.first = courses_[static_cast<std::size_t>(selection.twice)];
    selection.first.walk_start = 333;
    selection.first.citizen = (selection.first.citizen + 1) % kCitizens;
  }
  extracts_.push_back(Make(!partial, selection));
  Drop(extracts_.back());
}

void CareSystem::Late(const Event& event) {
  if (given_.format == Format::kKl) {
    if (!reports_.empty()) Put(NextName("r", "-late.json"), reports_[event.which % reports_.size()], clock_.Now());
    return;
  }
  if (extracts_.empty()) return;
  const Given& extract = extracts_[event.which % extracts_.size()];
  if (given_.format == Format::kJson) {
    const bool renamed = event.how % 2 != 0;
    Put(renamed ? NextName("forloeb-9", ".json") : extract.name, extract.json, clock_.Now());
  } else if (given_.folders || !final_) {
    PutCsv(extract);
  }
}

bool CareSystem::Half(const Event& event) {
  if (given_.format == Format::kKl) {
    const int index = IndexOf(event.which);
    std::string text = KlReport(++serial_, index, courses_[static_cast<std::size_t>(index)], true);
    text.resize(text.size() / 2);
    halves_.push_back(absl::StrFormat("r-%05d.json", serial_));
    Put(halves_.back(), text, clock_.Now());
    return false;
  }
  whole_ = Make(true, {});
  Given half = whole_;
  Cut(half.json, event.which);
  const std::array<std::string*, 3> files = {&half.csv.courses, &half.csv.sessions, &half.csv.measurements};
  Cut(*files.at(event.which % files.size()), event.how);
  Drop(half);
  const bool whole_follows = event.how % 2 != 0;
  // CSV files in one folder are written over by the next extract.
  if (!whole_follows && (given_.format == Format::kJson || given_.folders)) halves_.push_back(whole_.name);
  return whole_follows;
}

void CareSystem::WholeAfterHalf() {
  Drop(whole_);
  extracts_.push_back(whole_);
}

void CareSystem::Remove() {
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "drop")) {
    std::filesystem::remove_all(entry.path());
  }
}

void CareSystem::Final() {
  final_ = true;
  for (const std::string& half : halves_) std::filesystem::remove_all(folder_ / ("drop/" + half));
  if (given_.format != Format::kKl) return Drop(Make(true, {}));
  for (int i = 0; i < kCourses; ++i) {
    courses_[static_cast<std::size_t>(i)].changed_s = Seconds();
    Report(i, 3);
  }
}

void CareSystem::Put(const std::string& name, const std::string& text, common::Instant at) {
  std::filesystem::last_write_time(folder_.Write("drop/" + name, text),
                                   std::filesystem::file_time_type::clock::from_sys(at));
}

void CareSystem::PutCsv(const Given& extract) {
  const std::string prefix = given_.folders ? extract.name + "/" : "";
  std::filesystem::create_directories(folder_ / ("drop/" + prefix));
  // The courses last: with them the extract is whole.
  Put(prefix + "sessioner.csv", extract.csv.sessions, extract.at);
  Put(prefix + "maalinger.csv", extract.csv.measurements, extract.at);
  Put(prefix + "forloeb.csv", extract.csv.courses, extract.at);
}

void CareSystem::Drop(const Given& extract) {
  if (given_.format == Format::kJson) return Put(extract.name, extract.json, clock_.Now());
  PutCsv(extract);
}

CareSystem::Given CareSystem::Make(bool complete, const Selection& selection) {
  Given extract{.name = {}, .json = {}, .csv = {}, .at = clock_.Now()};
  const std::string day = TimeText(Seconds()).substr(0, 10);
  if (given_.format == Format::kJson) {
    extract.name = NextName(("forloeb-" + day).c_str(), ".json");
    extract.json = JsonExtract(courses_, selection, given_.stamps, Seconds(), complete);
  } else {
    extract.name = NextName(day.c_str(), "");
    extract.csv = MakeCsvExtract(courses_, selection, given_.stamps);
  }
  return extract;
}

void CareSystem::Report(int index, unsigned which) {
  CareCourse& course = courses_[static_cast<std::size_t>(index)];
  for (const bool second : {false, true}) {
    if ((which >> (second ? 1U : 0U) & 1U) == 0) continue;
    if (second) {
      course.told_walk_start = course.told_walk_start || course.walk_start != 0 || course.fault == Fault::kValue;
      course.told_walk_end = course.told_walk_end || course.walk_end != 0;
    }
    const std::string name = NextName("r", ".json");
    reports_.push_back(KlReport(serial_, index, course, second));
    Put(name, reports_.back(), clock_.Now());
  }
}

std::string CareSystem::NextName(const char* prefix, const char* suffix) {
  return absl::StrFormat("%s-%05d%s", prefix, ++serial_, suffix);
}

}  // namespace hjerte::soak
