#include "mapping/registry/course/identity.h"

#include "mapping/json/write.h"
#include "mapping/registry/course/citizen_number.h"
#include "tests/mapping/registry/registry_fixture.h"

namespace hjerte::registry {
namespace {

constexpr std::string_view kMapped = R"({"resourceType":"Bundle","type":"collection","entry":[
{"resource":{"resourceType":"Patient","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"1503571020"}]}},
{"resource":{"resourceType":"ServiceRequest","identifier":[{"system":"http://hjertegateway.dk/fhir/sid/course","value":"F-17"}],"subject":{"type":"Patient","identifier":{"system":"urn:oid:1.2.208.176.1.2","value":"1503571020"}}}},
{"resource":{"resourceType":"CarePlan","identifier":[{"system":"http://hjertegateway.dk/fhir/sid/source/plan","value":"F-17"}],"extension":[{"url":"x","valueReference":{"type":"ServiceRequest","identifier":{"system":"http://hjertegateway.dk/fhir/sid/course","value":"F-17"}}}],
"activity":[{"detail":{"performer":[{"type":"Organization","identifier":{"system":"urn:oid:1.2.208.176.1.1","value":"1037791000016002"}}]}}]}},
{"resource":{"resourceType":"Observation","identifier":[{"system":"http://hjertegateway.dk/fhir/sid/source/m","value":"9"}],"basedOn":[{"type":"CarePlan","identifier":{"system":"http://hjertegateway.dk/fhir/sid/source/plan","value":"elsewhere"}}]}}]})";

std::string Assigned(std::string_view text, std::string_view authority = "0751") {
  json::Document document = testing::Parsed(text);
  json::Value root = document.root();
  const absl::Status status = AssignIdentities(root, document.arena(), {authority, "key of the test"});
  return status.ok() ? json::Write(root) : std::string(status.message());
}

TEST(Identity, ANamedUuidIsThatOfTheStandard) {
  // uuid5(uuid5(DNS, "hjertegateway.dk"), name) as Python's uuid module gives it.
  EXPECT_EQ(Uuid5("0751|CarePlan|s|k"), "5a973cf3-5a50-5031-87e2-fea8d13a0c02");
  EXPECT_EQ(ResourceId("0751", "CarePlan", "s", "k"), Uuid5("0751|CarePlan|s|k"));
}

TEST(Identity, TheSameRecordAlwaysBecomesTheSameResources) {
  EXPECT_EQ(Assigned(kMapped), Assigned(kMapped));
  EXPECT_NE(Assigned(kMapped), Assigned(kMapped, "0461"));
}

TEST(Identity, RunningItAgainChangesNothing) {
  const std::string once = Assigned(kMapped);
  EXPECT_EQ(Assigned(once), once);
}

TEST(Identity, ReferencesByIdentifierBecomeReferencesByIdAlsoToWhatTravelsElsewhere) {
  const std::string text = Assigned(kMapped);
  const std::string referral = ResourceId("0751", "ServiceRequest", kCourseKeySystem, "F-17");
  EXPECT_NE(text.find(R"("valueReference":{"reference":"ServiceRequest/)" + referral), std::string::npos) << text;
  EXPECT_NE(text.find("CarePlan/" +
                      ResourceId("0751", "CarePlan", "http://hjertegateway.dk/fhir/sid/source/plan", "elsewhere")),
            std::string::npos);
  EXPECT_NE(text.find(R"("fullUrl":"urn:uuid:)" + referral), std::string::npos);
}

TEST(Identity, OnlyTheCitizensNumberTheCourseKeyAndSorIdsStay) {
  const std::string text = Assigned(kMapped);
  EXPECT_EQ(text.find("sid/source"), std::string::npos) << text;
  EXPECT_NE(text.find("sid/course"), std::string::npos);
  EXPECT_NE(text.find("1037791000016002"), std::string::npos);
  // The number stands in Patient.identifier and nowhere else.
  EXPECT_EQ(text.find("1503571020"), text.rfind("1503571020"));
}

TEST(Identity, APatientsIdCannotBeGuessedWithoutTheKey) {
  const std::string id = PatientId("key", "0751", kCprSystem, "1503571020");
  EXPECT_EQ(id[14], '8');
  EXPECT_NE(id, PatientId("another key", "0751", kCprSystem, "1503571020"));
  EXPECT_NE(id, PatientId("key", "0461", kCprSystem, "1503571020"));
}

TEST(Identity, KlsOwnIdsAreKeptButThePatients) {
  const std::string text = Assigned(
      R"({"entry":[{"fullUrl":"https://x.test/fhir/Patient/Bruno","resource":{"resourceType":"Patient","id":"Bruno","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"1503571020"}]}},{"resource":{"resourceType":"CarePlan","id":"Plan.1","subject":{"reference":"Patient/Bruno"},"author":{"reference":"https://x.test/fhir/Patient/Bruno"}}}]})");
  EXPECT_EQ(text.find("Bruno"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("id":"Plan.1")"), std::string::npos);
}

TEST(Identity, WhatCannotBeNamedIsAnErrorThatQuotesNoValue) {
  EXPECT_EQ(Assigned(R"({"entry":[{"resource":{"resourceType":"Observation"}}]})"),
            "entry[0] (Observation): has neither an id nor an identifier; the map must write identifier");
  EXPECT_EQ(Assigned(R"({"entry":[{"resource":{"resourceType":"Patient","id":"1503571020"}}]})"),
            "entry[0] (Patient): has no citizen's number; give Patient.identifier with the CPR system");
}

std::string Born(std::string_view number, std::string_view system = kCprSystem) {
  const auto citizen = ParseCitizenNumber(system, number);
  return citizen ? FormatDate(citizen->birth_date) + (citizen->male ? " male" : " female") : "none";
}

TEST(CitizenNumber, TheSeventhDigitGivesTheCentury) {
  EXPECT_EQ(Born("1503570020"), "1957-03-15 female");
  EXPECT_EQ(Born("1503364021"), "2036-03-15 male");
  EXPECT_EQ(Born("1503374021"), "1937-03-15 male");
  EXPECT_EQ(Born("1503575021"), "2057-03-15 male");
  EXPECT_EQ(Born("1503585021"), "1858-03-15 male");
  EXPECT_EQ(Born("1503089020"), "2008-03-15 female");
}

TEST(CitizenNumber, TemporaryAndReplacementNumbersAreAccepted) {
  EXPECT_EQ(Born("7503571020"), "1957-03-15 female");
  EXPECT_EQ(ParseCitizenNumber(kCprSystem, "7503571020")->kind, CitizenNumber::Kind::kTemporary);
  EXPECT_EQ(Born("1503571AB1", kXEcprSystem), "1957-03-15 male");
  EXPECT_EQ(Born("1503575AB2", kDEcprSystem), "2057-03-15 female");
  EXPECT_EQ(Born("1503575AB2", "urn:oid:1.2.208.176.1.6.1.3.4"), "2057-03-15 female");
}

TEST(CitizenNumber, WhatHasNotTheFormOrNoSuchDateIsNone) {
  for (const char* number : {"", "150357102", "15035710200", "150357-1020", "3102571020", "0013571020", "15035710x0"}) {
    EXPECT_EQ(Born(number), "none") << number;
  }
  EXPECT_EQ(Born("1503572AB1", kXEcprSystem), "none");
  EXPECT_EQ(Born("1503571020", "urn:oid:9"), "none");
}

TEST(CitizenNumber, TextThatMayHoldOneIsRecognised) {
  EXPECT_TRUE(MayHoldCitizenNumber("CPR 150357-1020"));
  EXPECT_TRUE(MayHoldCitizenNumber("x1503571020y"));
  EXPECT_FALSE(MayHoldCitizenNumber("2026-04-15 12:30"));
  EXPECT_FALSE(MayHoldCitizenNumber("123456 789"));
}

// Whoever knows how ids are made could try every number there is.
TEST(CitizenNumber, AKeyThatMayHoldOneIsRecognisedInWhateverOrderItsDayIsWritten) {
  for (const char* key :
       {"1503571020", "150357-1020", "F-1503571020-2", "570315-1020", "5703151020", "19450315-1020", "194503151020"}) {
    EXPECT_TRUE(KeyMayHoldCitizenNumber(key)) << key;
  }
  for (const char* key : {"787-100001", "325421000016001", "2026-04-15", "150357-102"}) {
    EXPECT_FALSE(KeyMayHoldCitizenNumber(key)) << key;
  }
}

TEST(Date, DaysOfInstantsAreDanishDays) {
  EXPECT_EQ(FormatDate(*ParseDay("2026-06-30T22:30:00Z")), "2026-07-01");
  EXPECT_EQ(FormatDate(*ParseDay("2026-12-31T22:59:59Z")), "2026-12-31");
  EXPECT_EQ(FormatDate(*ParseDay("2026-12-31T23:00:00Z")), "2027-01-01");
  EXPECT_EQ(FormatDate(*ParseDay("2026-07-01T00:30:00+02:00")), "2026-07-01");
  EXPECT_FALSE(ParseDay("2026-02-29").has_value());
  EXPECT_FALSE(ParseDay("2026-02").has_value());
  EXPECT_EQ(ParseInstant("1970-01-01T00:00:01.5Z"), 1'500'000);
}

TEST(Date, AgeIsInWholeYears) {
  EXPECT_EQ(WholeYears(*ParseDate("1957-03-15"), *ParseDate("2026-03-14")), 68);
  EXPECT_EQ(WholeYears(*ParseDate("1957-03-15"), *ParseDate("2026-03-15")), 69);
  EXPECT_EQ(WholeYears(*ParseDate("2008-02-29"), *ParseDate("2026-02-28")), 17);
  EXPECT_EQ(WholeYears(*ParseDate("2008-02-29"), *ParseDate("2026-03-01")), 18);
}

}  // namespace
}  // namespace hjerte::registry
