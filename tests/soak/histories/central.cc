#include "tests/soak/histories/central.h"

#include <optional>
#include <utility>

#include "services/indicator/return_if_error.h"

namespace hjerte::soak {
namespace {

std::filesystem::path BackupOf(const std::filesystem::path& folder) { return folder.string() + ".backup"; }

}  // namespace

Central::Central(const Ground& ground, std::filesystem::path folder, const common::Clock& clock)
    : folder_(std::move(folder)), service_(ground, folder_ / "central.db", "", clock, random_) {}

absl::Status Central::Start() {
  std::filesystem::create_directories(folder_);
  return service_.Start();
}

adapters::LinkEvent Central::Deliver(const hjertegateway::v1::DeliverRequest& request) {
  std::optional<adapters::LinkEvent> answer;
  if (service_.MoveToToday().ok()) {
    service_.Submit(
        request, [&](const indicator::DeliveryOutcome& outcome) { answer = AnswerOf(request.delivery_id(), outcome); });
    while (!answer.has_value() && service_.Work()) {
    }
  }
  if (answer.has_value()) return *std::move(answer);
  indicator::DeliveryOutcome later;
  later.refusal = indicator::RefusalKind::kTryLater;
  return AnswerOf(request.delivery_id(), later);
}

absl::Status Central::Backup() {
  service_.Stop();
  CopyFolder(folder_, BackupOf(folder_));
  return service_.Start();
}

absl::StatusOr<bool> Central::Restore() {
  if (!std::filesystem::exists(BackupOf(folder_))) return false;
  service_.Stop();
  CopyFolder(BackupOf(folder_), folder_);
  ++restored_;
  HJERTE_RETURN_IF_ERROR(service_.Start());
  return true;
}

void CopyFolder(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

}  // namespace hjerte::soak
