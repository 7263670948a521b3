#include "tests/soak/histories/care_records.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "mapping/registry/course/identity.h"
#include "services/common/time_text.h"
#include "tests/services/indicator/report_builder.h"

namespace hjerte::soak {
namespace {

constexpr std::array<const char*, kDiagnoses> kDiagnosisCodes = {"DI214", "DI251", "DE119", ""};
// 1 January 2026, of all that is stamped alike.
constexpr std::int64_t kFrozen = 1'767'225'600;
// Metres that nobody walks in six minutes.
constexpr int kImpossibleWalk = 4000;

std::string Number(const CareCourse& course) { return indicator::testing::SyntheticCpr(course.citizen + 1); }

std::string Diagnosis(const CareCourse& course) {
  return kDiagnosisCodes.at(static_cast<std::size_t>(course.diagnosis));
}

std::string TwoDigits(int day) { return absl::StrCat(day < 10 ? "0" : "", day); }

std::int64_t Stamped(Stamps stamps, const CareCourse& course) {
  return stamps == Stamps::kFrozen ? kFrozen : course.changed_s;
}

int WalkAtStart(const CareCourse& course) {
  return course.fault == Fault::kValue ? kImpossibleWalk : course.walk_start;
}

// "01-03-2026 12:00:00".
std::string DanishTime(std::int64_t seconds) {
  const std::string iso = TimeText(seconds);
  return absl::StrCat(iso.substr(8, 2), "-", iso.substr(5, 2), "-", iso.substr(0, 4), " ", iso.substr(11, 8));
}

// Calls `each` with the index and state of every course the selection takes.
template <typename Each>
void ForEach(const std::vector<CareCourse>& courses, const Selection& selection, const Each& each) {
  for (int i = 0; i < static_cast<int>(courses.size()); ++i) {
    const CareCourse& course = courses[static_cast<std::size_t>(i)];
    if (!course.present || (selection.courses >> static_cast<unsigned>(i) & 1U) == 0) continue;
    if (i == selection.twice) each(i, selection.first);
    each(i, course);
  }
}

void Append(std::string& list, const std::string& element) {
  list += list.empty() ? "" : ",";
  list += element;
}

std::string JsonState(const CareCourse& course) {
  if (course.in_error) return "\"fejl\"";
  if (course.end_day == 0) return "\"aktiv\"";
  return absl::Substitute(R"("afsluttet","aarsag":"gennemfoert","slut":"2025-05-$0")", TwoDigits(course.end_day));
}

std::string JsonWalk(const std::string& id, const char* date, const char* point, int metres) {
  return absl::Substitute(R"({"id":"$0","dato":"$1","punkt":"$2","kode":"six_minute_walk","vaerdi":$3,"enhed":"m"})",
                          id, date, point, metres);
}

std::string JsonCourse(int index, const CareCourse& course, Stamps stamps) {
  std::string sessions;
  for (int i = 0; i < course.sessions; ++i) {
    Append(sessions, absl::Substitute(R"({"id":"S$0-$1","dato":"2025-02-0$2","status":"holdt"})", index, i, i + 1));
  }
  std::string walks;
  if (const int start = WalkAtStart(course); start != 0) {
    Append(walks, JsonWalk(absl::StrCat("W", index, "-1"), "2025-01-20", "start", start));
  }
  if (course.walk_end != 0) {
    Append(walks, JsonWalk(absl::StrCat("W", index, "-2"), "2025-04-20", "slut", course.walk_end));
  }
  std::string text = absl::Substitute(
      R"({"id":"$0","borger":{"cpr":"$1","kommune":"0751"},"leverandoer":"451007511600571","lov":"119",)"
      R"("henvisning":{"dato":"2025-01-02","fra":"laege"})",
      CourseKey(index), Number(course));
  if (course.diagnosis != kNoDiagnosis) absl::StrAppend(&text, R"(,"diagnose":")", Diagnosis(course), "\"");
  const std::string start = course.fault == Fault::kDate ? "2025-02-31" : "2025-01-" + TwoDigits(course.start_day);
  absl::StrAppend(
      &text, absl::Substitute(R"(,"forloeb":{"start":"$0","tilstand":$1},"tilbud":{},)", start, JsonState(course)));
  absl::StrAppend(&text, absl::Substitute(R"("traeninger":[$0],"maalinger":[$1])", sessions, walks));
  if (stamps != Stamps::kNone) {
    absl::StrAppend(&text, R"(,"aendret":")", TimeText(Stamped(stamps, course)), "\"");
  }
  return text + "}";
}

