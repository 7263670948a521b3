// What a thief of the adapter's state file learns, and what becomes of files that older and newer programs wrote.
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/reports/resource_versions.h"
#include "adapters/state/delivery_id.h"
#include "adapters/state/schema.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "services/common/crypto.h"
#include "services/common/encoding.h"
#include "tests/adapters/adapter_fixture.h"
#include "tests/guesses.h"

namespace hjerte::adapters {
namespace {

using testing::AdapterHouse;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kNumber = "1502604389";
constexpr const char* kOther = "2203514387";

std::string Courses(const std::string& rows) {
  return "ForløbsID;CPR;Kommunekode;Leverandør SOR;Lovgrundlag;Henvisningsdato;Henvist fra;Diagnosekode;Procedurekode;"
         "Startdato;Slutdato;Status;Afslutningsårsag;Overflyttet til;Dødsdato;Træning;Diætbehandling;Rygestoptilbud;"
         "Patientuddannelse;Psykosocialt tilbud;Bemærkning;Ændret\r\n" +
         rows;
}

std::string Row(const std::string& id, const std::string& cpr, const std::string& diagnosis = "DI214") {
  return id + ";" + cpr + ";0751;325421000016001;§119;02-01-2025;Hospital;" + diagnosis +
         ";;10-01-2025;;I gang;;;;Ja;;;;;;10-01-2025 10:00:00\r\n";
}

void PutExtract(AdapterHouse& house, const std::string& rows, const std::string& sessions = "") {
  house.Put("sessioner.csv", "SessionsID;ForløbsID;Dato;Status;Aflyst af;Ændret\r\n" + sessions);
  house.Put("maalinger.csv", "MålingsID;ForløbsID;Dato;Tidspunkt;Type;Værdi;Enhed;Ændret\r\n");
  house.Put("forloeb.csv", Courses(rows));
}

// Everything a thief who knows the rest of a citizen's data, but not the number, can compute by trying numbers: every
// resource and every Bundle as they were sent, with and without the stamp.
void AddWhatWasSent(const std::vector<std::string>& bundles, tests::Guesses& guesses) {
  for (const std::string& bundle : bundles) {
    guesses.Add(bundle);
    json::Document document = *json::Parse(bundle);
    json::Arena arena;
    guesses.Add(json::WriteCanonical(document.root()));
    for (const ResourceVersion& version : VersionsOf(document.root(), arena)) {
      guesses.Add(json::WriteCanonical(version.resource));
      json::Value bare = json::Value::Object(arena);
      for (const json::Member& member : version.resource.members()) {
        if (member.name != "meta") bare.Add(arena, member.name, member.value);
      }
      guesses.Add(json::WriteCanonical(bare));
    }
  }
}

TEST(StolenState, OfACsvAdapterGivesNoCitizensNumberBackByGuessing) {
  AdapterHouse house("csv");
  const std::string good = Row("F1", kNumber);
  // A care system that uses the number as its key, of a course and of a session.
  const std::string keyed = Row(std::string(kOther) + "-1", kOther);
  PutExtract(house, good + keyed + Row("F3", kNumber, "not a code"),
             std::string("S-") + kNumber + ";F1;12-01-2025;Gennemført;;12-01-2025 10:00:00\r\n");
  house.Run();
  ASSERT_THAT(house.link.bundles, Not(IsEmpty()));
  // Some of it waits in the outbox, some is in quarantine.
  house.link.away = true;
  PutExtract(house, good + keyed + Row("F4", kOther));
  house.Run();
  tests::Guesses guesses;
  AddWhatWasSent(house.link.bundles, guesses);
  for (const std::string& rows : {good, keyed}) guesses.Add(Courses(rows));
  for (const char* number : {kNumber, kOther}) {
    for (const std::string& form : tests::FormsOf(number, "0751")) guesses.Add(form);
    for (const char* key : {"S-", ""}) {
      for (const char* type : {"Observation", "Appointment", "Encounter", "Procedure", "ServiceRequest", "CarePlan"}) {
        for (const char* system : {"course", "session", "source/session", "source/course"}) {
          guesses.Add(std::string("0751|") + type + "|http://hjertegateway.dk/fhir/sid/" + system + "|" + key + number);
        }
      }
    }
  }
  const auto files = tests::FilesOf(house.folder() / "state/adapter-0751.db");
  ASSERT_THAT(files, Not(IsEmpty()));
  EXPECT_THAT(guesses.FoundIn(files), IsEmpty());
}

// A state file as version 1 wrote it: plain hashes, progress in the clear.
class OldState : public ::testing::Test {
 protected:
  OldState() : key_(common::RandomBytes(32)), provider_(common::MakeKeyProvider(key_)) {
    const auto steps = SchemaSteps(*provider_);
    auto database = common::Database::Open({.file = file_});
    EXPECT_TRUE(database.ok());
    EXPECT_TRUE(common::MigrateSchema(**database, std::span(steps).first(1)).ok());
    const common::SecretKey seal = common::DeriveKey(key_, "adapter-state");
    patient_ = std::string(R"({"id":"p","identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":")") + kNumber +
               R"("}],"resourceType":"Patient"})";
    json::Document document = *json::Parse(R"({"resourceType":"Bundle","entry":[{"resource":)" + patient_ + "}]}");
    const std::string old_id = common::ToHex(common::Sha256(patient_));
    request_ = *RenameDelivery("", old_id);
    const auto run = [&](std::string_view sql, const auto&... values) {
      const absl::Status status = (*database)->Run(sql, values...);
      EXPECT_TRUE(status.ok()) << status;
    };
    const auto sealed = [&](const std::string& context, const std::string& text) {
      return common::Seal(seal, text, context);
    };
    const std::string keyed = std::string(kOther) + "-1";
    run("INSERT INTO progress VALUES ('file:a.csv', ?)", common::ToHex(common::Sha256(kNumber)));
    run("INSERT INTO record VALUES ('F1', ?, 'extract-1', 0)", common::Blob{common::Sha256(kNumber)});
    run("INSERT INTO record VALUES (?, x'01', 'extract-1', 0)", keyed);
    run("INSERT INTO course VALUES (?, 'c', 1, x'02', ?)", keyed,
        common::Blob{sealed("course|" + keyed + "|c", patient_)});
    run("INSERT INTO resource VALUES ('Patient/p', 'F1', 'c', ?, 0, 7, 0)", common::Blob{common::Sha256(patient_)});
    run("INSERT INTO outbox (delivery_id, citizen, record, course, refs, bytes, sealed, queued_at_us) "
        "VALUES (?, 'Patient/p', 'F1', 'c', 'Patient/p\n', 5, ?, 9)",
        old_id, common::Blob{sealed("outbox|" + old_id, request_)});
    run("INSERT INTO quarantine VALUES (?, 1, 1, 1, '[]', 'extract-1', 0, ?)", keyed,
        common::Blob{sealed("quarantine|" + keyed, "the record")});
    run("INSERT INTO merged VALUES ('Patient/p', 'Patient/p', 1, 0, ?, ?)", common::Blob{common::Sha256(patient_)},
        common::Blob{sealed("merged|Patient/p|Patient/p", patient_)});
    guesses_.Add(patient_);
    for (const std::string& form : tests::FormsOf(kNumber, "0751")) guesses_.Add(form);
    for (const std::string& form : tests::FormsOf(kOther, "0751")) guesses_.Add(form);
  }

  absl::StatusOr<std::int64_t> Version() {
    auto database = common::Database::Open({.file = file_});
    if (!database.ok()) return database.status();
    return (*database)->QueryInteger("PRAGMA user_version");
  }

  tests::TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_ / "adapter.db";
  common::SecretKey key_;
  std::unique_ptr<common::KeyProvider> provider_;
  std::string patient_;
  std::string request_;
  tests::Guesses guesses_;
};

