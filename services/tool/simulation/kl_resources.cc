#include "services/tool/simulation/kl_resources.h"

#include "services/tool/simulation/chance.h"
#include "services/tool/simulation/closing_reason.h"
#include "services/tool/simulation/export_text.h"
#include "services/tool/simulation/kl_cardiac.h"

namespace hjerte::tool {
namespace {

constexpr const char* kCareSocial = "http://fhir.kl.dk/term/CodeSystem/CareSocialCodes";
constexpr const char* kSks = "urn:oid:1.2.208.176.2.4.12";
constexpr const char* kSor = "urn:oid:1.2.208.176.1.1";
constexpr const char* kFsIii = "urn:oid:1.2.208.176.2.21";
constexpr const char* kTraining119 = "ab87c0b5-40be-4e0a-b749-d9f833bfed2d";
constexpr const char* kTraining140 = "2abe20c7-c0b4-41c1-b397-52acf36499ef";
constexpr const char* kDiet119 = "cf7a55c2-7061-47ed-b7c5-e29620fe93bf";
constexpr const char* kSmokingCessation119 = "6d24992e-e0a2-43e7-bc27-0234622a8655";
constexpr const char* kEducation119 = "e71b7d85-5c78-49c2-8624-8499d162317b";
constexpr const char* kPsychosocial119 = "f30cab6d-2a42-4358-99d7-811127fb6e05";
constexpr const char* kOpeningTalk119 = "6eddbaf7-2a73-49d4-91e7-6138d419f58c";

class KlCourse {
 public:
  KlCourse(const Course& course, const Municipality& municipality)
      : course_(course),
        municipality_(municipality),
        base_(KlProfileBase(course.legal_basis)),
        profile_(base_ + (course.legal_basis == LegalBasis::kS119 ? "klgateway-119-" : "klgateway-140-")),
        references_(KlReferencesOf(course)) {}

  std::vector<KlResource> Make() {
    Citizen();
    Provider();
    Reason();
    Referral();
    if (course_.start) {
      Plan();
      Interventions();
      Contact();
    }
    if (municipality_.second_bundle) AddCardiacResources(course_, references_, resources_);
    return std::move(resources_);
  }

 private:
  JsonText Begin(const std::string& type, const std::string& id, const std::string& profile) const {
    JsonText json;
    json.Object().Text("resourceType", type).Text("id", id);
    json.Object("meta").Array("profile").Text("", profile_ + profile).End().End();
    return json;
  }

  void Add(const std::string& type, const std::string& id, JsonText json, bool frame) {
    json.End();
    resources_.push_back({type, id, json.Take(), frame ? KlBundle::kBoth : KlBundle::kDeliveryReport, frame, false});
  }

  void Subject(JsonText& json) const {
    json.Object("subject").Text("reference", "Patient/" + references_.patient).End();
  }

  void Citizen() {
    JsonText json = Begin("Patient", references_.patient, "citizen");
    json.Object("managingOrganization").Object("identifier").Text("use", "official").Text("system", kSor);
    json.Text("value", municipality_.sor).End().End();
    json.Array("identifier").Object().Text("use", "official").Text("value", CprToExport(course_));
    json.Text("system", "urn:oid:1.2.208.176.1.2").End().End();
    json.Raw("deceasedBoolean", course_.death ? "true" : "false");
    Add("Patient", references_.patient, std::move(json), true);
  }

  void Provider() {
    JsonText json = Begin("Organization", references_.provider, "organization");
    json.Array("identifier").Object().Text("use", "official").Text("value", course_.provider_sor);
    json.Text("system", kSor).End().End();
    Add("Organization", references_.provider, std::move(json), true);
  }

  void Reason() {
    JsonText json = Begin("Condition", references_.condition, "focus-condition");
    json.Object("code").Array("coding").Object().Text("system", kSks).Text("code", course_.diagnosis).End().End().End();
    json.Object("clinicalStatus").Array("coding").Object().Text("code", "active");
    json.Text("system", "http://terminology.hl7.org/CodeSystem/condition-clinical").End().End().End();
    Subject(json);
    Add("Condition", references_.condition, std::move(json), true);
  }

  void Referral() {
    JsonText json = Begin("ServiceRequest", course_.key, "servicerequest");
    json.Text("intent", "plan").Object("requester").Text("reference", "Organization/" + references_.provider).End();
    json.Text("status", course_.status == RowStatus::kEnteredInError ? "entered-in-error" : "active");
    json.Object("code").Array("coding").Object().Text("code", "a71921ea-fe83-441d-933b-cc21d0b3c8c3");
    json.Text("system", kCareSocial).End().End().End();
    json.Array("reasonReference").Object().Text("reference", "Condition/" + references_.condition).End().End();
    Subject(json);
    json.Text("authoredOn", IsoDate(*course_.referral));
    Add("ServiceRequest", course_.key, std::move(json), true);
  }

  void BasedOnReferral(JsonText& json) const {
    json.Array("extension").Object().Text("url", base_ + "BasedOnServiceRequestExtension").Object("valueReference");
    json.Text("reference", "ServiceRequest/" + course_.key).End().End().End();
  }

  void Performer(JsonText& json) const {
    json.Array("performer").Object().Text("reference", "Organization/" + references_.provider).End().End();
  }

  bool Stopped() const { return course_.end && course_.closure != Closure::kCompleted; }

