#include "services/common/progress.h"

#include <unistd.h>

#include <iostream>

namespace hjerte::common {
namespace {

constexpr std::int64_t kBarWidth = 30;
constexpr std::chrono::milliseconds kRedrawEvery{100};

}  // namespace

Progress::Progress(std::string label, std::int64_t total)
    : Progress(std::move(label), total, std::cerr, ::isatty(STDERR_FILENO) == 1) {}

Progress::Progress(std::string label, std::int64_t total, std::ostream& out, bool visible)
    : label_(std::move(label)), total_(total), out_(out), visible_(visible) {}

Progress::~Progress() {
  if (visible_ && drawn_percent_ >= 0) out_ << "\r\x1b[K" << std::flush;
}

void Progress::Update(std::int64_t done) {
  done_ = done;
  if (!visible_) return;
  const std::int64_t percent = total_ > 0 ? done_ * 100 / total_ : 0;
  const auto now = std::chrono::steady_clock::now();
  // A step of one per cent is always drawn; without a total the count is, now and then.
  if (percent == drawn_percent_ && now - drawn_at_ < kRedrawEvery) return;
  drawn_percent_ = percent;
  drawn_at_ = now;
  Draw();
}

void Progress::Draw() {
  out_ << "\r" << label_ << " ";
  if (total_ > 0) {
    const std::int64_t filled = std::min(kBarWidth, done_ * kBarWidth / total_);
    out_ << "[" << std::string(static_cast<std::size_t>(filled), '#')
         << std::string(static_cast<std::size_t>(kBarWidth - filled), '.') << "] " << drawn_percent_ << " % (" << done_
         << " of " << total_ << ")";
  } else {
    out_ << done_;
  }
  out_ << "\x1b[K" << std::flush;
}

}  // namespace hjerte::common
