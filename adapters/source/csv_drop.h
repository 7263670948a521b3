#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/source/csv_extract.h"
#include "adapters/source/csv_layout.h"
#include "adapters/source/extract_drop.h"
#include "services/common/clock.h"

namespace hjerte::source {

// How a folder of CSV extracts is read.
struct CsvDropOptions {
  // Holds the files of the layout, or folders that each hold all of them; folders are read in order of their names and
  // before files that lie in the folder itself.
  std::filesystem::path folder;
  CsvLayout layout;
  // How long a file must lie unchanged before it is taken.
  std::chrono::milliseconds settle{5000};
  // Whether each extract names every course the care system holds, so that a course gone from it is gone.
  bool complete = true;
};

// CSV extracts in a folder. An extract is read when its content changed; a file being written, a missing file or a file
// replaced while it is read only postpones it.
class CsvDrop final : public ExtractDrop {
 public:
  // `clock` must outlive the source.
  CsvDrop(CsvDropOptions options, const common::Clock& clock)
      : options_(std::move(options)), settling_(options_.settle, clock) {}
  void Restart() override {
    current_ = nullptr;
    done_.clear();
  }

 private:
  // An extract being read, and where its progress is kept.
  struct Current {
    std::string name;
    std::unique_ptr<CsvExtract> extract;
    std::int64_t taken_at_us = 0;
    // Whether what is missing from it is gone at the source.
    bool complete = false;
    // It stands before one that was read already.
    bool late = false;
  };

  absl::StatusOr<std::vector<std::string>> Names() const override;
  absl::StatusOr<bool> TryOpen(const std::string& name, const Progress& progress, Batch& batch) override;
  bool IsOpen() const override { return current_ != nullptr; }
  bool IsUnchanged() const override { return current_->extract->Unchanged(); }
  absl::Status ReadOn(Batch& batch, std::size_t limit) override;
  void Close() override { current_ = nullptr; }
  std::filesystem::path FolderOf(const std::string& name) const {
    return name.empty() ? options_.folder : options_.folder / name;
  }
  Current Opened(const std::string& name, std::unique_ptr<CsvExtract> extract, const Progress& progress) const;
  // The states of the extract's files when all of them may be read.
  std::optional<std::vector<FileState>> ReadyStates(const std::string& name, Batch& batch);
  // The first file that is larger than the layout allows, by its place there.
  std::optional<std::size_t> TooLarge(const std::vector<FileState>& states) const;
  static void Refuse(const std::string& name, std::string position, Fault fault, Batch& batch);

  CsvDropOptions options_;
  Settling settling_;
  std::unique_ptr<Current> current_;
  // Extracts found done: the state of their files then, so that an unchanged folder costs no reading.
  std::map<std::string, std::vector<FileState>> done_;
};

}  // namespace hjerte::source
