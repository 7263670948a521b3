#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/tool/simulation/citizen.h"
#include "services/tool/simulation/course.h"

namespace hjerte::tool {

// Makes courses whose distributions follow the figures published for Danish municipalities: 28.8 % drop out, 71–79 %
// are screened for anxiety and depression, 30 % of smokers are ex-smokers at the end. What is not published is a guess.
class CourseMaker {
 public:
  // Courses that close in the years first … last. The municipalities must outlive the maker.
  CourseMaker(uint64_t seed, int first_year, int last_year, const Calendar& calendar,
              const std::vector<Municipality>& municipalities);

  // The next course of a municipality, `index` counted from 0 there. To be called municipality by municipality.
  Course Make(size_t municipality, int index);

 private:
  // A citizen whom an earlier course of this municipality ended for, or who was transferred to it.
  struct Earlier {
    Citizen citizen;
    Day free_from;
    // Where he lived then; empty for a newcomer. Each course keeps the residence it had.
    std::string residence = {};
  };

  Earlier WhoComes(Chance& chance, size_t municipality, Day earliest);
  void MakeReferral(Chance& chance, const Municipality& municipality, Course& course);
  std::string DrawResidence(Chance& chance, const Municipality& municipality);
  std::string ResidenceNow(Chance& chance, const Municipality& municipality, const std::string& before);
  void MakeDiagnosis(Chance& chance, Course& course);
  void MakeEnd(Chance& chance, size_t municipality, Course& course);
  void MakeOffers(Chance& chance, Course& course);
  void Remember(Chance& chance, size_t municipality, const Course& course);

  uint64_t seed_;
  Day first_day_;
  Day last_day_;
  const Calendar& calendar_;
  const std::vector<Municipality>& municipalities_;
  CitizenRegister citizens_;
  size_t current_ = 0;
  std::vector<Earlier> returning_;
  std::vector<std::vector<Earlier>> transferred_;
};

// Training sessions and measurements of a course; part of CourseMaker::Make.
void MakeEvents(Chance& chance, Course& course);

// Late records, duplicates' originals, corrections, deletions and mistakes; part of CourseMaker::Make. The format
// decides which mistakes can be made.
void MakeMistakes(Chance& chance, const Calendar& calendar, Format format, Course& course);

}  // namespace hjerte::tool
