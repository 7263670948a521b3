#include "services/tool/simulation/judge.h"

namespace hjerte::tool {
namespace {

// A completed course of a man of 60 after an infarction, in a CSV municipality.
Course ACourse() {
  Course course;
  course.key = "1";
  course.birth = DayOf(1960, 5, 17);
  course.diagnosis = "DI214";
  course.referral = DayOf(2021, 2, 1);
  course.start = DayOf(2021, 2, 10);
  course.end = DayOf(2021, 5, 20);
  course.status = RowStatus::kClosed;
  course.closure = Closure::kCompleted;
  course.offers.training = Offer::kYes;
  return course;
}

void AddSessions(Course& course, int count, SessionStatus status, CancelledBy by = CancelledBy::kUnknown) {
  for (int i = 0; i < count; ++i) {
    Session session;
    session.status = status;
    session.cancelled_by = by;
    course.sessions.push_back(session);
  }
}

void AddPair(Course& course, Measure test, int64_t start, int64_t end) {
  for (const Point point : {Point::kStart, Point::kEnd}) {
    Measurement measurement;
    measurement.test = test;
    measurement.point = point;
    measurement.value = {point == Point::kStart ? start : end, 0};
    course.measurements.push_back(measurement);
  }
}

void AddSmoking(Course& course, Point point, Smoking smoking) {
  Measurement measurement;
  measurement.test = Measure::kSmoking;
  measurement.point = point;
  measurement.smoking = smoking;
  course.measurements.push_back(measurement);
}

State StateOf(const Course& course, int indicator) {
  return Judge(course, Municipality{}).answers[static_cast<size_t>(indicator - 1)].state;
}

Reason ReasonOf(const Course& course, int indicator) {
  return Judge(course, Municipality{}).answers[static_cast<size_t>(indicator - 1)].reason;
}

TEST(Judge, FourFifthsOfTheSessionsIsEnough) {
  Course course = ACourse();
  AddSessions(course, 16, SessionStatus::kHeld);
  AddSessions(course, 4, SessionStatus::kCancelled, CancelledBy::kNoShow);
  AddSessions(course, 5, SessionStatus::kCancelled, CancelledBy::kProvider);
  EXPECT_EQ(StateOf(course, 2), State::kYes);
  AddSessions(course, 1, SessionStatus::kPlanned);
  EXPECT_EQ(StateOf(course, 2), State::kNo);
}

TEST(Judge, SessionsOfTheProvidersCancellingAreNotPlanned) {
  Course course = ACourse();
  AddSessions(course, 5, SessionStatus::kCancelled, CancelledBy::kProvider);
  EXPECT_EQ(ReasonOf(course, 2), Reason::kNoPlannedSession);
}

TEST(Judge, NoSessionAtAllIsMissingWhereThereWasTraining) {
  Course course = ACourse();
  EXPECT_EQ(StateOf(course, 2), State::kUnknown);
  course.offers.training = Offer::kDeclined;
  EXPECT_EQ(ReasonOf(course, 2), Reason::kNoPlannedSession);
}

TEST(Judge, ATenthMoreIsEnoughAndOneOfSeveralTestsToo) {
  Course course = ACourse();
  EXPECT_EQ(StateOf(course, 3), State::kUnknown);
  AddPair(course, Measure::kWalk, 400, 439);
  EXPECT_EQ(StateOf(course, 3), State::kNo);
  AddPair(course, Measure::kErgometer, 100, 110);
  EXPECT_EQ(StateOf(course, 3), State::kYes);
}

TEST(Judge, AStartOfZeroIsNoTestPair) {
  Course course = ACourse();
  AddPair(course, Measure::kWalk, 0, 300);
  EXPECT_EQ(StateOf(course, 3), State::kUnknown);
}

TEST(Judge, WhoNeverSmokedCannotEndAsNeverHavingBeenASmoker) {
  Course course = ACourse();
  EXPECT_EQ(ReasonOf(course, 4), Reason::kSmokingStartUnknown);
  AddSmoking(course, Point::kStart, Smoking::kSmoker);
  EXPECT_EQ(StateOf(course, 4), State::kUnknown);
  AddSmoking(course, Point::kEnd, Smoking::kNever);
  EXPECT_EQ(StateOf(course, 4), State::kUnknown);
  course.measurements.back().smoking = Smoking::kFormer;
  EXPECT_EQ(StateOf(course, 4), State::kYes);
}

TEST(Judge, DeathAfterTheCourseDoesNotExclude) {
  Course course = ACourse();
  course.death = DayOf(2021, 5, 21);
  EXPECT_EQ(StateOf(course, 1), State::kYes);
  course.death = DayOf(2021, 5, 20);
  EXPECT_EQ(ReasonOf(course, 1), Reason::kDied);
}

TEST(Judge, WhoIsSeventeenAtTheStartIsOutside) {
  Course course = ACourse();
  course.birth = DayOf(2003, 2, 11);
  EXPECT_FALSE(Judge(course, Municipality{}).in_population);
  course.birth = DayOf(2003, 2, 10);
  EXPECT_TRUE(Judge(course, Municipality{}).in_population);
}

TEST(Judge, WhatTheSourceDoesNotCarryIsUnknown) {
  Course course = ACourse();
  AddSessions(course, 5, SessionStatus::kHeld);
  Municipality kl;
  kl.format = Format::kKl;
  course.legal_basis = LegalBasis::kS140;
  const Judged judged = Judge(course, kl);
  EXPECT_EQ(judged.answers[0].state, State::kYes);
  for (const size_t indicator : {1, 2, 4, 5}) EXPECT_EQ(judged.answers[indicator].state, State::kUnknown);
  EXPECT_EQ(judged.answers[3].reason, Reason::kSmokingStartUnknown);
  course.legal_basis = LegalBasis::kS119;
  EXPECT_EQ(Judge(course, kl).answers[4].state, State::kNo);
}

TEST(Judge, AnOperationComesBeforeTheDiagnosis) {
  Course course = ACourse();
  EXPECT_EQ(GroupOf(course, true), DiagnosisGroup::kAmi);
  course.procedure = "KFNG02";
  EXPECT_EQ(GroupOf(course, true), DiagnosisGroup::kPci);
  EXPECT_EQ(GroupOf(course, false), DiagnosisGroup::kAmi);
  course.procedure = "KFNC10";
  EXPECT_EQ(GroupOf(course, true), DiagnosisGroup::kCabg);
}

}  // namespace
}  // namespace hjerte::tool