TEST_F(OldState, IsBroughtForwardAndNoGuessFitsAnyMore) {
  EXPECT_THAT(guesses_.FoundIn(tests::FilesOf(file_)), Not(IsEmpty())) << "the guesses are no guesses";
  const auto state = StateFile::Open(file_, *provider_);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_THAT(guesses_.FoundIn(tests::FilesOf(file_)), IsEmpty());

  Outbox outbox(**state);
  ASSERT_TRUE(outbox.Load().ok());
  const auto waiting = outbox.List(0, 10);
  ASSERT_TRUE(waiting.ok());
  ASSERT_THAT(*waiting, SizeIs(1));
  const auto payload = outbox.Payload(waiting->front().seq);
  ASSERT_TRUE(payload.ok()) << payload.status();
  EXPECT_EQ(DeliveryIdOf(*payload), waiting->front().delivery_id);
  EXPECT_NE(DeliveryIdOf(*payload), DeliveryIdOf(request_));

  RecordMemory memory(**state);
  EXPECT_EQ(memory.Find("file:a.csv"), common::ToHex(common::Sha256(kNumber)));
  const std::string keyed = (*state)->SafeKey(std::string(kOther) + "-1");
  EXPECT_THAT(keyed, HasSubstr("[cpr]-1#"));
  const auto courses = memory.Courses(keyed);
  ASSERT_TRUE(courses.ok()) << courses.status();
  ASSERT_THAT(*courses, SizeIs(1));
  EXPECT_EQ(courses->front().frame, patient_);
  const auto resources = memory.Resources("F1");
  ASSERT_TRUE(resources.ok()) << resources.status();
  ASSERT_THAT(*resources, SizeIs(1));
  EXPECT_EQ(resources->front().ref, "Patient/p");
  EXPECT_EQ(resources->front().course, "c");
  EXPECT_EQ(resources->front().stamp_us, 7);
  Quarantine quarantine(**state);
  EXPECT_EQ(quarantine.Payload(keyed).value_or("-"), "the record");
}

