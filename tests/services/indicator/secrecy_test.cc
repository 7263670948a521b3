#include <fstream>
#include <iterator>

#include "tests/services/indicator/central_fixture.h"

namespace hjerte::indicator::testing {
namespace {

namespace v1 = hjertegateway::v1;

class Secrecy : public CentralTest {};

TEST_F(Secrecy, NoCprStandsInTheStoreTheLogOrTheMetrics) {
  StartService();
  std::vector<std::string> numbers;
  std::vector<v1::DeliverRequest> requests;
  for (int i = 0; i < 30; ++i) {
    CourseReport course{.key = "course-" + std::to_string(i), .cpr = SyntheticCpr(i)};
    if (i % 5 == 0) course.walk_start = "99999";  // refused
    numbers.push_back(course.cpr);
    requests.push_back(Request(course.Bundle()));
  }
  std::string answers;
  for (const auto& response : Deliver(requests)) answers += response.DebugString();
  for (const auto& change : Export("", "registry-dhrd")) answers += change.DebugString();
  const std::string metrics = service_->metrics().Text();
  StopService();
  std::string stored;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    std::ifstream in(entry.path(), std::ios::binary);
    stored.append(std::istreambuf_iterator<char>(in), {});
  }
  std::string logged;
  for (const std::string& line : log_->Lines()) logged += line;
  for (const std::string& number : numbers) {
    const std::string hyphened = number.substr(0, 6) + "-" + number.substr(6);
    for (const std::string* place : std::initializer_list<const std::string*>{&stored, &logged, &metrics, &answers}) {
      EXPECT_EQ(place->find(number), std::string::npos);
      EXPECT_EQ(place->find(hyphened), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace hjerte::indicator::testing
