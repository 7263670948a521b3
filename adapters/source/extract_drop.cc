#include "adapters/source/extract_drop.h"

namespace hjerte::source {

absl::StatusOr<Batch> ExtractDrop::Pull(const Progress& progress, std::size_t limit) {
  Batch batch;
  if (!IsOpen()) {
    if (absl::Status status = OpenNext(progress, batch); !status.ok()) return status;
    if (!IsOpen()) return batch;
  }
  absl::Status status = ReadOn(batch, limit);
  if (absl::IsUnavailable(status) || (IsOpen() && !IsUnchanged())) {
    Close();
    Batch again;
    again.more = true;
    return again;
  }
  if (!status.ok()) return status;
  return batch;
}

absl::Status ExtractDrop::OpenNext(const Progress& progress, Batch& batch) {
  const auto names = Names();
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    const auto opened = TryOpen(name, progress, batch);
    if (!opened.ok()) return opened.status();
    if (*opened) {
      batch.waiting = {};
      return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

}  // namespace hjerte::source
