#include "services/tool/simulation/kl_cardiac.h"

#include <array>
#include <map>

#include "services/tool/simulation/export_text.h"

namespace hjerte::tool {
namespace {

constexpr const char* kOwn = "http://hjertegateway.dk/fhir/";
constexpr const char* kLoinc = "http://loinc.org";

struct Code {
  const char* system;
  const char* code;
};

// In the order of Measure; without a system our own variable code is used.
constexpr std::array<Code, 16> kCodes = {{{kLoinc, "64098-7"},
                                          {nullptr, nullptr},
                                          {nullptr, nullptr},
                                          {"urn:oid:1.2.208.184.100.8", "MCS88050"},
                                          {kLoinc, "72166-2"},
                                          {kLoinc, "29463-7"},
                                          {kLoinc, "8302-2"},
                                          {kLoinc, "8280-0"},
                                          {kLoinc, "8480-6"},
                                          {kLoinc, "8462-4"},
                                          {nullptr, nullptr},
                                          {nullptr, nullptr},
                                          {nullptr, nullptr},
                                          {nullptr, nullptr},
                                          {nullptr, nullptr},
                                          {nullptr, nullptr}}};

std::string Ucum(std::string_view unit) {
  if (unit == "MET") return "[MET]";
  if (unit == "mmHg") return "mm[Hg]";
  if (unit == "mmol/l") return "mmol/L";
  if (unit == "pund") return "[lb_av]";
  return std::string(unit);
}

bool IsQuestionnaire(Measure test) {
  return test == Measure::kHeartQol || test == Measure::kHjerteKostFat || test == Measure::kHjerteKostFish;
}

bool IsWholeNumber(Measure test) {
  return test == Measure::kSitToStand || test == Measure::kHadsAnxiety || test == Measure::kHadsDepression;
}

class CardiacResources {
 public:
  CardiacResources(const Course& course, const KlReferences& references, std::vector<KlResource>& resources)
      : course_(course), references_(references), resources_(resources) {}

  void Add() {
    if (!course_.procedure.empty()) Procedure();
    for (const Session& session : course_.sessions) TrainingSession(session);
    std::map<std::string, std::vector<const Measurement*>> answers;
    for (const Measurement& measurement : course_.measurements) {
      if (!IsQuestionnaire(measurement.test)) {
        Observation(measurement);
      } else {
        const std::string name = measurement.test == Measure::kHeartQol ? "heartqol" : "hjertekost";
        answers[name + (measurement.point == Point::kStart ? "/start" : "/end")].push_back(&measurement);
      }
    }
    for (const auto& [name, items] : answers) Questionnaire(name, items);
  }

 private:
  JsonText Begin(const std::string& type, const std::string& id) const {
    JsonText json;
    json.Object().Text("resourceType", type).Text("id", id);
    json.Object("subject").Text("reference", "Patient/" + references_.patient).End();
    return json;
  }

  void Push(const std::string& type, const std::string& id, JsonText json, bool faulty = false) {
    json.End();
    resources_.push_back({type, id, json.Take(), KlBundle::kCardiac, false, faulty});
  }

  void BasedOn(JsonText& json) const {
    json.Array("basedOn").Object().Text("reference", "ServiceRequest/" + course_.key).End().End();
  }

  void Coding(JsonText& json, std::string_view key, const std::string& system, const std::string& code) const {
    json.Object(key).Array("coding").Object().Text("system", system).Text("code", code).End().End().End();
  }

  void Procedure() {
    const std::string id = NamedUuid(course_.key, "procedure");
    JsonText json = Begin("Procedure", id);
    json.Text("status", "completed");
    BasedOn(json);
    Coding(json, "code", "urn:oid:1.2.208.176.2.4.12", course_.procedure);
    Push("Procedure", id, std::move(json));
  }

