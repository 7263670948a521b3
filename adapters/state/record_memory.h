#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "adapters/source/source.h"
#include "adapters/state/state_file.h"

namespace hjerte::adapters {

// What became of a course: it was put in the outbox; it is none of the registry's; it cannot be judged yet; it was sent
// and taken back, since the source entered it in error or has it no longer.
enum class CourseState : std::int64_t { kSent = 1, kOutOfScope = 2, kWaiting = 3, kRetracted = 4 };

// What is remembered of a record as a whole.
struct RecordState {
  // Hash of what was read; empty: process it again.
  std::string content;
  bool gone = false;
  // When the extract was taken that it was processed of last, UTC microseconds; nothing: not known.
  std::optional<std::int64_t> taken_at_us;
};

// What is remembered of one course of a record.
struct CourseMemory {
  std::string course;
  CourseState state = CourseState::kWaiting;
  // Hash of the list of carried variables sent with it.
  std::string carries;
  // The citizen's resource as it was sent last; empty when nothing was.
  std::string frame;
};

// What is remembered of one resource: the version put in the outbox last.
struct ResourceMemory {
  std::string ref;
  std::string course;
  // Hash of its content without its stamp; empty: send it again.
  std::string content;
  // The source's own stamp, 0 when it has none, and the stamp it was sent with. UTC microseconds.
  std::int64_t source_stamp_us = 0;
  std::int64_t stamp_us = 0;
  bool gone = false;
  // The same version is to be given to the gateway again: it was set back, or refused the retraction.
  bool resend = false;
};

// Courses by what became of them.
struct CourseCounts {
  std::int64_t sent = 0;
  std::int64_t out_of_scope = 0;
  // Of those out of scope, the ones that were sent before and taken back for it.
  std::int64_t left_cohort = 0;
  std::int64_t waiting = 0;
  std::int64_t retracted = 0;
};

// "sent 3, out of scope 2 (1 of them sent before and taken back), …".
std::string ToText(const CourseCounts& courses);

// When the state file was put back in place of a later one, UTC microseconds, 0 for never; and whether everything was
// made to be sent anew since.
struct PutBack {
  std::int64_t at_us = 0;
  bool taken_up = true;
};

// What other records gave the gateway of a referral: the latest of the source's stamps and the highest of those it was
// given with; 0 when none did.
struct GivenElsewhere {
  std::int64_t source_stamp_us = 0;
  std::int64_t stamp_us = 0;
};

// What an operator is told of records that the gateway has lost and the source does not give any more.
std::string NotGivenAgain(std::int64_t records);

// The adapter's memory of what it has read and sent, so that only changes travel and what disappears is retracted.
// Every change takes part in the transaction the caller holds.
class RecordMemory final : public source::Progress {
 public:
  // `state` must outlive the memory.
  explicit RecordMemory(StateFile& state) : state_(state) {}

  // The source's progress. Find answers nothing when the file cannot be read; the next write then fails for real.
  std::optional<std::string> Find(const std::string& key) const override;
  std::string SafeName(const std::string& name) const override;
  absl::Status SetProgress(const std::string& key, const std::string& value);
  // The source is read again from its start.
  absl::Status ForgetProgress();
  // The same when that moment has come (UTC microseconds); of several the earliest counts.
  absl::Status ReadAgainAt(std::int64_t at_us);
  // Whether it has come by then, once. What lies ahead then too is not doubted again unless it is read again: by a care
  // system whose clock is ahead there is always such an extract.
  absl::StatusOr<bool> ReadAgainIfDue(std::int64_t now_us);

