#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/common/file_descriptor.h"

namespace hjertegateway::v1 {
class SubscribeResponse;
}

namespace hjerte::tool {

// What was taken over from the export, as a file of JSON lines, one for each change in commit order:
//   {"cursor":…,"commit_seq":…,"committed_at":…,"kind":"record|correction|retraction","authority":…,"course_key":…,
//    "record":{…} (not for a retraction),"cpr":… (only for a consumer that may have it)}
// A change and the cursor behind it are one line, so that a program stopped anywhere goes on without loss or repeat: a
// last line without its line end is dropped and comes again. The file has mode 0600 and one writer at a time.
class ExportJournal {
 public:
  // Opens or creates the file, drops a torn last line, and finds the cursor. Unavailable when another program holds it;
  // DataLoss when a line is not one of the journal's.
  static absl::StatusOr<ExportJournal> Open(const std::filesystem::path& file);

  // The cursor of the last change held; empty when there is none.
  const std::string& cursor() const { return cursor_; }
  absl::Status Append(const hjertegateway::v1::SubscribeResponse& change);
  // Makes what was appended durable.
  absl::Status Sync();
  // The course records as they are after all changes, by "authority/course key".
  absl::StatusOr<std::map<std::string, std::string>> Records() const;

 private:
  ExportJournal(std::filesystem::path file, common::FileDescriptor descriptor)
      : file_(std::move(file)), descriptor_(std::move(descriptor)) {}

  std::filesystem::path file_;
  common::FileDescriptor descriptor_;
  std::string cursor_;
};

}  // namespace hjerte::tool
