#include "tests/services/indicator/report_builder.h"

namespace hjerte::indicator::testing {
namespace {

constexpr const char* kBase = "http://hjertegateway.dk/fhir";

std::string Reference(const std::string& target) { return R"({"reference":")" + target + R"("})"; }

std::string Coding(const std::string& system, const std::string& code) {
  return R"({"coding":[{"system":")" + system + R"(","code":")" + code + R"("}]})";
}

std::string Own(const std::string& name) {
  std::string system = kBase;
  system += "/CodeSystem/";
  system += name;
  return system;
}

class Builder {
 public:
  explicit Builder(const CourseReport& course) : c_(course) {}

  std::string Patient() const {
    return R"({"resourceType":"Patient","id":"patient","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":")" +
           c_.cpr +
           R"("}],"address":[{"extension":[{"url":"http://hl7.dk/fhir/core/StructureDefinition/dk-core-municipalityCodes",)"
           R"("valueCodeableConcept":)" +
           Coding("http://hl7.dk/fhir/core/CodeSystem/dk-core-municipality-codes", c_.municipality) +
           R"(}]}],"meta":)" + Meta() + "}";
  }

  std::string Referral() const {
    return R"({"resourceType":"ServiceRequest","id":")" + Id("sr") + R"(","identifier":[{"system":")" +
           std::string(kBase) + R"(/sid/course","value":")" + c_.key + R"("}],"status":")" +
           (c_.entered_in_error ? "entered-in-error" : "active") + R"(","intent":"order","category":[)" +
           Coding(Own("legal-basis"), c_.legal_basis) + R"(],"authoredOn":")" + c_.referred +
           R"(","extension":[{"url":")" + std::string(kBase) +
           R"(/StructureDefinition/referral-source","valueCode":"hospital"}],"subject":)" +
           Reference("Patient/patient") + R"(,"reasonReference":[)" + Reference("Condition/" + Id("condition")) +
           R"(],"meta":)" + Meta() + "}";
  }

  std::string Condition() const {
    return R"({"resourceType":"Condition","id":")" + Id("condition") + R"(","code":)" +
           Coding("urn:oid:1.2.208.176.2.4.12", c_.diagnosis) + R"(,"subject":)" + Reference("Patient/patient") +
           R"(,"meta":)" + Meta() + "}";
  }

  std::string Plan() const {
    std::string period = R"("period":{"start":")" + c_.start + "\"";
    if (!c_.end.empty()) period += R"(,"end":")" + c_.end + "\"";
    const std::string category =
        c_.legal_basis == "s140" ? "f15b2663-94d9-4d0c-a5de-d8bd8e1e4ebb" : "5c160c02-e858-4c1f-925a-71ed64844749";
    return R"({"resourceType":"CarePlan","id":")" + Id("plan") + R"(","extension":[)" + BasedOnReferral() +
           R"(],"status":")" +
           (c_.entered_in_error ? "entered-in-error"
            : c_.end.empty()    ? "active"
                                : "completed") +
           R"(","intent":"plan","category":[)" + Coding("http://fhir.kl.dk/term/CodeSystem/CareSocialCodes", category) +
           "]," + period + R"(},"activity":[{"detail":{"status":")" + c_.status + R"(","performer":[{"identifier":)" +
           R"({"system":"urn:oid:1.2.208.176.1.1","value":"325421000016001"}}]}}],"subject":)" +
           Reference("Patient/patient") + R"(,"meta":)" + Meta() + "}";
  }

  std::string TrainingOffer() const {
    return R"({"resourceType":"CarePlan","id":")" + Id("training") + R"(","basedOn":[)" +
           Reference("CarePlan/" + Id("plan")) +
           R"(],"status":"completed","intent":"plan","activity":[{"detail":{"code":)" +
           Coding("urn:oid:1.2.208.176.2.21", "2abe20c7-c0b4-41c1-b397-52acf36499ef") +
           R"(,"status":"completed"}}],"subject":)" + Reference("Patient/patient") + R"(,"meta":)" + Meta() + "}";
  }

  void AddCitizen(std::vector<std::string>& resources) const {
    resources.push_back(Patient());
    resources.push_back(Referral());
  }

  void AddCourse(std::vector<std::string>& resources) const {
    AddCitizen(resources);
    resources.push_back(Condition());
    resources.push_back(Plan());
    resources.push_back(TrainingOffer());
  }

  void AddSessions(std::vector<std::string>& sessions) const {
    for (int i = 0; i < c_.sessions_planned; ++i) {
      const bool attended = i < c_.sessions_attended;
      std::string extensions =
          R"({"url":"http://fhir.kl.dk/prevention/StructureDefinition/BasedOnCarePlanExtension","valueReference":)" +
          Reference("CarePlan/" + Id("plan")) + "}";
      if (!attended) {
        extensions +=
            R"(,{"url":")" + std::string(kBase) + R"(/StructureDefinition/cancelled-by","valueCode":"no-show"})";
      }
      sessions.push_back(R"({"resourceType":"Encounter","id":")" + Id("session-" + std::to_string(i)) +
                         R"(","extension":[)" + extensions + R"(],"status":")" + (attended ? "finished" : "cancelled") +
                         R"(","class":{"system":)" +
                         R"("http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},"type":[)" +
                         Coding(Own("encounter-type"), "training-session") + R"(],"period":{"start":"2025-03-)" +
                         std::to_string(i + 10 < 28 ? i + 10 : 28) + R"("},"subject":)" + Reference("Patient/patient") +
                         R"(,"meta":)" + Meta() + "}");
    }
  }

  void AddMeasurements(std::vector<std::string>& all) const {
    if (!c_.walk_start.empty()) all.push_back(Walk("start", c_.walk_start, c_.start));
    if (!c_.walk_end.empty()) all.push_back(Walk("end", c_.walk_end, c_.end.empty() ? c_.start : c_.end));
    if (c_.hads) {
      for (const char* variable : {"hads_anxiety", "hads_depression"}) {
        const std::string id = std::string(variable) == "hads_anxiety" ? "anxiety" : "depression";
        all.push_back(Observation(id, "start", Coding(Own("variable"), variable), c_.start, R"("valueInteger":5)"));
      }
    }
  }

  std::string Wrap(const std::vector<std::string>& resources, const std::string& suffix) const {
    std::string bundle = R"({"resourceType":"Bundle",)";
    if (!c_.bundle_id.empty()) bundle += R"("id":")" + c_.bundle_id + suffix + R"(",)";
    bundle += R"("meta":{"profile":[")" + std::string(kBase) +
              R"(/StructureDefinition/cardiac-rehabilitation-report"]},"type":"collection","timestamp":")" + c_.stamp +
              R"(","entry":[)";
    for (std::size_t i = 0; i < resources.size(); ++i) {
      if (i > 0) bundle += ",";
      bundle += R"({"resource":)" + resources[i] + "}";
    }
    return bundle + "]}";
  }

 private:
  std::string Id(const std::string& name) const { return name + "-" + c_.key; }
  std::string Meta() const { return R"({"lastUpdated":")" + c_.stamp + R"("})"; }
  std::string BasedOnReferral() const {
    return R"({"url":"http://fhir.kl.dk/prevention/StructureDefinition/BasedOnServiceRequestExtension",)"
           R"("valueReference":)" +
           Reference("ServiceRequest/" + Id("sr")) + "}";
  }
  std::string Walk(const std::string& point, const std::string& metres, const std::string& on) const {
    return Observation(
        "walk", point, Coding("http://loinc.org", "64098-7"), on,
        R"("valueQuantity":{"value":)" + metres + R"(,"system":"http://unitsofmeasure.org","code":"m","unit":"m"})");
  }
  std::string Observation(const std::string& name, const std::string& point, const std::string& code,
                          const std::string& on, const std::string& value) const {
    return R"({"resourceType":"Observation","id":")" + Id(name + "-" + point) + R"(","status":"final","category":[)" +
           Coding(Own("measurement-point"), point) + R"(],"code":)" + code + R"(,"basedOn":[)" +
           Reference("ServiceRequest/" + Id("sr")) + R"(],"effectiveDateTime":")" + on + R"(","subject":)" +
           Reference("Patient/patient") + "," + value + R"(,"meta":)" + Meta() + "}";
  }

  const CourseReport& c_;
};

