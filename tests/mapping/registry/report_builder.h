#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A report of one closed course in few words; tests change what they are about.
namespace hjerte::registry::testing {

// A citizen that does not exist: the number fails modulus 11.
inline constexpr std::string_view kCpr = "1503571020";

inline std::string Observation(const std::string& id, const std::string& coding, const std::string& value,
                               const std::string& point = "start", const std::string& date = "2026-01-14") {
  const size_t bar = coding.find('|');
  std::string text =
      R"({"resourceType":"Observation","id":")" + id + R"(","status":"final","code":{"coding":[{"system":")" +
      coding.substr(0, bar) + R"(","code":")" + coding.substr(bar + 1) +
      R"("}]},"basedOn":[{"reference":"ServiceRequest/course"}],"effectiveDateTime":")" + date + "\"," + value;
  if (!point.empty()) {
    text +=
        R"(,"category":[{"coding":[{"system":"http://hjertegateway.dk/fhir/CodeSystem/measurement-point","code":")" +
        point + R"("}]}])";
  }
  return text + "}";
}

inline std::string Quantity(const std::string& number, const std::string& unit) {
  return R"("valueQuantity":{"value":)" + number + R"(,"code":")" + unit + R"("})";
}

inline std::string Walk(const std::string& id, const std::string& metres, const std::string& point) {
  return Observation(id, "http://loinc.org|64098-7", Quantity(metres, "m"), point);
}

inline std::string Own(const std::string& id, const std::string& variable, const std::string& value,
                       const std::string& point = "start") {
  return Observation(id, "http://hjertegateway.dk/fhir/CodeSystem/variable|" + variable, value, point);
}

inline std::string Smoking(const std::string& id, const std::string& code, const std::string& point) {
  return Observation(
      id, "http://loinc.org|72166-2",
      R"("valueCodeableConcept":{"coding":[{"system":"http://hjertegateway.dk/fhir/CodeSystem/smoking-status","code":")" +
          code + R"("}]})",
      point);
}

inline std::string Session(const std::string& id, const std::string& status, const std::string& date = "2026-02-03",
                           const std::string& cancelled_by = "") {
  std::string extension =
      R"({"url":"http://fhir.kl.dk/prevention/StructureDefinition/BasedOnCarePlanExtension","valueReference":{"reference":"CarePlan/plan"}})";
  if (!cancelled_by.empty()) {
    extension += R"(,{"url":"http://hjertegateway.dk/fhir/StructureDefinition/cancelled-by","valueCode":")" +
                 cancelled_by + R"("})";
  }
  return R"({"resourceType":"Encounter","id":")" + id + R"(","status":")" + status +
         R"(","class":{"code":"AMB"},"type":[{"coding":[{"system":"http://hjertegateway.dk/fhir/CodeSystem/encounter-type","code":"training-session"}]}],"period":{"start":")" +
         date + R"("},"extension":[)" + extension + "]}";
}

inline std::string Offer(const std::string& id, const std::string& code, const std::string& detail) {
  return R"({"resourceType":"CarePlan","id":")" + id +
         R"(","status":"active","intent":"plan","subject":{"reference":"Patient/p"},"basedOn":[{"reference":"CarePlan/plan"}],"activity":[{"detail":{"code":{"coding":[{"system":"urn:oid:1.2.208.176.2.21","code":")" +
         code + R"("}]},)" + detail + "}}]}";
}

inline std::string Training(const std::string& detail = R"("status":"completed")") {
  return Offer("training", "ab87c0b5-40be-4e0a-b749-d9f833bfed2d", detail);
}

inline std::string Diet(const std::string& detail = R"("status":"completed")") {
  return Offer("diet", "cf7a55c2-7061-47ed-b7c5-e29620fe93bf", detail);
}

// The frame every course has, and what a test puts into it.
struct ReportBuilder {
  std::string patient =
      R"({"resourceType":"Patient","id":"p","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"1503571020"}],"address":[{"extension":[{"url":"http://hl7.dk/fhir/core/StructureDefinition/dk-core-municipalityCodes","valueCodeableConcept":{"coding":[{"code":"0751"}]}}]}]})";
  std::string referral =
      R"({"resourceType":"ServiceRequest","id":"course","status":"active","intent":"order","subject":{"reference":"Patient/p"},"authoredOn":"2026-01-05","reasonReference":[{"reference":"Condition/c"}],"category":[{"coding":[{"system":"http://hjertegateway.dk/fhir/CodeSystem/legal-basis","code":"s119"}]}],"extension":[{"url":"http://hjertegateway.dk/fhir/StructureDefinition/referral-source","valueCode":"hospital"}]})";
  std::string condition =
      R"({"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p"},"code":{"coding":[{"system":"urn:oid:1.2.208.176.2.4.12","code":"DI214"}]}})";
  std::string period = R"({"start":"2026-01-14","end":"2026-04-15"})";
  std::string plan_status = "active";
  std::string detail = R"("status":"completed")";
  std::string timestamp = "2026-04-16T08:30:00Z";
  std::vector<std::string> more;

  std::string Plan() const {
    return R"({"resourceType":"CarePlan","id":"plan","status":")" + plan_status +
           R"(","intent":"plan","subject":{"reference":"Patient/p"},"category":[{"coding":[{"system":"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes","code":"5c160c02-e858-4c1f-925a-71ed64844749"}]}],"extension":[{"url":"http://fhir.kl.dk/prevention/StructureDefinition/BasedOnServiceRequestExtension","valueReference":{"reference":"ServiceRequest/course"}}],"period":)" +
           period + R"(,"activity":[{"detail":{)" + detail +
           R"(,"performer":[{"identifier":{"system":"urn:oid:1.2.208.176.1.1","value":"1037791000016002"}}]}}]})";
  }

  std::string Text() const {
    std::string text = R"({"resourceType":"Bundle","type":"collection","timestamp":")" + timestamp + R"(","entry":[)";
    std::vector<std::string> all = {patient, referral, condition, Plan()};
    all.insert(all.end(), more.begin(), more.end());
    for (size_t i = 0; i < all.size(); ++i) text += (i > 0 ? "," : "") + (R"({"resource":)" + all[i] + "}");
    return text + "]}";
  }
};

}  // namespace hjerte::registry::testing
