#include "adapters/state/record_memory.h"

#include <utility>

#include "services/common/encoding.h"

namespace hjerte::adapters {
namespace {

constexpr std::string_view kFrameTable = "course";
constexpr std::string_view kProgressTable = "progress";
constexpr std::string_view kExtract = "extract";
// Stands in a row for a time that is not known.
constexpr std::int64_t kNoTime = 0;
constexpr std::string_view kCompleteAt = "complete-extract-at";
constexpr std::string_view kReadAgainAt = "read-again-at";
constexpr std::string_view kPutBackAt = "put-back-at";
// The put-back-at that everything was sent anew for.
constexpr std::string_view kSentAnewSince = "sent-anew-since";

std::string FrameKey(std::string_view record, std::string_view course) {
  return std::string(record) + "|" + std::string(course);
}

std::optional<std::int64_t> TimeOf(std::int64_t column) {
  return column == kNoTime ? std::nullopt : std::optional(column);
}

// The first column of every row.
absl::StatusOr<std::vector<std::string>> Texts(common::Statement& statement) {
  std::vector<std::string> texts;
  while (true) {
    const auto row = statement.Step();
    if (!row.ok()) return row.status();
    if (!*row) return texts;
    texts.emplace_back(statement.Text(0));
  }
}

}  // namespace

std::string NotGivenAgain(std::int64_t records) {
  return "the gateway was set back and lacks " + std::to_string(records) +
         " records that the source has not given since: put their extracts into the folder once more";
}

std::string ToText(const CourseCounts& courses) {
  std::string text = "sent " + std::to_string(courses.sent) + ", out of scope " + std::to_string(courses.out_of_scope);
  if (courses.left_cohort > 0) {
    text += " (" + std::to_string(courses.left_cohort) + " of them sent before and taken back)";
  }
  return text + ", cannot be judged yet " + std::to_string(courses.waiting) + ", retracted " +
         std::to_string(courses.retracted);
}

std::optional<std::string> RecordMemory::Find(const std::string& key) const {
  auto statement = state_.database().Prepare("SELECT sealed FROM progress WHERE name = ?");
  if (!statement.ok()) return std::nullopt;
  const std::string name = state_.Hide(kProgressTable, key);
  const auto row = statement->Bind(1, common::Blob{name}).Step();
  if (!row.ok() || !*row) return std::nullopt;
  auto value = state_.Unseal(kProgressTable, key, statement->Bytes(0));
  return value.ok() ? std::optional(*std::move(value)) : std::nullopt;
}

std::string RecordMemory::SafeName(const std::string& name) const {
  // Fewer characters than a number has digits, so that no mark is taken for one.
  constexpr std::size_t kMarkChars = 9;
  std::string safe = source::Progress::SafeName(name);
  if (safe != name) safe += "#" + common::ToHex(state_.Hide("file", name)).substr(0, kMarkChars);
  return safe;
}

absl::Status RecordMemory::SetProgress(const std::string& key, const std::string& value) {
  const std::string name = state_.Hide(kProgressTable, key);
  if (value.empty()) return state_.database().Run("DELETE FROM progress WHERE name = ?", common::Blob{name});
  const std::string sealed = state_.Seal(kProgressTable, key, value);
  return state_.database().Run(
      "INSERT INTO progress VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed",
      common::Blob{name}, common::Blob{sealed});
}

absl::Status RecordMemory::ForgetProgress() { return state_.database().Execute("DELETE FROM progress"); }

absl::Status RecordMemory::ReadAgainAt(std::int64_t at_us) {
  const auto already = state_.Fact(kReadAgainAt);
  if (!already.ok()) return already.status();
  return *already == 0 || at_us < *already ? state_.SetFact(kReadAgainAt, at_us) : absl::OkStatus();
}

absl::StatusOr<bool> RecordMemory::ReadAgainIfDue(std::int64_t now_us) {
  const auto at = state_.Fact(kReadAgainAt);
  if (!at.ok()) return at.status();
  if (*at == 0 || now_us < *at) return false;
  absl::Status status =
      state_.database().Run("UPDATE record SET taken_at_us = ? WHERE taken_at_us > ?", kNoTime, now_us);
  if (status.ok()) status = ForgetProgress();
  if (status.ok()) status = state_.SetFact(kReadAgainAt, 0);
  if (!status.ok()) return status;
  return true;
}

absl::StatusOr<std::optional<RecordState>> RecordMemory::Record(std::string_view record) {
  auto statement = state_.database().Prepare("SELECT content, gone, taken_at_us FROM record WHERE key = ?");
  if (!statement.ok()) return statement.status();
  const auto row = statement->Bind(1, record).Step();
  if (!row.ok()) return row.status();
  if (!*row) return std::optional<RecordState>();
  return std::optional<RecordState>({.content = std::string(statement->Bytes(0)),
                                     .gone = statement->Integer(1) != 0,
                                     .taken_at_us = TimeOf(statement->Integer(2))});
}

absl::Status RecordMemory::PutRecord(std::string_view record, std::string_view content, std::string_view extract,
                                     std::optional<std::int64_t> taken_at_us) {
  return state_.database().Run(
      "INSERT INTO record (key, content, extract, taken_at_us) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
      "content = excluded.content, extract = iif(excluded.extract = '', extract, excluded.extract), gone = 0, "
      "taken_at_us = excluded.taken_at_us",
      record, common::Blob{content}, common::ToHex(state_.Hide(kExtract, extract)), taken_at_us.value_or(kNoTime));
}

absl::Status RecordMemory::PutAside(std::string_view record, std::string_view content, std::string_view extract) {
  return state_.database().Run(
      "INSERT INTO record (key, content, extract) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
      "content = excluded.content, extract = iif(excluded.extract = '', extract, excluded.extract), gone = 0",
      record, common::Blob{content}, common::ToHex(state_.Hide(kExtract, extract)));
}

absl::Status RecordMemory::MarkSeen(std::string_view record, std::string_view extract,
                                    std::optional<std::int64_t> taken_at_us) {
  const std::string hidden = common::ToHex(state_.Hide(kExtract, extract));
  return state_.database().Run(
      "UPDATE record SET extract = ?1, taken_at_us = max(taken_at_us, ?2) WHERE key = ?3 AND (extract <> ?1 OR "
      "taken_at_us < ?2)",
      hidden, taken_at_us.value_or(kNoTime), record);
}

absl::Status RecordMemory::MarkGone(std::string_view record, std::optional<std::int64_t> taken_at_us) {
  return state_.database().Run("UPDATE record SET gone = 1, content = x'', taken_at_us = ? WHERE key = ?",
                               taken_at_us.value_or(kNoTime), record);
}

absl::StatusOr<std::vector<std::string>> RecordMemory::Unseen(std::string_view extract) {
  auto statement = state_.database().Prepare("SELECT key FROM record WHERE gone = 0 AND extract <> ?");
  if (!statement.ok()) return statement.status();
  statement->Bind(1, common::ToHex(state_.Hide(kExtract, extract)));
  return Texts(*statement);
}

absl::StatusOr<std::int64_t> RecordMemory::LiveRecords() {
  return state_.database().QueryInteger("SELECT count(*) FROM record WHERE gone = 0");
}

absl::StatusOr<std::int64_t> RecordMemory::CompleteAt() { return state_.Fact(kCompleteAt); }

absl::Status RecordMemory::NoteComplete(std::int64_t taken_at_us) { return state_.SetFact(kCompleteAt, taken_at_us); }

absl::StatusOr<std::vector<CourseMemory>> RecordMemory::Courses(std::string_view record) {
  auto statement =
      state_.database().Prepare("SELECT course, state, carries, sealed_frame FROM course WHERE record = ?");
  if (!statement.ok()) return statement.status();
  statement->Bind(1, record);
  std::vector<CourseMemory> courses;
  while (true) {
    const auto row = statement->Step();
    if (!row.ok()) return row.status();
    if (!*row) return courses;
    CourseMemory course{.course = std::string(statement->Text(0)),
                        .state = static_cast<CourseState>(statement->Integer(1)),
                        .carries = std::string(statement->Bytes(2)),
                        .frame = ""};
    if (!statement->IsNull(3)) {
      auto frame = state_.Unseal(kFrameTable, FrameKey(record, course.course), statement->Bytes(3));
      if (!frame.ok()) return frame.status();
      course.frame = *std::move(frame);
    }
    courses.push_back(std::move(course));
  }
}

absl::Status RecordMemory::PutCourse(std::string_view record, const CourseMemory& course) {
  const std::string sealed =
      course.frame.empty() ? "" : state_.Seal(kFrameTable, FrameKey(record, course.course), course.frame);
  const std::optional<common::Blob> frame = sealed.empty() ? std::nullopt : std::optional(common::Blob{sealed});
  return state_.database().Run(
      "INSERT INTO course VALUES (?, ?, ?, ?, ?) ON CONFLICT (record, course) DO UPDATE SET state = excluded.state, "
      "carries = excluded.carries, sealed_frame = excluded.sealed_frame",
      record, course.course, static_cast<std::int64_t>(course.state), common::Blob{course.carries}, frame);
}

absl::StatusOr<CourseCounts> RecordMemory::CountCourses() {
  auto statement = state_.database().Prepare("SELECT state, count(*), count(sealed_frame) FROM course GROUP BY state");
  if (!statement.ok()) return statement.status();
  CourseCounts counts;
  while (true) {
    const auto row = statement->Step();
    if (!row.ok()) return row.status();
    if (!*row) return counts;
    const std::int64_t count = statement->Integer(1);
    switch (static_cast<CourseState>(statement->Integer(0))) {
      case CourseState::kSent:
        counts.sent = count;
        break;
      case CourseState::kOutOfScope:
        counts.out_of_scope = count;
        counts.left_cohort = statement->Integer(2);
        break;
      case CourseState::kWaiting:
        counts.waiting = count;
        break;
      case CourseState::kRetracted:
        counts.retracted = count;
        break;
    }
  }
}

absl::StatusOr<std::vector<ResourceMemory>> RecordMemory::Resources(std::string_view record) {
  auto statement = state_.database().Prepare(
      "SELECT ref, course, content, source_stamp_us, stamp_us, gone, resend FROM resource WHERE record = ?");
  if (!statement.ok()) return statement.status();
  statement->Bind(1, record);
  std::vector<ResourceMemory> resources;
  while (true) {
    const auto row = statement->Step();
    if (!row.ok()) return row.status();
    if (!*row) return resources;
    resources.push_back({.ref = std::string(statement->Text(0)),
                         .course = std::string(statement->Text(1)),
                         .content = std::string(statement->Bytes(2)),
                         .source_stamp_us = statement->Integer(3),
                         .stamp_us = statement->Integer(4),
                         .gone = statement->Integer(5) != 0,
                         .resend = statement->Integer(6) != 0});
  }
}

absl::Status RecordMemory::PutResources(std::string_view record, const std::vector<ResourceMemory>& resources) {
  auto statement = state_.database().Prepare(
      "INSERT INTO resource (record, course, ref, content, source_stamp_us, stamp_us, gone) "
      "VALUES (?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (record, course, ref) DO UPDATE SET content = excluded.content, "
      "source_stamp_us = excluded.source_stamp_us, stamp_us = excluded.stamp_us, gone = excluded.gone, resend = 0");
  if (!statement.ok()) return statement.status();
  for (const ResourceMemory& resource : resources) {
    if (resource.gone) any_retracted_ = true;
    absl::Status status = statement->RunWith(record, resource.course, resource.ref, common::Blob{resource.content},
                                             resource.source_stamp_us, resource.stamp_us, resource.gone ? 1 : 0);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status RecordMemory::ForgetResource(std::string_view record, std::string_view course, std::string_view ref) {
  return state_.database().Run("DELETE FROM resource WHERE record = ? AND course = ? AND ref = ?", record, course, ref);
}

absl::Status RecordMemory::LookForRetracted() {
  const auto any = state_.database().QueryInteger("SELECT EXISTS (SELECT 1 FROM resource WHERE gone = 1)");
  if (any.ok()) any_retracted_ = *any != 0;
  return any.status();
}

absl::StatusOr<std::int64_t> RecordMemory::RetractedAt(std::string_view ref) {
  if (!any_retracted_) {
    if (absl::Status status = LookForRetracted(); !status.ok()) return status;
  }
  if (!*any_retracted_) return 0;
  auto statement =
      state_.database().Prepare("SELECT coalesce(max(stamp_us), 0) FROM resource WHERE ref = ? AND gone = 1");
  if (!statement.ok()) return statement.status();
  const auto row = statement->Bind(1, ref).Step();
  if (!row.ok()) return row.status();
  return *row ? statement->Integer(0) : 0;
}

absl::StatusOr<GivenElsewhere> RecordMemory::ReferralGivenElsewhere(std::string_view record, std::string_view ref) {
  // In the words of the index of referrals, which serves it.
  auto statement = state_.database().Prepare(
      "SELECT coalesce(max(source_stamp_us), 0), coalesce(max(stamp_us), 0) FROM resource "
      "WHERE ref = ? AND record <> ? AND ref >= 'ServiceRequest/' AND ref < 'ServiceRequest0'");
  if (!statement.ok()) return statement.status();
  const auto row = statement->Bind(1, ref).Bind(2, record).Step();
  if (!row.ok()) return row.status();
  if (!*row) return GivenElsewhere();
  return GivenElsewhere{.source_stamp_us = statement->Integer(0), .stamp_us = statement->Integer(1)};
}

absl::StatusOr<std::optional<CourseState>> RecordMemory::StateWhereToldLater(std::string_view citizen,
                                                                             std::string_view course,
                                                                             std::string_view ref) {
  auto statement = state_.database().Prepare(
      "SELECT coalesce(course.state, ?) FROM merged AS own "
      "JOIN merged AS other ON other.ref = own.ref AND other.citizen <> own.citizen AND other.stamp_us > own.stamp_us "
      "AND other.ref >= 'ServiceRequest/' AND other.ref < 'ServiceRequest0' "
      "LEFT JOIN course ON course.record = other.citizen AND course.course = ? AND course.state IN (?, ?) "
      "WHERE own.citizen = ? AND own.ref = ? AND (course.state IS NOT NULL OR other.in_error = 1) "
      "ORDER BY other.stamp_us DESC LIMIT 1");
  if (!statement.ok()) return statement.status();
  statement->BindAll(static_cast<std::int64_t>(CourseState::kRetracted), course,
                     static_cast<std::int64_t>(CourseState::kSent), static_cast<std::int64_t>(CourseState::kOutOfScope),
                     citizen, ref);
  const auto row = statement->Step();
  if (!row.ok()) return row.status();
  if (!*row) return std::optional<CourseState>();
  return std::optional(static_cast<CourseState>(statement->Integer(0)));
}

absl::StatusOr<std::vector<std::string>> RecordMemory::SentOfWhatIsNotSent(std::string_view citizen) {
  auto statement = state_.database().Prepare(
      "SELECT DISTINCT given.record FROM merged AS own "
      "JOIN resource AS given ON given.ref = own.ref AND given.record <> own.citizen AND given.gone = 0 "
      "AND given.source_stamp_us < own.stamp_us AND given.ref >= 'ServiceRequest/' AND given.ref < 'ServiceRequest0' "
      "LEFT JOIN course ON course.record = own.citizen AND course.course = given.course "
      "WHERE own.citizen = ?1 AND own.ref >= 'ServiceRequest/' AND own.ref < 'ServiceRequest0' "
      "AND (course.state = ?2 OR (own.in_error = 1 AND coalesce(course.state, ?3) = ?3))");
  if (!statement.ok()) return statement.status();
  statement->BindAll(citizen, static_cast<std::int64_t>(CourseState::kOutOfScope),
                     static_cast<std::int64_t>(CourseState::kWaiting));
  return Texts(*statement);
}

absl::StatusOr<std::vector<std::string>> RecordMemory::SendEverythingAgain() {
  if (absl::Status status = state_.database().Execute("UPDATE resource SET resend = 1"); !status.ok()) return status;
  return ReadEverythingAgain();
}

absl::Status RecordMemory::NotePutBack(std::int64_t at_us) { return state_.SetFact(kPutBackAt, at_us); }

absl::StatusOr<PutBack> RecordMemory::WhenPutBack() {
  const auto at = state_.Fact(kPutBackAt);
  if (!at.ok()) return at.status();
  const auto taken_up = state_.Fact(kSentAnewSince);
  if (!taken_up.ok()) return taken_up.status();
  return PutBack{.at_us = *at, .taken_up = *taken_up == *at};
}

absl::StatusOr<std::vector<std::string>> RecordMemory::SendEverythingAnew(std::int64_t put_back_at_us) {
  // The gateway has these: that the source does not give one any more is no loss to be told of.
  absl::Status status = state_.database().Execute("UPDATE resource SET content = x'', resend = max(resend, gone)");
  if (status.ok()) status = state_.SetFact(kSentAnewSince, put_back_at_us);
  if (!status.ok()) return status;
  return ReadEverythingAgain();
}

absl::StatusOr<std::vector<std::string>> RecordMemory::ReadEverythingAgain() {
  absl::Status status =
      state_.database().Execute("UPDATE record SET content = x'', taken_at_us = iif(gone, taken_at_us, 0)");
  if (status.ok()) status = ForgetProgress();
  if (!status.ok()) return status;
  auto statement = state_.database().Prepare("SELECT DISTINCT record FROM resource WHERE gone = 1");
  if (!statement.ok()) return statement.status();
  return Texts(*statement);
}

absl::StatusOr<std::int64_t> RecordMemory::CountToSendAgain() {
  return state_.database().QueryInteger("SELECT count(DISTINCT record) FROM resource WHERE resend = 1 AND gone = 0");
}

absl::StatusOr<std::int64_t> RecordMemory::CountNotReadAgain() {
  return state_.database().QueryInteger(
      "SELECT count(*) FROM record WHERE gone = 0 AND content = x'' AND key NOT IN (SELECT key FROM quarantine)");
}

absl::Status RecordMemory::SendAgain(std::string_view record, const std::vector<std::string>& refs) {
  // A record may have tens of thousands of resources: each is looked up by the whole of its key.
  auto statement = state_.database().Prepare("SELECT DISTINCT course FROM resource WHERE record = ?");
  if (!statement.ok()) return statement.status();
  statement->Bind(1, record);
  const auto courses = Texts(*statement);
  if (!courses.ok()) return courses.status();
  for (const std::string& course : *courses) {
    for (const std::string& ref : refs) {
      absl::Status status = state_.database().Run(
          "UPDATE resource SET content = x'', resend = max(resend, gone) WHERE record = ? AND course = ? AND ref = ?",
          record, course, ref);
      if (!status.ok()) return status;
    }
  }
  return state_.database().Run("UPDATE record SET content = x'' WHERE key = ?", record);
}

absl::Status RecordMemory::TakeFromAnyExtract(std::string_view record) {
  return state_.database().Run("UPDATE record SET taken_at_us = ? WHERE key = ?", kNoTime, record);
}

absl::Status RecordMemory::TakeFromNoOlder(std::string_view record, std::optional<std::int64_t> taken_at_us) {
  return state_.database().Run("UPDATE record SET taken_at_us = max(taken_at_us, ?) WHERE key = ?",
                               taken_at_us.value_or(kNoTime), record);
}

}  // namespace hjerte::adapters