bool PassesModulus11(const std::string& cpr) {
  constexpr int kWeights[] = {4, 3, 2, 7, 6, 5, 4, 3, 2, 1};
  int sum = 0;
  for (int i = 0; i < 10; ++i) sum += kWeights[i] * (cpr[i] - '0');
  return sum % 11 == 0;
}

std::string TwoDigits(int number) {
  std::string text = std::to_string(number);
  if (number < 10) text.insert(0, 1, '0');
  return text;
}

}  // namespace

std::string SyntheticCpr(int n) {
  const std::string date = TwoDigits(2 + n % 26) + TwoDigits(1 + n / 26 % 12) + TwoDigits(40 + n / 312 % 30);
  for (int serial = 1001 + n / 9360 * 3;; ++serial) {
    std::string cpr = date + std::to_string(serial);
    if (!PassesModulus11(cpr)) return cpr;
  }
}

std::string CourseReport::Bundle() const {
  const Builder builder(*this);
  std::vector<std::string> resources;
  builder.AddCourse(resources);
  builder.AddSessions(resources);
  builder.AddMeasurements(resources);
  return builder.Wrap(resources, "");
}

std::vector<std::string> CourseReport::Parts() const {
  const Builder builder(*this);
  std::vector<std::string> course;
  builder.AddCourse(course);
  std::vector<std::string> sessions;
  builder.AddCitizen(sessions);
  builder.AddSessions(sessions);
  std::vector<std::string> measurements;
  builder.AddCitizen(measurements);
  builder.AddMeasurements(measurements);
  std::vector<std::string> parts;
  parts.push_back(builder.Wrap(course, "-1"));
  parts.push_back(builder.Wrap(sessions, "-2"));
  parts.push_back(builder.Wrap(measurements, "-3"));
  return parts;
}

std::vector<std::string> CarriedVariables() {
  return {"closure_reason", "training_offer", "sessions_planned", "sessions_attended", "six_minute_walk",
          "smoking",        "hads_anxiety",   "hads_depression",  "diet_treatment"};
}

}  // namespace hjerte::indicator::testing