  void Plan() {
    const bool prevention = course_.legal_basis == LegalBasis::kS119;
    JsonText json = Begin("CarePlan", references_.plan, "care-plan");
    json.Text("intent", "plan");
    // KL's section 119 plan has no link to its referral; only its interventions have.
    if (!prevention) BasedOnReferral(json);
    json.Array("category").Object().Array("coding").Object();
    json.Text("code", prevention ? "5c160c02-e858-4c1f-925a-71ed64844749" : "f15b2663-94d9-4d0c-a5de-d8bd8e1e4ebb");
    json.Text("system", kCareSocial).End().End().End().End();
    json.Object("period").Text("start", IsoDate(*course_.start));
    if (const auto end = EndToExport(course_)) json.Text("end", IsoDate(*end));
    json.End();
    // Systems often leave the plan active when its activity is completed; the activity decides.
    const bool lazy = !Stopped() && Mix(0x1a2, static_cast<uint64_t>(*course_.start)) % 3 == 0;
    const char* status = course_.status == RowStatus::kEnteredInError ? "entered-in-error"
                         : !course_.end || lazy                       ? "active"
                         : Stopped()                                  ? "revoked"
                                                                      : "completed";
    json.Text("status", status);
    Subject(json);
    json.Array("activity").Object().Object("detail");
    json.Text("status", !course_.end ? "in-progress" : Stopped() ? "cancelled" : "completed");
    if (Stopped()) {
      json.Object("statusReason").Array("coding").Object().Text("code", kClosingReasons[course_.stop_reason].code);
      json.Text("system", kCareSocial).End().End().End();
    }
    Performer(json);
    json.End().End().End();
    Add("CarePlan", references_.plan, std::move(json), false);
  }

  void Intervention(const char* code, bool of_plan) {
    const std::string id = NamedUuid(course_.key, code);
    JsonText json = Begin("CarePlan", id, "planned-intervention");
    json.Text("intent", "plan").Array("activity").Object().Object("detail");
    json.Array("extension").Object().Text("url", base_ + "DeliveryType").Object("valueCodeableConcept").Array("coding");
    json.Object().Text("code", "8d12d74c-17da-47a7-a4fe-e69dbaec0a8c").Text("system", kCareSocial);
    json.End().End().End().End().End();
    json.Object("code").Array("coding").Object().Text("system", kFsIii).Text("code", code).End().End().End();
    json.Text("status", course_.end ? "completed" : "in-progress");
    Performer(json);
    json.End().End().End();
    BasedOnReferral(json);
    json.Object("period").Text("start", IsoDate(*course_.start)).End();
    json.Text("status", course_.status == RowStatus::kEnteredInError ? "entered-in-error"
                        : course_.end                                ? "completed"
                                                                     : "active");
    Subject(json);
    if (of_plan) json.Array("basedOn").Object().Text("reference", "CarePlan/" + references_.plan).End().End();
    Add("CarePlan", id, std::move(json), false);
  }

  // KL reports the interventions given; what was not given has no resource.
  void Interventions() {
    const Offers& offers = course_.offers;
    const bool prevention = course_.legal_basis == LegalBasis::kS119;
    if (offers.training == Offer::kYes) Intervention(prevention ? kTraining119 : kTraining140, true);
    if (!prevention) return;
    Intervention(kOpeningTalk119, false);
    if (offers.diet == Offer::kYes) Intervention(kDiet119, true);
    if (offers.smoking_cessation == Offer::kYes) Intervention(kSmokingCessation119, true);
    if (offers.education == Offer::kYes) Intervention(kEducation119, true);
    if (offers.psychosocial == Offer::kYes) Intervention(kPsychosocial119, true);
  }

  void Contact() {
    const std::string id = NamedUuid(course_.key, "contact");
    JsonText json = Begin("Encounter", id, "encounter");
    json.Array("extension").Object().Text("url", base_ + "BasedOnCarePlanExtension").Object("valueReference");
    json.Text("reference", "CarePlan/" + references_.plan).End().End().End();
    json.Text("status", "finished").Object("class").Text("code", "AMB");
    json.Text("system", "http://terminology.hl7.org/CodeSystem/v3-ActCode").End();
    json.Object("period").Text("start", UtcInstant(At(*course_.start, 10, 0)));
    json.Text("end", UtcInstant(At(*course_.start, 10, 30))).End();
    Subject(json);
    Add("Encounter", id, std::move(json), false);
  }

  const Course& course_;
  const Municipality& municipality_;
  const std::string base_;
  const std::string profile_;
  const KlReferences references_;
  std::vector<KlResource> resources_;
};

}  // namespace

std::string KlProfileBase(LegalBasis legal_basis) {
  return std::string("http://fhir.kl.dk/") + (legal_basis == LegalBasis::kS119 ? "prevention" : "rehab") +
         "/StructureDefinition/";
}

std::string NamedUuid(const std::string& key, const std::string& name) {
  uint64_t a = 0x68;
  for (const char c : key + "|" + name) a = Mix(a, static_cast<unsigned char>(c));
  const uint64_t b = Mix(a, 0x6a);
  return UuidOf(a, b);
}

std::vector<KlResource> KlResourcesOf(const Course& snapshot, const Municipality& municipality) {
  return KlCourse(snapshot, municipality).Make();
}

}  // namespace hjerte::tool