// A wrapping key whose holder dies in the middle of the step.
class DyingProvider final : public common::KeyProvider {
 public:
  explicit DyingProvider(const common::KeyProvider& inner) : inner_(inner) {}
  std::string id() const override { return inner_.id(); }
  absl::StatusOr<std::string> Wrap(const common::SecretKey& /*key*/, std::string_view /*purpose*/) const override {
    ::_exit(9);
  }
  absl::StatusOr<common::SecretKey> Unwrap(std::string_view wrapped, std::string_view purpose) const override {
    return inner_.Unwrap(wrapped, purpose);
  }
  absl::StatusOr<common::SecretKey> Derive(std::string_view purpose) const override { return inner_.Derive(purpose); }

 private:
  const common::KeyProvider& inner_;
};

TEST_F(OldState, ACrashInTheMiddleOfTheStepLeavesTheOldVersionWhole) {
  const DyingProvider dying(*provider_);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto never = StateFile::Open(file_, dying);
    ::_exit(never.ok() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 9);
  EXPECT_EQ(Version().value_or(-1), 1);
  const auto state = StateFile::Open(file_, *provider_);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(Quarantine(**state).Count().value_or(-1), 1);
}

TEST_F(OldState, AFileOfANewerProgramIsRefusedAndSaysSo) {
  {
    auto database = common::Database::Open({.file = file_});
    ASSERT_TRUE((*database)->Execute("PRAGMA user_version=99").ok());
  }
  const auto state = StateFile::Open(file_, *provider_);
  EXPECT_EQ(state.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(state.status().message()), HasSubstr("schema version 99"));
  EXPECT_THAT(std::string(state.status().message()), HasSubstr("newer program"));
}

TEST_F(OldState, AnotherKeyFileIsRefusedWithWhatToDo) {
  ASSERT_TRUE(StateFile::Open(file_, *provider_).ok());
  const auto other = common::MakeKeyProvider(common::SecretKey(common::RandomBytes(32)));
  const auto state = StateFile::Open(file_, *other);
  EXPECT_EQ(state.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(state.status().message()), HasSubstr("another key file"));
}

class DamagedState : public ::testing::Test {
 protected:
  DamagedState() {
    Write(1, 200);
    house_.Run();
  }
  void Write(int first, int last) {
    std::string rows;
    for (int i = first; i <= last; ++i) rows += Row("F" + std::to_string(i), kNumber);
    PutExtract(house_, rows);
  }
  absl::Status Open() {
    const auto config = LoadConfig(house_.folder() / "adapter.yaml");
    if (!config.ok()) return config.status();
    common::SeededRandom random(1);
    return Adapter::Open(*config, {.clock = &house_.clock, .random = &random, .log = {}, .link = &house_.link})
        .status();
  }

  AdapterHouse house_{"csv"};
  const std::filesystem::path file_ = house_.folder() / "state/adapter-0751.db";
};

TEST_F(DamagedState, IsRefusedAtStartWithWhatToDo) {
  house_.Crash();
  const auto pages = std::filesystem::file_size(file_) / 4096;
  std::fstream file(file_, std::ios::in | std::ios::out | std::ios::binary);
  for (std::uintmax_t page = pages / 2; page < pages / 2 + 8; ++page) {
    file.seekp(static_cast<std::streamoff>(page * 4096));
    file << std::string(4096, '~');
  }
  file.close();
  const absl::Status opened = Open();
  EXPECT_EQ(opened.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(opened.message()), AllOf(HasSubstr("adapter-0751.db"), HasSubstr("hjerte restore")));
}

