#pragma once

#include <filesystem>
#include <memory>

#include "absl/status/status.h"
#include "services/tool/simulation/course.h"

namespace hjerte::tool {

// Writes what one municipality's care system exports: CSV as a folder for each wave (wave-1, wave-2, …), nested JSON as
// a file for each wave, KL's reports as a file each, whose names tell nothing of their order.
class ExtractWriter {
 public:
  virtual ~ExtractWriter() = default;
  // Exports a course to every wave that holds it.
  virtual void Add(const Course& course) = 0;
  // Writes what is left. Fails when the disk did.
  virtual absl::Status Finish() = 0;
};

// The writer of the municipality's format; the folder is there. Municipality and calendar must outlive it.
std::unique_ptr<ExtractWriter> MakeExtractWriter(const std::filesystem::path& folder, const Municipality& municipality,
                                                 const Calendar& calendar);

// The three makers behind it.
std::unique_ptr<ExtractWriter> MakeCsvWriter(const std::filesystem::path& folder, const Municipality& municipality,
                                             const Calendar& calendar);
std::unique_ptr<ExtractWriter> MakeJsonWriter(const std::filesystem::path& folder, const Municipality& municipality,
                                              const Calendar& calendar);
std::unique_ptr<ExtractWriter> MakeKlWriter(const std::filesystem::path& folder, const Municipality& municipality,
                                            const Calendar& calendar);

}  // namespace hjerte::tool
