// Resources written once: what their content is told by is also what travels.
#include "adapters/reports/resource_text.h"

#include <gtest/gtest.h>

#include "adapters/reports/resource_versions.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"

namespace hjerte::adapters {
namespace {

constexpr std::int64_t kStampUs = 1'767'261'600'250'000;  // 2026-01-01T10:00:00.25Z
constexpr const char* kInstant = "2026-01-01T10:00:00.250Z";

class ResourceTextTest : public ::testing::TestWithParam<const char*> {
 protected:
  json::Arena arena_;
  json::Value resource_ = *json::ParseInto(arena_, GetParam());
};

TEST_P(ResourceTextTest, SaysNothingOfItsStamp) {
  EXPECT_EQ(WriteResource(resource_, arena_).text.find("lastUpdated"), std::string::npos);
}

TEST(ResourceText, IsTheSameWhateverTheStamp) {
  json::Arena arena;
  for (const char* rest : {R"("profile":["x"],)", ""}) {
    std::string one;
    for (const char* stamp : {"2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"}) {
      const std::string json = R"({"resourceType":"Patient","meta":{)" + std::string(rest) + R"("lastUpdated":")" +
                               stamp + R"("},"id":"p"})";
      const std::string text(WriteResource(*json::ParseInto(arena, json), arena).text);
      EXPECT_EQ(one.empty() ? text : one, text);
      one = text;
    }
  }
}

TEST_P(ResourceTextTest, TravelsWithItsStampAsCanonicalJson) {
  std::string travelling;
  AppendStamped(WriteResource(resource_, arena_), kInstant, travelling);
  EXPECT_EQ(travelling, json::WriteCanonical(WithStamp(resource_, kStampUs, arena_)));
}

TEST_P(ResourceTextTest, StandsInAReportAsTheReportsJsonHasIt) {
  const std::vector<StampedResource> resources = {
      {.ref = "Patient/p", .resource = resource_, .text = WriteResource(resource_, arena_), .stamp_us = kStampUs},
      {.ref = "Observation/0a1b2c3d-0000-5000-8000-000000000001",
       .resource = resource_,
       .text = WriteResource(resource_, arena_),
       .stamp_us = kStampUs + 1}};
  EXPECT_EQ(WriteReport(resources, kStampUs + 1), json::WriteCanonical(MakeReport(resources, kStampUs + 1, arena_)));
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, ResourceTextTest,
    ::testing::Values(R"({"resourceType":"Patient","id":"p"})",
                      R"({"resourceType":"Patient","meta":{"lastUpdated":"2025-01-01T00:00:00Z"},"id":"p"})",
                      R"({"meta":{"profile":["x"],"lastUpdated":"2025-01-01T00:00:00Z"},"resourceType":"Patient"})",
                      R"({"meta":{"id":"a","extension":[{"url":"u"}]},"resourceType":"Patient"})",
                      R"({"meta":{"versionId":"2","lastUpdated":"x","id":"a"},"resourceType":"Patient","z":"Æ \"q\""})",
                      R"({"meta":{},"resourceType":"Patient"})", R"({"meta":"none","resourceType":"Patient"})",
                      R"({"meta":{"lastUpdated":"x"}})", R"({"id":"p","meta":{"lastUpdated":"x"}})", R"({"id":"p"})",
                      R"({})"));

}  // namespace
}  // namespace hjerte::adapters
