#include "services/indicator/ingest/report_findings.h"

#include <string>

#include "mapping/structuremap/map_error.h"

namespace hjerte::indicator {
namespace {

registry::Finding Error(std::string code, std::string location, std::string da, std::string en) {
  registry::Finding finding;
  finding.severity = registry::Severity::kError;
  finding.code = std::move(code);
  finding.location = std::move(location);
  finding.text = {.da = std::move(da), .en = std::move(en)};
  return finding;
}

std::string Detail(const absl::Status& status) { return std::string(status.message()); }

// Where on this machine the map lies is not the sender's.
std::string WithoutFile(const structuremap::MapErrorPlace& place) {
  return "rule '" + place.rule + "' of group '" + place.group + "': " + place.what;
}

}  // namespace

registry::Finding DeliveryIdMalformed() {
  return Error("delivery-id-malformed", "",
               "Leveringens id mangler eller har forkert form: 1-128 tegn af A-Z, a-z, 0-9, punktum, _ og -.",
               "The delivery id is missing or malformed: 1 to 128 characters of A-Z, a-z, 0-9, full stop, _ and -.");
}

registry::Finding DeliveryIdConflict() {
  return Error("delivery-id-conflict", "",
               "Leveringens id er brugt før med andet indhold. Dan et nyt id af det nye indhold.",
               "The delivery id was used before with other content. Make a new id from the new content.");
}

registry::Finding BundleIdConflict() {
  return Error("bundle-id-conflict", "Bundle.id",
               "Bundle.id er brugt før med andet indhold. Giv den nye indberetning sit eget id.",
               "Bundle.id was used before with other content. Give the new report an id of its own.");
}

registry::Finding SourceTooLong() {
  return Error("delivery-source-too-long", "",
               "Kildens navn, software eller liste over variabler er for lang: højst 256 tegn hver og 1024 variabler.",
               "The source's name, software or list of variables is too long: at most 256 characters each and 1024 "
               "variables.");
}

registry::Finding NotAllowedForAuthority() {
  return Error("delivery-not-allowed", "",
               "Certifikatet må ikke levere for denne myndighed. Ret myndighedskoden, eller brug myndighedens eget "
               "certifikat.",
               "The certificate may not deliver for this authority. Correct the authority code, or use the authority's "
               "own certificate.");
}

registry::Finding NoReport() {
  return Error("delivery-empty", "", "Leveringen indeholder hverken en Bundle eller et forløb.",
               "The delivery holds neither a Bundle nor a Course.");
}

registry::Finding TryLater() {
  return Error("delivery-try-later", "",
               "Tjenesten kan ikke gemme indberetningen lige nu. Send den igen senere; intet af den er gemt.",
               "The service cannot keep the report just now. Send it again later; nothing of it was stored.");
}

registry::Finding NotJson(const absl::Status& status) {
  // "JSON line 2, column 19 (byte 20): …": the place says the same in every language.
  const std::string detail = Detail(status);
  constexpr std::string_view kPlace = "JSON line ";
  const std::size_t end = detail.find(" (byte ");
  const bool placed = detail.starts_with(kPlace) && end != std::string::npos;
  return Error("report-not-json", placed ? detail.substr(5, end - 5) : "",
               placed ? "Indberetningen kan ikke læses som JSON. Ret udtrækket på det angivne sted."
                      : "Indberetningen er større, end JSON må være. Del den op.",
               "The report cannot be read as JSON: " + detail);
}

registry::Finding NotABundle() {
  return Error("report-not-a-bundle", "resourceType", "Indberetningen skal være en FHIR Bundle.",
               "The report must be a FHIR Bundle.");
}

registry::Finding NotMappable(const absl::Status& status) {
  const structuremap::MapErrorPlace place = structuremap::PlaceOf(status);
  const std::string code = place.code.empty() ? "" : ": koden " + place.code + " kendes ikke";
  return Error("report-not-mappable", place.source,
               "Indberetningen kan ikke omsættes" + code + ". Ret værdien" +
                   (place.source.empty() ? "" : " i " + place.source) + ".",
               "The report cannot be mapped" + (place.source.empty() ? "" : " at " + place.source) + ": " +
                   (place.what.empty() ? Detail(status) : WithoutFile(place)));
}

registry::Finding NotIdentifiable(const absl::Status& status) {
  return Error("report-not-identifiable", "Bundle.entry",
               "En ressource mangler id eller nøgle. Tag den med i udtrækket, eller ret kortet.",
               "A resource has no identity: " + Detail(status));
}

registry::Finding CourseKeyMissing() {
  return Error("report-not-identifiable", "Course.course_key",
               "Forløbet har ingen nøgle. Udfyld course_key med omsorgssystemets egen nøgle på forløbet.",
               "The course has no key. Fill in course_key with the care system's own key of the course.");
}

registry::Finding CourseStampImpossible() {
  return Error("dhrd-stamp-format", "Course.last_updated",
               "Tidsstemplet er ikke et gyldigt tidspunkt. Ret udtrækket i omsorgssystemet.",
               "The stamp is not a valid instant. Correct the care system's extract.");
}

registry::Finding CourseValuesTooMany(int most) {
  return Error("report-not-mappable", "Course.values",
               "Forløbet har flere værdier, end et forløb kan have: højst " + std::to_string(most) +
                   ". Send hver måling én gang.",
               "The course has more values than a course can have: at most " + std::to_string(most) +
                   ". Send each measurement once.");
}

registry::Finding VariableNotSendable(std::string location) {
  return Error("report-not-mappable", std::move(location),
               "Variablen kendes ikke, eller den afledes her og kan ikke sendes. Brug et id fra ListVariables.",
               "The variable is not known, or it is derived here and cannot be sent. Use an id of ListVariables.");
}

registry::Finding ValueInWrongField(std::string location, const registry::Variable& variable, std::string_view field) {
  registry::Finding finding = Error("report-not-mappable", std::move(location),
                                    variable.label.da + " skal stå i feltet " + std::string(field) + " (typen er " +
                                        std::string(registry::ValueTypeName(variable.type)) + ").",
                                    variable.label.en + " belongs in the field " + std::string(field) +
                                        " (its type is " + std::string(registry::ValueTypeName(variable.type)) + ").");
  finding.variable = variable.id;
  return finding;
}

registry::Finding ValueNotDecimal(std::string location, const registry::Variable& variable) {
  registry::Finding finding =
      Error("report-not-mappable", std::move(location), variable.label.da + " er ikke et tal med punktum, fx 432.5.",
            variable.label.en + " is not a decimal with a point, e.g. 432.5.");
  finding.variable = variable.id;
  return finding;
}

registry::Finding CarriesUnknownVariable() {
  registry::Finding finding =
      Error("source-carries-unknown", "source.carries",
            "Kilden fører en variabel, der ikke kendes; det, den skulle dække, tæller som uoplyst. Brug id'er fra "
            "ListVariables.",
            "The source carries a variable that is not known; what it stands for counts as unknown. Use ids of "
            "ListVariables.");
  finding.severity = registry::Severity::kWarning;
  return finding;
}

registry::Finding CitizenUnclear(const absl::Status& status) {
  return Error("report-citizen-unclear", "Bundle.entry",
               "Indberetningen skal handle om netop én borger med ét CPR-nummer eller erstatningsnummer. Ret "
               "Patient.identifier.",
               "The report must be about exactly one citizen with one CPR or replacement number: " + Detail(status));
}

registry::Finding CitizenNumberElsewhere() {
  return Error("report-citizen-number-elsewhere", "Bundle",
               "Borgerens CPR-nummer står andre steder end i Patient.identifier. Fjern det fra id'er, tekster og "
               "referencer.",
               "The citizen's CPR number stands elsewhere than in Patient.identifier. Remove it from ids, texts and "
               "references.");
}

registry::Finding StampMissing(std::string_view resource_type) {
  return Error(
      "report-stamp-missing", "Bundle.timestamp",
      "En " + std::string(resource_type) + " har intet tidsstempel: udfyld meta.lastUpdated eller Bundle.timestamp.",
      "A " + std::string(resource_type) + " has no stamp: fill in meta.lastUpdated or Bundle.timestamp.");
}

registry::Finding KeyOfAnotherSource() {
  registry::Finding finding = Error(
      std::string(kKeyOfAnotherSource), "ServiceRequest.identifier",
      "En anden kilde hos samme myndighed har indberettet et forløb med samme nøgle for en anden borger. Kun det ene "
      "forløb tæller. Giv den ene kildes nøgler et præfiks i dens udtræk.",
      "Another source of the same authority has reported a course with the same key for another citizen. Only one of "
      "the "
      "two counts. Give the keys of one source a prefix in its extract.");
  finding.severity = registry::Severity::kWarning;
  return finding;
}

}  // namespace hjerte::indicator
