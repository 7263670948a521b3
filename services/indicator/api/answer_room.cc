#include "services/indicator/api/answer_room.h"

namespace hjerte::indicator {
namespace {

// What a call takes beside its answer.
constexpr std::int64_t kBeside = 16 << 10;

}  // namespace

AnswerRoom::Place::~Place() { room_.Exchange(caller_, held_, 0); }

absl::Status AnswerRoom::Place::Hold(std::int64_t bytes) {
  const std::int64_t now = bytes + kBeside;
  if (!room_.Exchange(caller_, held_, now)) {
    return absl::ResourceExhaustedError(
        "this certificate has asked for more than it has taken; take those answers, or end those streams, and ask "
        "again");
  }
  held_ = now;
  return absl::OkStatus();
}

bool AnswerRoom::Exchange(const std::string& caller, std::int64_t before, std::int64_t now) {
  const std::lock_guard lock(mutex_);
  std::int64_t& held = held_[caller];
  const std::int64_t others = held - before;
  if (now > before && others > 0 && others + now > bytes_per_caller_max_) return false;
  held = others + now;
  if (held == 0) held_.erase(caller);
  return true;
}

}  // namespace hjerte::indicator
