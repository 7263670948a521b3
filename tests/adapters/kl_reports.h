#pragma once

#include <string>
#include <utility>

namespace hjerte::adapters::testing {

// One of KL's reports of the same course: day by day a little more is known.
inline std::string Report(int day, const std::string& profile, const std::string& resources) {
  const std::string stamp = "2025-02-0" + std::to_string(day) + "T18:00:00Z";
  return R"({"resourceType":"Bundle","id":"report-)" + std::to_string(day) + R"(","type":"collection","timestamp":")" +
         stamp + R"(","meta":{"profile":[")" + profile + R"("]},"entry":[
    {"fullUrl":"https://kl.example/Patient/p1","resource":{"resourceType":"Patient","id":"p1","deceasedBoolean":false,
      "name":[{"family":"Hemmelig"}],"identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"1502604389"}]}},
    {"fullUrl":"https://kl.example/Organization/o1","resource":{"resourceType":"Organization","id":"o1",
      "identifier":[{"system":"urn:oid:1.2.208.176.1.1","value":"325421000016001"}]}})" +
         resources + "]}";
}

inline constexpr const char* k119 = "http://fhir.kl.dk/prevention/StructureDefinition/klgateway-119-delivery-report";
inline constexpr const char* kCardiac =
    "http://hjertegateway.dk/fhir/StructureDefinition/cardiac-rehabilitation-report";

inline const std::string kSubject = R"("subject":{"reference":"Patient/p1"})";

inline std::string Referral(const std::string& status = "active") {
  return R"(,{"fullUrl":"https://kl.example/Condition/c1","resource":{"resourceType":"Condition","id":"c1",)" +
         kSubject +
         R"(,"code":{"coding":[{"system":"urn:oid:1.2.208.176.2.4.12","code":"DI251"}]}}},
    {"fullUrl":"https://kl.example/ServiceRequest/s1","resource":{"resourceType":"ServiceRequest","id":"s1",
      "meta":{"profile":["http://fhir.kl.dk/prevention/StructureDefinition/klgateway-119-servicerequest"]},
      "intent":"plan","status":")" +
         status + R"(","authoredOn":"2025-01-28",)" + kSubject +
         R"(,"code":{"coding":[{"system":"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes",
      "code":"a71921ea-fe83-441d-933b-cc21d0b3c8c3"}]},"reasonReference":[{"reference":"Condition/c1"}]}})";
}

// Of another course of the same citizen.
inline std::string OtherReferral() {
  std::string other = Referral();
  for (const auto& [from, to] : {std::pair("/s1", "/s2"), {"\"s1", "\"s2"}, {"/c1", "/c2"}, {"\"c1", "\"c2"}}) {
    for (auto at = other.find(from); at != std::string::npos; at = other.find(from)) other.replace(at, 3, to);
  }
  return other.replace(other.find("2025-01-28"), 10, "2025-01-20");
}

inline std::string Plan(const std::string& status, const std::string& end = "") {
  return R"(,{"fullUrl":"https://kl.example/CarePlan/k1","resource":{"resourceType":"CarePlan","id":"k1","intent":"plan",
      "status":"active","category":[{"coding":[{"system":"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes",
      "code":"5c160c02-e858-4c1f-925a-71ed64844749"}]}],"period":{"start":"2025-02-01")" +
         (end.empty() ? "" : R"(,"end":")" + end + "\"") + "}," + kSubject + R"(,"activity":[{"detail":{"status":")" +
         status + R"(","performer":[{"reference":"Organization/o1"}]}}]}})";
}

inline std::string Walk(const std::string& id, const std::string& point, int metres) {
  return R"(,{"fullUrl":"https://kl.example/Observation/)" + id +
         R"(","resource":{"resourceType":"Observation","id":")" + id + R"(","status":"final",)" + kSubject +
         R"(,"basedOn":[{"reference":"ServiceRequest/s1"}],"category":[{"coding":[{
      "system":"http://hjertegateway.dk/fhir/CodeSystem/measurement-point","code":")" +
         point + R"("}]}],"code":{"coding":[{"system":"http://loinc.org","code":"64098-7"}]},
      "effectiveDateTime":"2025-02-01","valueQuantity":{"value":)" +
         std::to_string(metres) + R"(,"system":"http://unitsofmeasure.org","code":"m"}}})";
}

inline std::string OfAnother(std::string report) { return report.replace(report.find("1502604389"), 10, "2203514387"); }

// Its diagnosis is none of the registry's.
inline std::string OfNoCohort(std::string report) { return report.replace(report.find("DI251"), 5, "DE119"); }

// The referral entered in error, without its diagnosis: whether the course is in the cohort cannot be judged by it.
inline std::string ReferralInError(const std::string& authored_on = "") {
  return R"(,{"fullUrl":"https://kl.example/ServiceRequest/s1","resource":{"resourceType":"ServiceRequest","id":"s1",
      "meta":{"profile":["http://fhir.kl.dk/prevention/StructureDefinition/klgateway-119-servicerequest"]},
      "intent":"plan","status":"entered-in-error",)" +
         authored_on + kSubject + R"(,"code":{"coding":[{"system":"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes",
      "code":"a71921ea-fe83-441d-933b-cc21d0b3c8c3"}]}}})";
}

}  // namespace hjerte::adapters::testing
