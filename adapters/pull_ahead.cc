#include "adapters/pull_ahead.h"

#include <string>
#include <utility>

namespace hjerte::adapters {
namespace {

// For who does not ask.
class NoProgress final : public source::Progress {
 public:
  std::optional<std::string> Find(const std::string&) const override { return std::nullopt; }
};

}  // namespace

absl::StatusOr<source::Batch> PullAhead::Pull(const source::Progress& progress) {
  if (!ahead_) return source_.Pull(progress, limit_);
  absl::StatusOr<source::Batch> batch = *std::move(ahead_);
  ahead_.reset();
  return batch;
}

void PullAhead::Ahead() {
  if (source_.InTheMiddle()) ahead_ = source_.Pull(NoProgress(), limit_);
}

void PullAhead::Restart() {
  ahead_.reset();
  source_.Restart();
}

}  // namespace hjerte::adapters
