#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "mapping/json/document.h"
#include "mapping/registry/content/content.h"
#include "mapping/registry/course/assembly.h"
#include "mapping/registry/course/course_record.h"
#include "mapping/registry/finding.h"
#include "mapping/registry/report/report_check.h"
#include "tests/shared.h"

// What the registry's tests share: the shipped content, and reports made from few words.
namespace hjerte::registry::testing {

inline std::filesystem::path DhrdDir() { return tests::SourceDir() / "mapping" / "dhrd"; }

// The shipped content, loaded once for all tests of the program.
inline const std::shared_ptr<const Content>& Dhrd() {
  static const std::shared_ptr<const Content> kContent = [] {
    auto content = LoadContent(DhrdDir());
    EXPECT_TRUE(content.ok()) << content.status();
    return content.ok() ? *content : nullptr;
  }();
  return kContent;
}

inline std::string ReadText(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline json::Document Parsed(std::string_view text) {
  auto document = json::Parse(text);
  EXPECT_TRUE(document.ok()) << document.status() << "\n" << text;
  return document.ok() ? *std::move(document) : json::Document(std::make_unique<json::Arena>(), json::Value());
}

// Noon of 1 August 2026, in UTC microseconds: "now" of the tests.
inline constexpr int64_t kNowUs = 1'785'585'600'000'000;

// The resources of a Bundle with their stamps.
inline std::vector<CurrentResource> ResourcesOf(const json::Value& bundle) {
  std::vector<CurrentResource> resources;
  const json::Value* timestamp = bundle.Find("timestamp");
  for (const json::Value& entry : bundle.Find("entry")->elements()) {
    const json::Value* resource = entry.Find("resource");
    const json::Value* meta = resource->Find("meta");
    const json::Value* stamp = meta != nullptr ? meta->Find("lastUpdated") : nullptr;
    if (stamp == nullptr) stamp = timestamp;
    resources.push_back({*resource, stamp != nullptr ? ParseInstant(stamp->text()).value_or(0) : 0});
  }
  return resources;
}

// The one course of a Bundle as a record.
inline CourseRecord RecordOf(const json::Value& bundle, std::vector<std::string> carried = {},
                             std::string_view authority = "0751", std::string_view today = "2026-08-01") {
  const std::vector<CurrentResource> resources = ResourcesOf(bundle);
  const Assembly assembly = AssembleCourses(*Dhrd(), resources);
  EXPECT_EQ(assembly.courses.size(), 1u);
  ExtractContext context;
  context.authority = authority;
  context.today = *ParseDate(today);
  context.carried = carried;
  if (assembly.courses.empty()) return CourseRecord(Parsed("{}"));
  return ExtractCourse(*Dhrd(), assembly.courses.front(), context);
}

inline std::vector<Finding> Check(const json::Value& bundle) {
  CheckOptions options;
  options.received_at_us = kNowUs;
  return CheckReport(*Dhrd(), bundle, options);
}

inline std::vector<std::string> CodesOf(const std::vector<Finding>& findings) {
  std::vector<std::string> codes;
  for (const Finding& finding : findings) codes.push_back(finding.code);
  return codes;
}

inline const Finding* FindCode(const std::vector<Finding>& findings, std::string_view code) {
  const auto found =
      std::find_if(findings.begin(), findings.end(), [&](const Finding& each) { return each.code == code; });
  return found == findings.end() ? nullptr : &*found;
}

// Codes of the errors alone.
inline std::vector<std::string> Errors(const std::vector<Finding>& findings) {
  std::vector<std::string> codes;
  for (const Finding& finding : findings) {
    if (finding.severity == Severity::kError) codes.push_back(finding.code);
  }
  return codes;
}

}  // namespace hjerte::registry::testing