TEST_F(DamagedState, PutBackAsACopyBesideTheLogOfALaterOneIsRefusedAtStartWithWhatToDo) {
  house_.Crash();
  const std::filesystem::path copy = house_.folder() / "copy.db";
  std::filesystem::copy_file(file_, copy);
  // The log of a later day: what was written in between stands in the file that the copy took the place of.
  Write(1, 600);
  house_.Run();
  house_.Crash();
  Write(1, 650);
  house_.Run();
  const std::string log = tests::ReadFile(file_.string() + "-wal");
  ASSERT_FALSE(log.empty());
  house_.Crash();
  for (const auto& file : tests::FilesOf(file_)) std::filesystem::remove(file);
  std::filesystem::copy_file(copy, file_);
  house_.folder().Write("state/adapter-0751.db-wal", log);
  const absl::Status opened = Open();
  EXPECT_EQ(opened.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(opened.message()), AllOf(HasSubstr("adapter-0751.db"), HasSubstr("hjerte restore")));
}

// Its courses would be there for both, and could be taken back for neither.
TEST_F(OldState, OfAnotherAuthorityIsRefusedAndSaysSo) {
  AdapterHouse house("csv");
  PutExtract(house, Row("F1", kNumber));
  house.Run();
  house.Configure("authority: \"0751\"", "authority: \"0101\"");
  const auto config = LoadConfig(house.folder() / "adapter.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  common::SeededRandom random(1);
  const auto adapter =
      Adapter::Open(*config, {.clock = &house.clock, .random = &random, .log = {}, .link = &house.link});
  ASSERT_FALSE(adapter.ok());
  EXPECT_THAT(std::string(adapter.status().message()), HasSubstr("for 0751, not for 0101"));
}

TEST_F(OldState, TheKeyFileIsChangedWhileTheFileIsInUse) {
  const auto successor = common::MakeKeyProvider(common::SecretKey(common::RandomBytes(32)));
  const auto running = StateFile::Open(file_, *provider_);
  ASSERT_TRUE(running.ok());
  {
    const auto tool = StateFile::Open(file_, *provider_);
    ASSERT_TRUE((*tool)->AddWrapping(*successor).ok());
    // From here on a crash leaves a file that either key opens.
    ASSERT_TRUE(StateFile::Open(file_, *provider_).ok());
  }
  const auto after = StateFile::Open(file_, *successor);
  ASSERT_TRUE(after.ok()) << after.status();
  ASSERT_TRUE((*after)->RetireWrappings(*successor).ok());
  EXPECT_FALSE(StateFile::Open(file_, *provider_).ok());
  EXPECT_EQ((*after)->patient_key(), (*running)->patient_key());
  const std::string keyed = (*after)->SafeKey(std::string(kOther) + "-1");
  EXPECT_EQ(Quarantine(**running).Payload(keyed).value_or("-"), "the record");
  EXPECT_EQ(Quarantine(**after).Payload(keyed).value_or("-"), "the record");
}

// The gateway is set back to a backup that holds nothing of what it has given receipts for.
// The adapter keeps no records: what the source has thrown away since cannot be delivered again.
TEST(SetBack, WhatTheSourceDoesNotGiveAnyMoreIsCountedUntilItDoes) {
  AdapterHouse house("json");
  house.link.store = "first";
  const auto put = [&house](const std::string& name, const std::string& id, const std::string& cpr) {
    house.Put("forloeb-" + name + ".json",
              R"({"udtraek":"2025-04-01T22:00:00Z","komplet":false,"forloeb":[{"id":")" + id +
                  R"(","borger":{"cpr":")" + cpr +
                  R"(","kommune":"0751"},"leverandoer":"451007511600571","lov":"119","henvisning":)"
                  R"({"dato":"2025-01-02","fra":"laege"},"diagnose":"DI214","forloeb":{"start":"2025-01-10",)"
                  R"("tilstand":"aktiv"},"aendret":"2025-03-21T10:00:00Z"}]})");
  };
  put("1", "F1", kNumber);
  put("2", "F2", kOther);
  house.Run();
  ASSERT_THAT(house.Quarantined(), IsEmpty());
  EXPECT_EQ(*house.Open().ToSendAgain(), 0);
  house.link.SetBack();
  house.link.store = "second";
  house.Remove("forloeb-1.json");
  put("3", "F3", kOther);
  house.Run();
  house.Run();
  EXPECT_EQ(*house.Open().ToSendAgain(), 1);
  put("1", "F1", kNumber);
  house.Run();
  EXPECT_EQ(*house.Open().ToSendAgain(), 0);
}

