#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "adapters/source/drop_folder.h"
#include "adapters/source/source.h"
#include "services/common/clock.h"

namespace hjerte::source {

// How a folder of delivery reports is read.
struct ReportFilesOptions {
  std::filesystem::path folder;
  std::string prefix;
  std::string suffix = ".json";
  std::chrono::milliseconds settle{5000};
  std::size_t file_bytes_max = std::size_t{16} << 20;
};

// FHIR Bundles, one a file, in order of their names. A record's key is the Bundle's profile and id, so that the same
// report in another file is the same record. Other resources than Bundles are passed over; what is no
// resource is faulty.
class ReportFiles final : public Source {
 public:
  // `clock` must outlive the source.
  ReportFiles(ReportFilesOptions options, const common::Clock& clock)
      : options_(std::move(options)), settling_(options_.settle, clock) {}
  absl::StatusOr<Batch> Pull(const Progress& progress, std::size_t limit) override;
  void Restart() override {
    names_.clear();
    next_ = 0;
  }

 private:
  absl::Status ReadReport(const std::string& name, const Progress& progress, Batch& batch);

  ReportFilesOptions options_;
  Settling settling_;
  // What is left of the latest listing, and how far it was read.
  std::vector<std::string> names_;
  std::size_t next_ = 0;
  // What one of them waits for, up to the next listing.
  Text waiting_;
};

}  // namespace hjerte::source
