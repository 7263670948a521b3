#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/soak/histories/story.h"

namespace hjerte::soak {

inline constexpr int kCourses = 5;
inline constexpr int kCitizens = 4;
inline constexpr int kDiagnoses = 4;
// Of a course's diagnoses the one outside the cohort, and none.
inline constexpr int kOtherDiagnosis = 2;
inline constexpr int kNoDiagnosis = 3;

// How a KL report tells that a course is in error: with all it held, without the diagnosis, or by its id alone.
enum class ErrorTold : std::uint8_t { kWhole, kWithoutDiagnosis, kBare };

// What makes a course unfit to be sent.
enum class Fault : std::uint8_t { kNone, kValue, kDate };

// One course as its care system knows it.
struct CareCourse {
  int citizen = 0;
  int diagnosis = 0;
  int walk_start = 400;  // metres; 0: not measured
  int walk_end = 0;
  int sessions = 1;
  int start_day = 10;  // of January 2025
  int end_day = 0;     // of May 2025; 0: it goes on
  bool present = true;
  bool in_error = false;
  ErrorTold error_told = ErrorTold::kWhole;
  Fault fault = Fault::kNone;
  std::int64_t changed_s = 0;  // when anything of it was changed last
  // What a KL report ever held of it, and is taken back by name.
  bool told_walk_start = false;
  bool told_walk_end = false;
};

// The three files of a CSV extract.
struct CsvExtract {
  std::string courses;
  std::string sessions;
  std::string measurements;
};

// Which courses an extract holds.
struct Selection {
  unsigned courses = ~0U;  // a bit for each
  // One of them stands in it twice, first like this; below 0: none does.
  int twice = -1;
  CareCourse first;
};

// The extract of a care system of format json-forloeb, as of that second.
std::string JsonExtract(const std::vector<CareCourse>& courses, const Selection& selection, Stamps stamps,
                        std::int64_t now_s, bool complete);
// The extract of a care system of format csv-forloeb; it is complete.
CsvExtract MakeCsvExtract(const std::vector<CareCourse>& courses, const Selection& selection, Stamps stamps);
// KL's delivery report of a course, or the second Bundle with its measurements.
std::string KlReport(int serial, int index, const CareCourse& course, bool second);

// "2026-03-01T12:00:00Z".
std::string TimeText(std::int64_t seconds);
// The key of a course at its source.
std::string CourseKey(int index);
// The course of every resource that can come of a source of that format, by "Type/id".
std::map<std::string, int> CourseOfEachResource(Format format);

}  // namespace hjerte::soak
