#include "adapters/intake/pull_ahead.h"

#include <string>
#include <utility>

namespace hjerte::adapters {
namespace {

// For who does not ask.
class NoProgress final : public source::Progress {
 public:
  std::optional<std::string> Find(const std::string&) const override { return std::nullopt; }
};

using SharedBatch = std::shared_ptr<const source::Batch>;

absl::StatusOr<SharedBatch> Shared(absl::StatusOr<source::Batch> batch) {
  if (!batch.ok()) return batch.status();
  return std::make_shared<const source::Batch>(*std::move(batch));
}

}  // namespace

absl::StatusOr<SharedBatch> PullAhead::Pull(const source::Progress& progress) {
  if (!ahead_) return Shared(source_.Pull(progress, limit_));
  absl::StatusOr<SharedBatch> batch = *std::move(ahead_);
  ahead_.reset();
  return batch;
}

SharedBatch PullAhead::Ahead() {
  if (!source_.InTheMiddle()) return nullptr;
  ahead_ = Shared(source_.Pull(NoProgress(), limit_));
  return ahead_->ok() ? **ahead_ : nullptr;
}

void PullAhead::Restart() {
  ahead_.reset();
  source_.Restart();
}

}  // namespace hjerte::adapters