TEST(SetBack, TheAdapterDeliversEverythingAgainAndTheGatewayIsAsItWas) {
  AdapterHouse house("csv");
  house.link.store = "first";
  const std::string session = "S1;F1;12-01-2025;Gennemført;;12-01-2025 10:00:00\r\n";
  PutExtract(house, Row("F1", kNumber) + Row("F2", kNumber) + Row("F3", kOther), session);
  house.Run();
  // Two of the three are gone: one session and one course are retracted.
  PutExtract(house, Row("F1", kNumber) + Row("F2", kNumber));
  house.Run();
  const auto before = house.link.Current();
  ASSERT_THAT(before, Not(IsEmpty()));
  const std::size_t sent = house.link.bundles.size();
  house.link.SetBack();
  house.link.store = "second";
  PutExtract(house, Row("F1", kNumber) + Row("F2", kNumber) + Row("F4", kOther));
  house.Run();
  house.Run();
  for (const auto& [ref, content] : before) {
    const auto after = house.link.Current();
    ASSERT_TRUE(after.contains(ref)) << ref << " was not delivered again";
    EXPECT_EQ(after.at(ref).find("entered-in-error") == std::string::npos,
              content.find("entered-in-error") == std::string::npos)
        << ref;
  }
  EXPECT_GT(house.link.bundles.size(), sent + 1);
  // Once is enough.
  const std::size_t again = house.link.bundles.size();
  house.Run();
  EXPECT_EQ(house.link.bundles.size(), again);
}

TEST(SetBack, AnAdapterThatHasNothingToDeliverLearnsOfItAndDeliversEverythingAgain) {
  AdapterHouse house("csv");
  house.link.store = "first";
  PutExtract(house, Row("F1", kNumber) + Row("F2", kOther));
  house.Run();
  const auto before = house.link.Live("ServiceRequest");
  ASSERT_EQ(before.size(), 2U);
  house.link.SetBack();
  house.link.store = "second";
  house.link.End("the service is stopped");
  house.Run();
  EXPECT_THAT(house.link.Live("ServiceRequest"), IsEmpty());
  house.clock.Advance(std::chrono::minutes(5));
  house.Run();
  house.Run();
  EXPECT_EQ(house.link.Live("ServiceRequest"), before);
}

TEST(PutBack, EverythingIsSentAnewOnceWithNoStampBeforeThatMoment) {
  AdapterHouse house("csv");
  PutExtract(house, Row("F1", kNumber) + Row("F2", kNumber) + Row("F3", kNumber),
             "S1;F1;12-01-2025;Gennemført;;12-01-2025 10:00:00\r\n");
  house.Run();
  // One session and one course are retracted.
  PutExtract(house, Row("F1", kNumber) + Row("F2", kNumber));
  house.Run();
  const auto before = house.link.Current();
  ASSERT_LT(house.link.EarliestStamp(), house.clock.Now());
  const common::Instant moment = house.clock.Now();
  house.PutBack();
  house.Run();
  house.Run();
  EXPECT_EQ(house.link.Current(), before);
  EXPECT_GE(house.link.EarliestStamp(), moment);
  // What its folder does not hold any more is not taken for lost.
  EXPECT_EQ(*house.Open().ToSendAgain(), 0);
  const std::size_t sent = house.link.bundles.size();
  house.Crash();
  house.Run();
  EXPECT_EQ(house.link.bundles.size(), sent);
}

TEST(PutBack, ADeletionThatTheGatewayRefusedIsKeptAsideNoLongerWhenItIsSentAnew) {
  AdapterHouse house("csv");
  PutExtract(house, Row("F1", kNumber) + Row("F2", kNumber));
  house.Run();
  house.link.judge = [](const std::string&) { return LinkEvent::Kind::kRefused; };
  PutExtract(house, Row("F1", kNumber));
  house.Run();
  ASSERT_THAT(house.Quarantined(), ElementsAre(Key("F2")));
  house.PutBack();
  house.Run();
  EXPECT_THAT(house.Quarantined(), Contains(Key("F2"))) << "refused anew";
  house.link.judge = {};
  house.PutBack();
  house.Run();
  EXPECT_THAT(house.link.Live("ServiceRequest"), SizeIs(1));
  EXPECT_THAT(house.Quarantined(), IsEmpty());
}

}  // namespace
}  // namespace hjerte::adapters
