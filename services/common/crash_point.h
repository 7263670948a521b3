#pragma once

#include <cstdint>

namespace hjerte::common {

// The steps between a source and a published figure at which a test may end the process, in the order of the flow. A
// program that ships does nothing at them; those of tests/soak link another body.
enum class CrashPoint : std::uint8_t {
  // Adapter.
  kSourceRead,          // records were read, nothing is kept
  kIntakeBeforeCommit,  // cursor, memory and outbox stand in the transaction
  kIntakeAfterCommit,
  kDispatchBeforeSend,
  kDispatchAfterSend,
  kAnswerBeforeApply,   // a receipt or a refusal came, nothing is noted
  kAnswerBeforeCommit,  // the report is out of the outbox, in the transaction
  kAnswerAfterCommit,
  // Central service.
  kStoreOpened,
  kCubeLoaded,
  kIngestBeforePrepare,
  kIngestAfterPrepare,
  kVaultWritten,
  kLogAppended,
  kResourceWritten,
  kCourseWritten,
  kFeedAppended,
  kGroupBeforeCommit,
  kGroupAfterCommit,
  kCubeUpdated,
  kReceiptBeforeSend,
  kReceiptAfterSend,
  kDayMoved,  // open courses are derived anew, the new day is not noted
  kSnapshotBeforeCommit,
  kSnapshotAfterCommit,
  kSnapshotShown,
  kFeedRead,
  // Consumer of the export.
  kJournalBeforeWrite,
  kJournalBeforeSync,
  kRecordsBeforeRename,
  kCount,
};

// Marks a step.
void PassCrashPoint(CrashPoint point);

}  // namespace hjerte::common
