#include "tests/e2e/json_course.h"

#include <gtest/gtest.h>

namespace hjerte::tests {
namespace {

bool PassesModulus11(const std::string& cpr) {
  constexpr int kWeights[] = {4, 3, 2, 7, 6, 5, 4, 3, 2, 1};
  int sum = 0;
  for (std::size_t i = 0; i < cpr.size(); ++i) sum += kWeights[i] * (cpr[i] - '0');
  return sum % 11 == 0;
}

}  // namespace

std::string SomebodysCpr(int number) {
  std::string cpr = std::to_string(1602605000 + 10 * number);
  while (PassesModulus11(cpr)) ++cpr.back();
  return cpr;
}

std::string JsonCourse(const std::string& id, int citizen) {
  return R"({"id":")" + id + R"(","borger":{"cpr":")" + SomebodysCpr(citizen) +
         R"(","kommune":"0751"},"leverandoer":"451007511600571","lov":"119","henvisning":{"dato":"2025-01-02","fra":"laege"},)"
         R"("diagnose":"DI214","forloeb":{"start":"2025-01-10","slut":"2025-03-20","tilstand":"afsluttet",)"
         R"("aarsag":"gennemfoert"},"tilbud":{"traening":"ja"},"traeninger":[],"maalinger":[{"id":")" +
         id +
         R"(-M","dato":"2025-01-10","punkt":"start","kode":"six_minute_walk","vaerdi":400,"enhed":"m"}],)"
         R"("aendret":"2025-03-21T10:00:00Z"})";
}

std::string JsonFile(const std::string& records) {
  return R"({"udtraek":"2025-04-01T22:00:00Z","komplet":false,"forloeb":[)" + records + "]}";
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

}  // namespace hjerte::tests