  void TrainingSession(const Session& session) {
    constexpr const char* kStatus[] = {"planned", "finished", "cancelled", "entered-in-error"};
    constexpr const char* kBy[] = {"", "provider", "citizen", "no-show"};
    const std::string id = NamedUuid(course_.key, "session" + std::to_string(session.number));
    JsonText json = Begin("Encounter", id);
    json.Array("extension").Object();
    json.Text("url", "http://fhir.kl.dk/prevention/StructureDefinition/BasedOnCarePlanExtension");
    json.Object("valueReference").Text("reference", "CarePlan/" + references_.plan).End().End();
    if (session.status == SessionStatus::kCancelled && session.cancelled_by != CancelledBy::kUnknown) {
      json.Object().Text("url", std::string(kOwn) + "StructureDefinition/cancelled-by");
      json.Text("valueCode", kBy[static_cast<size_t>(session.cancelled_by)]).End();
    }
    json.End().Text("status", kStatus[static_cast<size_t>(session.status)]);
    json.Object("class").Text("code", "AMB").Text("system", "http://terminology.hl7.org/CodeSystem/v3-ActCode").End();
    json.Array("type");
    Coding(json, "", std::string(kOwn) + "CodeSystem/encounter-type", "training-session");
    json.End().Object("period").Text("start", IsoDate(session.date)).End();
    Push("Encounter", id, std::move(json));
  }

  void Observation(const Measurement& measurement) {
    const std::string id = NamedUuid(course_.key, "measurement" + std::to_string(measurement.number));
    const ExportedValue exported = ValueToExport(measurement);
    const Code& code = kCodes[static_cast<size_t>(measurement.test)];
    JsonText json = Begin("Observation", id);
    json.Text("status", "final");
    BasedOn(json);
    json.Array("category");
    Coding(json, "", std::string(kOwn) + "CodeSystem/measurement-point",
           measurement.point == Point::kStart ? "start" : "end");
    json.End();
    const bool own = code.system == nullptr;
    Coding(json, "code", own ? std::string(kOwn) + "CodeSystem/variable" : code.system,
           own ? VariableId(measurement) : code.code);
    json.Text("effectiveDateTime", IsoDate(measurement.date));
    if (measurement.test == Measure::kSmoking) {
      constexpr const char* kSmoking[] = {"", "smoker", "former", "never", "unknown"};
      Coding(json, "valueCodeableConcept", std::string(kOwn) + "CodeSystem/smoking-status",
             kSmoking[static_cast<size_t>(measurement.smoking)]);
    } else if (IsWholeNumber(measurement.test)) {
      json.Raw("valueInteger", DecimalText(exported.value, '.'));
    } else {
      json.Object("valueQuantity").Raw("value", DecimalText(exported.value, '.'));
      json.Text("system", "http://unitsofmeasure.org").Text("code", Ucum(exported.unit)).End();
    }
    Push("Observation", id, std::move(json), measurement.faulty);
  }

  void Questionnaire(const std::string& name, const std::vector<const Measurement*>& items) {
    const std::string id = NamedUuid(course_.key, name);
    JsonText json = Begin("QuestionnaireResponse", id);
    json.Text("questionnaire", std::string(kOwn) + "Questionnaire/" + name.substr(0, name.find('/')));
    json.Text("status", "completed");
    BasedOn(json);
    json.Array("extension").Object().Text("url", std::string(kOwn) + "StructureDefinition/measurement-point");
    json.Text("valueCode", name.substr(name.find('/') + 1)).End().End();
    json.Text("authored", IsoDate(items.front()->date));
    json.Array("item");
    for (const Measurement* item : items) {
      const std::string link = item->test == Measure::kHeartQol        ? std::to_string(item->item)
                               : item->test == Measure::kHjerteKostFat ? "fat"
                                                                       : "fish_fruit_veg";
      json.Object().Text("linkId", link).Array("answer").Object();
      json.Raw("valueInteger", DecimalText(item->value, '.')).End().End().End();
    }
    json.End();
    Push("QuestionnaireResponse", id, std::move(json));
  }

  const Course& course_;
  const KlReferences& references_;
  std::vector<KlResource>& resources_;
};

}  // namespace

KlReferences KlReferencesOf(const Course& course) {
  return {NamedUuid(course.cpr, "patient"), NamedUuid(course.key, "provider"), NamedUuid(course.key, "condition"),
          NamedUuid(course.key, "plan")};
}

void AddCardiacResources(const Course& snapshot, const KlReferences& references, std::vector<KlResource>& resources) {
  CardiacResources(snapshot, references, resources).Add();
}

}  // namespace hjerte::tool
