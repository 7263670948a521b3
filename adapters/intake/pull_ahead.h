#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "adapters/source/source.h"

namespace hjerte::adapters {

// Pulls a source's next batch while the one before is taken in, where the source can go on without its progress.
class PullAhead {
 public:
  // `source` must outlive it; `limit` records a batch.
  PullAhead(source::Source& source, std::size_t limit) : source_(source), limit_(limit) {}

  // The batch pulled ahead, or one pulled now.
  absl::StatusOr<std::shared_ptr<const source::Batch>> Pull(const source::Progress& progress);
  // Pulls the batch after the one at hand and keeps it for the next Pull; null where it cannot. May be called by
  // another thread, while nothing else is called.
  std::shared_ptr<const source::Batch> Ahead();
  // Source::Restart; what was pulled ahead is dropped.
  void Restart();

 private:
  source::Source& source_;
  const std::size_t limit_;
  std::optional<absl::StatusOr<std::shared_ptr<const source::Batch>>> ahead_;
};

}  // namespace hjerte::adapters
