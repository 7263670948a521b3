#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/status/statusor.h"

namespace hjerte::tool {

// One change of one course record as a line of the file.
struct ExportLine {
  std::string cursor;
  std::string kind;  // record, correction, retraction
  std::string authority;
  std::string course_key;
  std::string record_json;  // empty for a retraction
};

// A file of course-record changes, one JSON object a line, which a consumer killed anywhere resumes without loss or
// repeat: the cursor stands in the line itself, and a line that was not written to its end is cut off when it is
// opened.
class ExportFile {
 public:
  // Opens or makes it. DataLoss when the last whole line holds no cursor.
  static absl::StatusOr<ExportFile> Open(const std::filesystem::path& path);

  // Cursor of the last whole line; empty at the beginning.
  const std::string& cursor() const { return cursor_; }
  // Adds a line; it may stay in memory until Flush.
  void Append(const ExportLine& line);
  // Hands everything to the disk and waits for it.
  absl::Status Flush();

 private:
  ExportFile(std::filesystem::path path, std::string cursor) : path_(std::move(path)), cursor_(std::move(cursor)) {}

  std::filesystem::path path_;
  std::string cursor_;
  std::string pending_;
};

}  // namespace hjerte::tool