  absl::StatusOr<std::optional<RecordState>> Record(std::string_view record);
  // Notes a record as read in an extract, with the hash of what was read.
  absl::Status PutRecord(std::string_view record, std::string_view content, std::string_view extract,
                         std::optional<std::int64_t> taken_at_us);
  // The same of a record that is kept aside: what was processed last stays what it was.
  absl::Status PutAside(std::string_view record, std::string_view content, std::string_view extract);
  // Notes that an unchanged record was seen in an extract.
  absl::Status MarkSeen(std::string_view record, std::string_view extract, std::optional<std::int64_t> taken_at_us);
  absl::Status MarkGone(std::string_view record, std::optional<std::int64_t> taken_at_us);
  // Records not seen in the extract and not gone yet; and how many records are there at all.
  absl::StatusOr<std::vector<std::string>> Unseen(std::string_view extract);
  absl::StatusOr<std::int64_t> LiveRecords();
  // When the complete extract was taken that was believed last; 0 when none was.
  absl::StatusOr<std::int64_t> CompleteAt();
  absl::Status NoteComplete(std::int64_t taken_at_us);

  absl::StatusOr<std::vector<CourseMemory>> Courses(std::string_view record);
  absl::Status PutCourse(std::string_view record, const CourseMemory& course);
  absl::StatusOr<CourseCounts> CountCourses();

  absl::StatusOr<std::vector<ResourceMemory>> Resources(std::string_view record);
  absl::Status PutResources(std::string_view record, const std::vector<ResourceMemory>& resources);
  absl::Status ForgetResource(std::string_view record, std::string_view course, std::string_view ref);
  // The highest stamp under which the resource was retracted, whatever the record; 0 when it never was.
  absl::StatusOr<std::int64_t> RetractedAt(std::string_view ref);
  absl::StatusOr<GivenElsewhere> ReferralGivenElsewhere(std::string_view record, std::string_view ref);
  // For sources of delivery reports, whose records are citizens. What became of a course under the number that its
  // referral was told of last, where that is later than under this one; retracted: it was entered in error there, and
  // nothing stands there. Nothing: this is the last, or it cannot be judged there.
  absl::StatusOr<std::optional<CourseState>> StateWhereToldLater(std::string_view citizen, std::string_view course,
                                                                 std::string_view ref);
  // The same: the citizens a course was sent of that was told of this one later and is out of scope here, or entered in
  // error and never sent.
  absl::StatusOr<std::vector<std::string>> SentOfWhatIsNotSent(std::string_view citizen);
  // Makes every version that was sent be sent again, as it was: live ones when their records are next read, which the
  // source is made to do. Records that hold retracted resources, for sending those again now.
  absl::StatusOr<std::vector<std::string>> SendEverythingAgain();
  // Notes in a state file that was put back in place of a later one that its adapter is to send everything anew, with
  // no stamp before that moment (UTC microseconds): what was sent since, and under which stamps, is not known any more.
  absl::Status NotePutBack(std::int64_t at_us);
  absl::StatusOr<PutBack> WhenPutBack();
  // Makes every version be sent anew when its record is next read, which the source is made to do, and notes that this
  // was done for that moment. Records that hold retracted resources, for retracting those anew now.
  absl::StatusOr<std::vector<std::string>> SendEverythingAnew(std::int64_t put_back_at_us);
  // Records that were made to be sent again and that the source has not given since. Looks at everything.
  absl::StatusOr<std::int64_t> CountToSendAgain();
  // Records that were made to be sent anew or again and that the source has not given since, kept aside ones left out.
  absl::StatusOr<std::int64_t> CountNotReadAgain();
  // Makes the record and these of its resources be sent again when it is next read.
  absl::Status SendAgain(std::string_view record, const std::vector<std::string>& refs);
  // Lets a version of an older extract count too when it is read next.
  absl::Status TakeFromAnyExtract(std::string_view record);
  // Lets none count that is older than this; nothing: when it was taken is not known, and it stays as it was.
  absl::Status TakeFromNoOlder(std::string_view record, std::optional<std::int64_t> taken_at_us);

 private:
  absl::Status LookForRetracted();
  // Records with retracted resources; every other is processed when it is next read.
  absl::StatusOr<std::vector<std::string>> ReadEverythingAgain();

  StateFile& state_;
  // Whether anything may have been retracted; most files hold nothing that was. Nothing: not looked yet.
  std::optional<bool> any_retracted_;
};

}  // namespace hjerte::adapters
