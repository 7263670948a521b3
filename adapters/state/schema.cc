#include "adapters/state/schema.h"

#include "adapters/state/schema_moves.h"

namespace hjerte::adapters {
namespace {

// Everything one adapter knows, in one file, so that a source's progress, the memory of its records, the outbox and
// the quarantine move in one transaction. Columns named `sealed` are AES-256-GCM under the adapter's key, the row's key
// authenticated with them; a citizen stands in the clear only as the keyed hash that is Patient.id.
constexpr std::string_view kVersion1 = R"sql(
-- What the source has read: source::Progress.
CREATE TABLE progress (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- One row for each record ever read. `content` is the hash of what was read and of everything that decides what becomes
-- of it; empty: process it again when it is next read. `extract` is the extract it was last seen in; `gone` 1 when the
-- source no longer has it.
CREATE TABLE record (
  key TEXT PRIMARY KEY, content BLOB NOT NULL, extract TEXT NOT NULL, gone INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX record_extract ON record (extract) WHERE gone = 0;

-- What became of each course of a record. `state`: 1 sent, 2 out of scope, 3 cannot be judged yet, 4 retracted. `frame` is what is
-- needed to retract it: the citizen's resource as sent last. `carries` is the hash of the list sent with it.
CREATE TABLE course (
  record TEXT NOT NULL, course TEXT NOT NULL, state INTEGER NOT NULL, carries BLOB NOT NULL, sealed_frame BLOB,
  PRIMARY KEY (record, course)
) WITHOUT ROWID;

-- The version of each resource that was put in the outbox last. `content` is empty when it must be sent again.
-- `source_stamp_us` is the source's own stamp (0: it has none), `stamp_us` the one sent.
CREATE TABLE resource (
  ref TEXT NOT NULL, record TEXT NOT NULL, course TEXT NOT NULL, content BLOB NOT NULL, source_stamp_us INTEGER NOT NULL,
  stamp_us INTEGER NOT NULL, gone INTEGER NOT NULL,
  PRIMARY KEY (ref, record, course)
) WITHOUT ROWID;
CREATE INDEX resource_record ON resource (record);

-- Reports on their way. Order for one citizen is that of `seq`. `refs` are the resources in it, one a line.
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, delivery_id TEXT NOT NULL UNIQUE, citizen TEXT NOT NULL, record TEXT NOT NULL,
  course TEXT NOT NULL, refs TEXT NOT NULL, bytes INTEGER NOT NULL, sealed BLOB NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
  not_before_us INTEGER NOT NULL DEFAULT 0, queued_at_us INTEGER NOT NULL
);
CREATE INDEX outbox_citizen ON outbox (citizen, seq);
CREATE INDEX outbox_record ON outbox (record);

-- Records that could not be read, mapped or delivered. `kind`: 1 as the source gave it, 2 a report the gateway refused.
CREATE TABLE quarantine (
  key TEXT PRIMARY KEY, kind INTEGER NOT NULL, since_us INTEGER NOT NULL, seen_us INTEGER NOT NULL, findings TEXT NOT NULL,
  extract TEXT NOT NULL, requeued INTEGER NOT NULL DEFAULT 0, sealed BLOB NOT NULL
) WITHOUT ROWID;
-- Resources of a quarantined delivery report that no good report has brought yet.
CREATE TABLE quarantine_ref (ref TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (ref, key)) WITHOUT ROWID;
CREATE INDEX quarantine_ref_key ON quarantine_ref (key);

-- For sources of delivery reports: the current version of each resource of each citizen.
CREATE TABLE merged (
  citizen TEXT NOT NULL, ref TEXT NOT NULL, stamp_us INTEGER NOT NULL, in_error INTEGER NOT NULL,
  content BLOB NOT NULL, sealed BLOB NOT NULL,
  PRIMARY KEY (citizen, ref)
) WITHOUT ROWID;

-- Counts since the file was made, and single values.
CREATE TABLE fact (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
)sql";

// Version 2 keeps no hash that a citizen's number could be found by: progress is sealed under hidden names, and every
// hash of what was made from a record is keyed (StateFile::Hide). Sources' keys that hold a number are hidden
// (StateFile::SafeKey). The keys themselves stand in `data_key`, wrapped by the key file's. `resend` 1: the gateway has
// been set back, the version it was given last is to be given again. `meta`: texts by name; `audit`: who looked at a
// record or changed something by hand.
constexpr std::string_view kVersion2 = R"sql(
CREATE TABLE data_key (
  purpose TEXT NOT NULL, wrapping TEXT NOT NULL, wrapped BLOB NOT NULL, PRIMARY KEY (purpose, wrapping)
) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE audit (
  audit_seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL, object TEXT NOT NULL,
  reason TEXT NOT NULL, chain BLOB NOT NULL
);
ALTER TABLE progress RENAME TO progress_1;
CREATE TABLE progress (name BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
ALTER TABLE merged DROP COLUMN content;
ALTER TABLE resource ADD COLUMN resend INTEGER NOT NULL DEFAULT 0;
)sql";

// Version 3 keeps a record's resources beside each other: they are read and written together. What was retracted is
// also looked for by itself.
constexpr std::string_view kVersion3 = R"sql(
ALTER TABLE resource RENAME TO resource_2;
CREATE TABLE resource (
  record TEXT NOT NULL, course TEXT NOT NULL, ref TEXT NOT NULL, content BLOB NOT NULL, source_stamp_us INTEGER NOT NULL,
  stamp_us INTEGER NOT NULL, gone INTEGER NOT NULL, resend INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (record, course, ref)
) WITHOUT ROWID;
INSERT INTO resource
  SELECT record, course, ref, content, source_stamp_us, stamp_us, gone, resend FROM resource_2;
DROP TABLE resource_2;
CREATE INDEX resource_gone ON resource (ref, stamp_us) WHERE gone = 1;
)sql";

// Version 4 knows of a quarantined record whether it came with a complete extract, and of when: read again, it takes
// back what it no longer holds. NULL: it came with none, or before version 4.
constexpr std::string_view kVersion4 = R"sql(
ALTER TABLE quarantine ADD COLUMN complete_at_us INTEGER;
)sql";

// Version 5 knows of what extract a record was processed last and a quarantined version is, by when that was taken: an
// older one changes nothing. 0 and NULL: not known.
constexpr std::string_view kVersion5 = R"sql(
ALTER TABLE record ADD COLUMN taken_at_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE quarantine ADD COLUMN taken_at_us INTEGER;
)sql";