void AppendCsv(CsvExtract& extract, int index, const CareCourse& course, Stamps stamps) {
  const std::string stamp = stamps == Stamps::kNone ? "" : DanishTime(Stamped(stamps, course));
  const bool ended = course.end_day != 0 && !course.in_error;
  const std::string start = course.fault == Fault::kDate ? "31-02-2025" : TwoDigits(course.start_day) + "-01-2025";
  const std::string end = ended ? TwoDigits(course.end_day) + "-05-2025" : "";
  const char* const state = course.in_error ? "Fejlregistreret" : ended ? "Afsluttet" : "I gang";
  absl::StrAppend(
      &extract.courses,
      absl::Substitute("$0;$1;0751;325421000016001;§119;02-01-2025;Hospital;$2;;$3;$4;$5;$6;;;Ja;;;;;;$7\r\n",
                       CourseKey(index), Number(course), Diagnosis(course), start, end, state,
                       ended ? "Gennemført" : "", stamp));
  for (int i = 0; i < course.sessions; ++i) {
    absl::StrAppend(&extract.sessions, absl::Substitute("S$0-$1;$2;0$3-02-2025;Gennemført;;$4\r\n", index, i,
                                                        CourseKey(index), i + 1, stamp));
  }
  const auto walk = [&](int number, const char* date, const char* point, int metres) {
    if (metres == 0) return;
    absl::StrAppend(&extract.measurements, absl::Substitute("W$0-$1;$2;$3;$4;6MWT;$5;m;$6\r\n", index, number,
                                                            CourseKey(index), date, point, metres, stamp));
  };
  walk(1, "20-01-2025", "Start", WalkAtStart(course));
  walk(2, "20-04-2025", "Slut", course.walk_end);
}

// An entry of a KL report.
std::string Entry(const char* type, const std::string& id, const std::string& elements) {
  return absl::Substitute(R"({"fullUrl":"https://kl.example/$0/$1","resource":{"resourceType":"$0","id":"$1",$2}})",
                          type, id, elements);
}

bool IsGone(const CareCourse& course) { return !course.present || course.in_error; }

// Whether its report leaves out all but the referral.
bool IsToldAlone(const CareCourse& course) { return IsGone(course) && course.error_told != ErrorTold::kWhole; }

std::string Patient(const CareCourse& course) { return absl::StrCat("p", course.citizen); }

std::string Subject(const CareCourse& course) {
  return absl::Substitute(R"("subject":{"reference":"Patient/$0"})", Patient(course));
}

std::string KlPeople(const CareCourse& course) {
  std::string entries = Entry("Patient", Patient(course),
                              absl::Substitute(R"("deceasedBoolean":false,"identifier":[)"
                                               R"({"system":"urn:oid:1.2.208.176.1.2","value":"$0"}])",
                                               Number(course)));
  Append(entries, Entry("Organization", "o1",
                        R"("identifier":[{"system":"urn:oid:1.2.208.176.1.1","value":"325421000016001"}])"));
  return entries;
}

std::string KlCondition(int index, const CareCourse& course) {
  return Entry("Condition", absl::StrCat("c", index),
               absl::Substitute(R"($0,"code":{"coding":[{"system":"urn:oid:1.2.208.176.2.4.12","code":"$1"}]})",
                                Subject(course), Diagnosis(course)));
}

std::string KlReferral(int index, const CareCourse& course, bool with_reason) {
  const bool bare = IsGone(course) && course.error_told == ErrorTold::kBare;
  const char* const status = IsGone(course) ? "entered-in-error" : course.end_day != 0 ? "completed" : "active";
  return Entry(
      "ServiceRequest", absl::StrCat("s", index),
      absl::Substitute(
          R"("meta":{"profile":["http://fhir.kl.dk/prevention/StructureDefinition/klgateway-119-servicerequest"]},)"
          R"("intent":"plan","status":"$0",$1$2,"code":{"coding":[{)"
          R"("system":"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes",)"
          R"("code":"a71921ea-fe83-441d-933b-cc21d0b3c8c3"}]}$3)",
          status, bare ? "" : R"("authoredOn":"2025-01-02",)", Subject(course),
          with_reason ? absl::Substitute(R"(,"reasonReference":[{"reference":"Condition/c$0"}])", index) : ""));
}

std::string KlPlan(int index, const CareCourse& course) {
  const std::string end =
      course.end_day == 0 ? "" : absl::Substitute(R"(,"end":"2025-05-$0")", TwoDigits(course.end_day));
  return Entry(
      "CarePlan", absl::StrCat("k", index),
      absl::Substitute(
          R"("extension":[{"url":"http://fhir.kl.dk/prevention/StructureDefinition/BasedOnServiceRequestExtension",)"
          R"("valueReference":{"reference":"ServiceRequest/s$0"}}],"intent":"plan","status":"$1",)"
          R"("category":[{"coding":[{"system":"http://fhir.kl.dk/term/CodeSystem/CareSocialCodes",)"
          R"("code":"5c160c02-e858-4c1f-925a-71ed64844749"}]}],"period":{"start":"2025-01-$2"$3},$4,)"
          R"("activity":[{"detail":{"status":"$5","performer":[{"reference":"Organization/o1"}]}}])",
          index, IsGone(course) ? "entered-in-error" : "active", TwoDigits(course.start_day), end, Subject(course),
          course.end_day != 0 ? "completed" : "in-progress"));
}

