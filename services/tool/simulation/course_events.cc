// Training sessions and measurements of a course.
#include <algorithm>

#include "services/tool/simulation/course_maker.h"

namespace hjerte::tool {
namespace {

class EventMaker {
 public:
  EventMaker(Chance& chance, Course& course)
      : chance_(chance),
        course_(course),
        // An unfinished course goes on for a while and then falls silent.
        last_(course.end ? *course.end : *course.start + static_cast<Day>(chance.Between(10, 120))),
        completed_(course.closure == Closure::kCompleted) {}

  void Make() {
    if (course_.offers.training == Offer::kYes) {
      if (!chance_.Permille(20)) MakeSessions();
      MakeTests();
    }
    MakeSmoking();
    MakeScreening();
    MakeBody();
    MakeQuestionnaires();
  }

 private:
  void MakeSessions() {
    // Two or three a week; who drops out stays away for a while first.
    const int weekly = chance_.Permille(600) ? 3 : 2;
    const Day absent_from =
        course_.closure == Closure::kStopped ? last_ - static_cast<Day>(chance_.Between(0, 28)) : last_ + 1;
    const int care = static_cast<int>(chance_.Between(20, 250));  // how often this citizen stays away, in permille
    for (Day day = *course_.start + 2; day <= last_ && course_.sessions.size() < 110; ++day) {
      const int weekday = WeekdayOf(day);
      if (!(weekday == 0 || weekday == 3 || (weekly == 3 && weekday == 4))) continue;
      Session session;
      session.number = static_cast<int>(course_.sessions.size()) + 1;
      session.date = day;
      Draw(session, day >= absent_from ? 900 : care);
      course_.sessions.push_back(session);
    }
  }

  void Draw(Session& session, int away_permille) {
    if (chance_.Permille(45)) {
      session.status = SessionStatus::kCancelled;
      session.cancelled_by = CancelledBy::kProvider;
    } else if (chance_.Permille(away_permille)) {
      session.status = SessionStatus::kCancelled;
      constexpr CancelledBy kBy[] = {CancelledBy::kCitizen, CancelledBy::kNoShow, CancelledBy::kUnknown};
      session.cancelled_by = kBy[chance_.Weighted({55, 40, 5})];
    } else if (chance_.Permille(8)) {
      session.status = SessionStatus::kPlanned;  // nobody wrote down whether it was held
    } else if (chance_.Permille(4)) {
      session.status = SessionStatus::kEnteredInError;
    }
  }

  void Add(Measure test, Point point, Decimal value, int item = 0) {
    Measurement measurement;
    measurement.number = static_cast<int>(course_.measurements.size()) + 1;
    measurement.test = test;
    measurement.item = item;
    measurement.point = point;
    measurement.date = point == Point::kStart ? *course_.start + static_cast<Day>(chance_.Between(0, 6)) : last_;
    measurement.date = std::min(measurement.date, last_);
    measurement.value = value;
    measurement.other_unit = chance_.Permille(60);
    course_.measurements.push_back(measurement);
  }

  void MakeTests() {
    const int kind = chance_.Weighted({620, 170, 90, 60, 60});
    if (kind == 0 || kind == 3) MakePair(Measure::kWalk, chance_.Bell(430, 95), 0, 120, 860);
    if (kind == 1 || kind == 3) MakePair(Measure::kErgometer, chance_.Bell(110, 30), 0, 30, 380);
    if (kind == 2) MakePair(Measure::kMet, chance_.Bell(62, 14), 1, 20, 160);
    if (kind != 4 && chance_.Permille(300)) MakePair(Measure::kSitToStand, chance_.Bell(14, 4), 0, 1, 45);
  }

  // A test at the start and, for most, at the end; some rise by exactly a tenth, some by just less.
  void MakePair(Measure test, int64_t begin, int digits, int64_t low, int64_t high) {
    if (chance_.Permille(40)) return;
    begin = chance_.Permille(5) ? 0 : std::clamp(begin, low, high);
    Add(test, Point::kStart, {begin, digits});
    if (!course_.end || !chance_.Permille(completed_ ? 880 : 250)) return;
    int64_t end = begin + begin * chance_.Bell(13, 11) / 100;
    if (chance_.Permille(60)) end = (begin * 11 + 9) / 10 - (chance_.Permille(500) ? 1 : 0);
    Add(test, Point::kEnd, {std::clamp(end, int64_t{0}, high + high / 10), digits});
  }

  void AddSmoking(Point point, Smoking smoking) {
    if (smoking == Smoking::kMissing) return;
    Add(Measure::kSmoking, point, {});
    course_.measurements.back().smoking = smoking;
  }

  void MakeSmoking() {
    constexpr Smoking kKinds[] = {Smoking::kSmoker, Smoking::kFormer, Smoking::kNever, Smoking::kUnknown,
                                  Smoking::kMissing};
    const Smoking start = kKinds[chance_.Weighted({230, 430, 300, 20, 20})];
    AddSmoking(Point::kStart, start);
    if (!course_.end || chance_.Permille(completed_ ? 50 : 300)) return;
    // Of smokers with an answer at the end, three in ten are ex-smokers.
    const Smoking end = start == Smoking::kSmoker ? kKinds[chance_.Weighted({660, 290, 15, 25, 10})] : start;
    AddSmoking(Point::kEnd, end);
  }

  void MakeScreening() {
    const int kind = chance_.Weighted({750, 15, 15, 220});
    const auto score = [&] { return Decimal{std::clamp<int64_t>(chance_.Bell(5, 4), 0, 21), 0}; };
    const bool at_end = course_.end && chance_.Permille(completed_ ? 550 : 100);
    const bool at_start = !at_end || chance_.Permille(800);
    for (const Point point : {Point::kStart, Point::kEnd}) {
      if (!(point == Point::kStart ? at_start : at_end)) continue;
      if (kind == 0 || kind == 1) Add(Measure::kHadsAnxiety, point, score());
      if (kind == 0 || kind == 2) Add(Measure::kHadsDepression, point, score());
    }
  }

  void MakeBody() {
    if (chance_.Permille(700)) {
      Add(Measure::kWeight, Point::kStart, {chance_.Bell(850, 130), 1});
      Add(Measure::kHeight, Point::kStart, {chance_.Bell(174, 8), 0});
    }
    if (chance_.Permille(400)) Add(Measure::kWaist, Point::kStart, {chance_.Bell(101, 11), 0});
    if (chance_.Permille(500)) {
      Add(Measure::kSystolic, Point::kStart, {chance_.Bell(134, 14), 0});
      Add(Measure::kDiastolic, Point::kStart, {chance_.Bell(80, 8), 0});
    }
    if (chance_.Permille(300)) Add(Measure::kLdl, Point::kStart, {chance_.Bell(19, 4), 1});
  }

  void MakeQuestionnaires() {
    for (const Point point : {Point::kStart, Point::kEnd}) {
      if (point == Point::kEnd && !completed_) break;
      if (chance_.Permille(250)) {
        for (int item = 1; item <= 14; ++item) Add(Measure::kHeartQol, point, {chance_.Between(0, 3), 0}, item);
      }
      if (chance_.Permille(200)) {
        Add(Measure::kHjerteKostFat, point, {chance_.Between(20, 90), 0});
        Add(Measure::kHjerteKostFish, point, {chance_.Between(20, 90), 0});
      }
    }
  }

  Chance& chance_;
  Course& course_;
  const Day last_;
  const bool completed_;
};

}  // namespace

void MakeEvents(Chance& chance, Course& course) {
  if (course.start) EventMaker(chance, course).Make();
}

}  // namespace hjerte::tool
