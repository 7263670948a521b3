#include <algorithm>
#include <fstream>
#include <iterator>

#include "tests/services/indicator/central_fixture.h"

namespace hjerte::indicator::testing {
namespace {

namespace v1 = hjertegateway::v1;

class Secrecy : public CentralTest {};

TEST_F(Secrecy, NoNumberGetsIntoTheStoreBesideAReport) {
  StartService();
  const std::string cpr = CourseReport{}.cpr;
  const std::string written = cpr.substr(0, 6) + "-" + cpr.substr(6);
  v1::DeliverRequest of_source = Request(CourseReport{}.Bundle());
  of_source.mutable_source()->set_id("extract " + written);
  v1::DeliverRequest of_software = Request(CourseReport{}.Bundle());
  of_software.mutable_source()->set_software(cpr);
  v1::DeliverRequest of_carries = Request(CourseReport{}.Bundle());
  of_carries.mutable_source()->add_carries(written);
  // A report of KL's is mapped, and its id is no part of what comes out of the map.
  const v1::DeliverRequest of_id = Request(
      R"({"resourceType":"Bundle","id":")" + written +
      R"(","type":"collection","timestamp":"2026-01-10T10:00:00Z","meta":{"profile":[)"
      R"("http://fhir.kl.dk/rehab/StructureDefinition/klgateway-140-delivery-report"]},"entry":[{"fullUrl":)"
      R"("https://kl.example/Patient/p1","resource":{"resourceType":"Patient","id":"p1","identifier":[{"system":)"
      R"("urn:oid:1.2.208.176.1.2","value":")" +
      cpr + R"("}]}}]})");
  for (const auto& response : Deliver({of_source, of_software, of_carries, of_id})) {
    ASSERT_TRUE(response.has_rejection()) << response.DebugString();
    const auto& findings = response.rejection().findings();
    EXPECT_TRUE(std::any_of(findings.begin(), findings.end(), [](const v1::Finding& finding) {
      return finding.code() == "report-citizen-number-elsewhere";
    })) << response.DebugString();
  }
}

// People write it in many ways.
TEST_F(Secrecy, TheNumberIsFoundHoweverItsPartsAreSetApart) {
  StartService();
  const std::string cpr = CourseReport{}.cpr;
  const std::string day = cpr.substr(0, 6);
  const std::string serial = cpr.substr(6);
  const std::string dotted = day.substr(0, 2) + "." + day.substr(2, 2) + "." + day.substr(4);
  const std::vector<std::string> ways = {
      day + "\u2013" + serial,
      day + " - " + serial,
      day + "  " + serial,
      day + "." + serial,
      day + "/" + serial,
      day + "\u202F" + serial,
      dotted + "-" + serial,
      dotted + " " + serial,
      day.substr(0, 2) + " " + day.substr(2, 2) + " " + day.substr(4) + " " + serial,
      day.substr(0, 2) + "/" + day.substr(2, 2) + "/19" + day.substr(4) + "-" + serial};
  for (const std::string& written : ways) {
    std::string bundle = CourseReport{}.Bundle();
    const std::string place = R"("resourceType":"ServiceRequest",)";
    bundle.insert(bundle.find(place) + place.size(), R"("patientInstruction":"Borger )" + written + R"(, ring",)");
    const auto responses = Deliver({Request(bundle)});
    ASSERT_EQ(responses.size(), 1U);
    ASSERT_TRUE(responses[0].has_rejection()) << written;
    const auto& findings = responses[0].rejection().findings();
    EXPECT_TRUE(std::any_of(findings.begin(), findings.end(), [](const v1::Finding& finding) {
      return finding.code() == "report-citizen-number-elsewhere";
    })) << written;
  }
}

TEST_F(Secrecy, WhatNamesAPersonIsNotKept) {
  StartService();
  std::string bundle = CourseReport{}.Bundle();
  const auto put_after = [&bundle](const std::string& place, const std::string& text) {
    const std::size_t at = bundle.find(place);
    ASSERT_NE(at, std::string::npos) << place;
    bundle.insert(at + place.size(), text);
  };
  const std::string note =
      R"("text":{"status":"generated","div":"<div>Bo Hemmelig</div>"},"note":[{"text":"Hemmelig"}],)";
  put_after("\"entry\":[", R"({"resource":{"resourceType":"RelatedPerson","id":"r1","patient":{"display":"Hemmelig"},)"
                           R"("identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"0405661235"}]}},)");
  put_after(R"("resourceType":"Patient",)", note + R"("name":[{"family":"Hemmelig"}],"telecom":[{"value":"12345678"}],)"
                                                   R"("contact":[{"name":{"text":"Hemmelig 040566-1235"}}],)");
  put_after(R"("resourceType":"ServiceRequest",)",
            note + R"("requester":{"identifier":{"value":"x"},"display":"Dr. Hemmelig"},)");
  const auto responses = Deliver({Request(bundle)});
  ASSERT_TRUE(responses.at(0).has_receipt()) << responses[0].DebugString();
  EXPECT_EQ(Live().at("K1").denominator(), 1) << "the course counts all the same";
  StopService();
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string stored{std::istreambuf_iterator<char>(in), {}};
    for (const char* secret : {"Hemmelig", "12345678", "0405661235", "040566-1235"}) {
      EXPECT_EQ(stored.find(secret), std::string::npos) << secret << " in " << entry.path();
    }
  }
}

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