// A measurement that is not there and was told is told in error, with any value.
void AppendKlWalk(std::string& entries, const std::string& id, int index, const CareCourse& course, const char* point,
                  int metres) {
  constexpr int kAnyWalk = 300;
  Append(entries,
         Entry("Observation", id,
               absl::Substitute(
                   R"("status":"$0",$1,"basedOn":[{"reference":"ServiceRequest/s$2"}],"category":[{"coding":[{)"
                   R"("system":"http://hjertegateway.dk/fhir/CodeSystem/measurement-point","code":"$3"}]}],)"
                   R"("code":{"coding":[{"system":"http://loinc.org","code":"64098-7"}]},)"
                   R"("effectiveDateTime":"2025-02-01","valueQuantity":{"value":$4,)"
                   R"("system":"http://unitsofmeasure.org","code":"m"})",
                   metres == 0 || IsGone(course) ? "entered-in-error" : "final", Subject(course), index, point,
                   metres == 0 ? kAnyWalk : metres)));
}

void AppendKlWalks(std::string& entries, int index, const CareCourse& course) {
  const int start = WalkAtStart(course);
  const std::string id = absl::StrCat("w", index, "-");
  if (start != 0 || course.told_walk_start) AppendKlWalk(entries, id + "1", index, course, "start", start);
  if (course.walk_end != 0 || course.told_walk_end) {
    AppendKlWalk(entries, id + "2", index, course, "end", course.walk_end);
  }
}

}  // namespace

std::string JsonExtract(const std::vector<CareCourse>& courses, const Selection& selection, Stamps stamps,
                        std::int64_t now_s, bool complete) {
  std::string list;
  ForEach(courses, selection,
          [&](int index, const CareCourse& course) { Append(list, JsonCourse(index, course, stamps)); });
  return absl::Substitute(R"({"udtraek":"$0","komplet":$1,"forloeb":[$2]})", TimeText(now_s),
                          complete ? "true" : "false", list);
}

CsvExtract MakeCsvExtract(const std::vector<CareCourse>& courses, const Selection& selection, Stamps stamps) {
  CsvExtract extract{
      .courses =
          "ForløbsID;CPR;Kommunekode;Leverandør SOR;Lovgrundlag;Henvisningsdato;Henvist fra;Diagnosekode;"
          "Procedurekode;Startdato;Slutdato;Status;Afslutningsårsag;Overflyttet til;Dødsdato;Træning;Diætbehandling;"
          "Rygestoptilbud;Patientuddannelse;Psykosocialt tilbud;Bemærkning;Ændret\r\n",
      .sessions = "SessionsID;ForløbsID;Dato;Status;Aflyst af;Ændret\r\n",
      .measurements = "MålingsID;ForløbsID;Dato;Tidspunkt;Type;Værdi;Enhed;Ændret\r\n"};
  ForEach(courses, selection, [&](int index, const CareCourse& course) { AppendCsv(extract, index, course, stamps); });
  return extract;
}

std::string KlReport(int serial, int index, const CareCourse& course, bool second) {
  const bool alone = IsToldAlone(course);
  const bool with_reason = !alone && course.diagnosis != kNoDiagnosis;
  std::string entries = KlPeople(course);
  if (with_reason) Append(entries, KlCondition(index, course));
  Append(entries, KlReferral(index, course, with_reason));
  if (!alone) Append(entries, KlPlan(index, course));
  if (!alone && second) AppendKlWalks(entries, index, course);
  return absl::Substitute(
      R"({"resourceType":"Bundle","id":"report-$0","type":"collection","timestamp":"$1","meta":{"profile":["$2"]},)"
      R"("entry":[$3]})",
      serial, TimeText(course.changed_s),
      second ? "http://hjertegateway.dk/fhir/StructureDefinition/cardiac-rehabilitation-report"
             : "http://fhir.kl.dk/prevention/StructureDefinition/klgateway-119-delivery-report",
      entries);
}

std::string TimeText(std::int64_t seconds) {
  return common::FormatInstant(common::Instant(std::chrono::seconds(seconds)));
}

std::string CourseKey(int index) { return absl::StrCat("F", index); }

std::map<std::string, int> CourseOfEachResource(Format format) {
  std::map<std::string, int> course_of;
  for (int i = 0; i < kCourses; ++i) {
    if (format == Format::kKl) {
      for (const char* const id :
           {"ServiceRequest/s$0", "Condition/c$0", "CarePlan/k$0", "Observation/w$0-1", "Observation/w$0-2"}) {
        course_of[absl::Substitute(id, i)] = i;
      }
      continue;
    }
    const std::string base(registry::kSourceIdentifierBase);
    const auto add = [&](const char* type, const std::string& system, const std::string& key) {
      course_of[absl::StrCat(type, "/", registry::ResourceId("0751", type, system, key))] = i;
    };
    add("ServiceRequest", std::string(registry::kCourseKeySystem), CourseKey(i));
    add("Condition", base + "condition", CourseKey(i));
    add("CarePlan", base + "plan", CourseKey(i));
    add("CarePlan", base + "offer", CourseKey(i) + "/ab87c0b5-40be-4e0a-b749-d9f833bfed2d");
    for (int k = 0; k < 3; ++k) {
      add("Observation", base + "measurement", absl::StrCat("W", i, "-", k));
      add("Encounter", base + "session", absl::StrCat("S", i, "-", k));
    }
  }
  return course_of;
}

}  // namespace hjerte::soak
