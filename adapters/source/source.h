#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/source/fault.h"
#include "services/common/scrub.h"

namespace hjerte::source {

// One record as a care system holds it: a plain JSON object, dates and decimals already normalised.
struct Record {
  // The source's own key of the record, unique within the source and stable. Never a CPR number.
  std::string key;
  // UTF-8 JSON text of one object.
  std::string json;
  // When the file was written that holds it alone, in UTC microseconds; nothing: it stands in an extract.
  std::optional<std::int64_t> written_at_us = std::nullopt;
};

// The key of something faulty that has no key of its own, named by its place, e.g. a row nobody can assign. `scope` is
// the extract or file it is in: such faults are over when that scope is read to its end without them.
inline std::string PlaceKey(const std::string& scope, const std::string& place) { return "@" + scope + "/" + place; }

// The key a record goes by: the source's own, marked where it begins like that of a place.
inline std::string RecordKey(std::string_view own) {
  return (own.starts_with('@') || own.starts_with('\\') ? "\\" : "") + std::string(own);
}

// One record that cannot be read: it goes to quarantine under its key, and the rest of the batch goes on.
struct FaultyRecord {
  std::string key;
  // What could be read of it; may be empty.
  std::string json;
  std::vector<Fault> faults;
};

// What one pull brought. The pipeline stores `progress` in the same transaction as everything made of the records.
struct Batch {
  std::vector<Record> records;
  std::vector<FaultyRecord> faulty;
  // Keys of faults that are over, e.g. of a file that could not be read and now can.
  std::vector<std::string> mended;
  // Entries of the source's progress to write; an empty value removes the entry.
  std::vector<std::pair<std::string, std::string>> progress;
  // More can be pulled at once.
  bool more = false;
  // The extract these records belong to, for sources that give everything they hold time after time: what was not seen
  // under this name when the extract ends is missing from it. Empty for a source that gives changes only.
  std::string extract;
  // What the records were read from, as in PlaceKey.
  std::string scope;
  // The last batch of the extract, or of the scope where there is no extract.
  bool extract_ended = false;
  // When the extract was taken, in UTC microseconds, where that is known: of two versions of a record the one of the
  // later extract counts.
  std::optional<std::int64_t> taken_at_us;
  // Set with every batch of an extract that is whole and names everything the source holds: when it was taken, in UTC
  // microseconds. What is missing from it is gone at the source. A partial or failed extract never sets it.
  std::optional<std::int64_t> complete_at_us;
  // What the source waits for, for the status line; empty when it waits for nothing.
  Text waiting;
};

// What a source remembers between pulls, kept by the pipeline in the adapter's state file.
class Progress {
 public:
  virtual ~Progress() = default;
  // The value stored under the key, or nothing.
  virtual std::optional<std::string> Find(const std::string& key) const = 0;
  // The name of a file as it may be kept and shown: without numbers of citizens. Where something is kept by it, two
  // names are still two.
  virtual std::string SafeName(const std::string& name) const { return common::ScrubCprInWords(name); }
};

// A way to get records out of a care system.
class Source {
 public:
  virtual ~Source() = default;
  // Reads at most `limit` records after what `progress` says is done. A batch without records, faults and `more` means
  // nothing new. An error is trouble of the machine (the folder cannot be read); what is wrong in the data is in
  // Batch::faulty. A pull that was not committed can be repeated from the same progress.
  virtual absl::StatusOr<Batch> Pull(const Progress& progress, std::size_t limit) = 0;
  // Whether the next pull goes on in the middle of what the last one read, so that it asks Progress for nothing.
  virtual bool InTheMiddle() const { return false; }
  // Drops what it remembers besides Progress: its progress was set back, or a batch was not committed.
  virtual void Restart() = 0;
};

}  // namespace hjerte::source