// Version 6 keeps aside one refused report of each of a record's courses. Empty: a record, or a report refused before.
constexpr std::string_view kVersion6 = R"sql(
ALTER TABLE quarantine RENAME TO quarantine_5;
CREATE TABLE quarantine (
  key TEXT NOT NULL, course TEXT NOT NULL, kind INTEGER NOT NULL, since_us INTEGER NOT NULL, seen_us INTEGER NOT NULL,
  findings TEXT NOT NULL, extract TEXT NOT NULL, requeued INTEGER NOT NULL DEFAULT 0, sealed BLOB NOT NULL,
  complete_at_us INTEGER, taken_at_us INTEGER,
  PRIMARY KEY (key, course)
) WITHOUT ROWID;
INSERT INTO quarantine
  SELECT key, '', kind, since_us, seen_us, findings, extract, requeued, sealed, complete_at_us, taken_at_us
  FROM quarantine_5;
DROP TABLE quarantine_5;
)sql";

// Version 7 knows of what report each merged resource is (a keyed hash; empty: not known), and which of them other maps
// are to read anew (`gives_way`).
constexpr std::string_view kVersion7 = R"sql(
ALTER TABLE merged ADD COLUMN report BLOB NOT NULL DEFAULT x'';
ALTER TABLE merged ADD COLUMN gives_way INTEGER NOT NULL DEFAULT 0;
UPDATE merged SET gives_way = 1, in_error = 0 WHERE in_error < 0;
)sql";

// Version 8 finds the referrals that more than one citizen was given.
constexpr std::string_view kVersion8 = R"sql(
CREATE INDEX resource_referral ON resource (ref) WHERE ref >= 'ServiceRequest/' AND ref < 'ServiceRequest0';
)sql";

// Version 9 finds the citizens that delivery reports told a referral of.
constexpr std::string_view kVersion9 = R"sql(
CREATE INDEX merged_referral ON merged (ref) WHERE ref >= 'ServiceRequest/' AND ref < 'ServiceRequest0';
)sql";

}  // namespace

std::vector<common::SchemaStep> SchemaSteps(const common::KeyProvider& provider) {
  const auto move = [&provider](common::Database& database) { return MoveToVersion2(database, provider); };
  return {
      {.sql = kVersion1}, {.sql = kVersion2, .move = move},
      {.sql = kVersion3}, {.sql = kVersion4},
      {.sql = kVersion5}, {.sql = kVersion6},
      {.sql = kVersion7}, {.sql = kVersion8},
      {.sql = kVersion9},
  };
}

}  // namespace hjerte::adapters
