#pragma once

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/source/drop_folder.h"
#include "adapters/source/extract_drop.h"
#include "adapters/source/json_scanner.h"
#include "mapping/json/text_error.h"
#include "services/common/clock.h"

namespace hjerte::source {

// How a folder of nested JSON extracts is read. Each file is one object with an array of records.
struct JsonDropOptions {
  std::filesystem::path folder;
  // File names begin and end so; files are read in order of their names.
  std::string prefix;
  std::string suffix = ".json";
  // Member of the file's object that holds the records.
  std::string records;
  // Member of a record that holds its key (text or number).
  std::string key;
  // Member of the file's object that says when the extract was taken (an instant), and whether it names everything the
  // care system holds (true or false). Without them no file is complete.
  std::string extract_time;
  std::string complete;
  std::chrono::milliseconds settle{5000};
  std::size_t file_bytes_max = std::size_t{2} << 30;
  std::size_t record_bytes_max = std::size_t{4} << 20;
  std::size_t records_max = 1'000'000;
};

// Nested JSON files in a folder. Memory is bounded by one record and 16 bytes for each record of the file being read.
class JsonDrop final : public ExtractDrop {
 public:
  // `clock` must outlive the source.
  JsonDrop(JsonDropOptions options, const common::Clock& clock)
      : options_(std::move(options)), settling_(options_.settle, clock) {}
  void Restart() override { Close(); }

 private:
  // The file being read.
  struct Current {
    std::string name;
    // The name as it may be shown.
    std::string shown;
    FileScan scan;
    std::vector<JsonScanner::Element> elements;
    std::size_t next = 0;
    std::optional<std::int64_t> taken_at_us;
    std::optional<std::int64_t> complete_at_us;
    // A record stands in it that cannot be told from others.
    bool holds_unplaced = false;
    // How far lines were counted, for the places of faults; the line there, and where it begins.
    std::uint64_t counted = 0;
    std::size_t line = 1;
    std::uint64_t line_start = 0;
  };

  absl::StatusOr<std::vector<std::string>> Names() const override;
  absl::StatusOr<bool> TryOpen(const std::string& name, const Progress& progress, Batch& batch) override;
  bool IsOpen() const override { return current_ != nullptr; }
  bool IsUnchanged() const override;
  absl::Status ReadOn(Batch& batch, std::size_t limit) override;
  void Close() override { current_ = nullptr; }
  void ReadElement(std::string text, const JsonScanner::Element& element, std::FILE* file, Batch& batch) const;
  // The error of an element's text as one of the file's, which `file` reads.
  json::TextError InFile(json::TextError error, const JsonScanner::Element& element, std::FILE* file) const;
  static void Refuse(const std::string& name, const std::string& shown, const std::string& position, Fault fault,
                     Batch& batch);

  JsonDropOptions options_;
  Settling settling_;
  std::unique_ptr<Current> current_;
};

}  // namespace hjerte::source
