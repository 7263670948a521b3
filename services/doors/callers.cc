#include "services/doors/callers.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "services/common/grpc_log.h"
#include "services/common/line_budget.h"

namespace hjerte::doors {
namespace {

// One caller who asks without end writes no more than this.
constexpr int kRefusalsPerSecondMax = 20;

}  // namespace

// Shared by the table's copies: the lines of a second are counted once.
struct CallerTable::RefusalLog {
  explicit RefusalLog(common::Logger to) : log(std::move(to)) {}
  const common::Logger log;
  common::LineBudget budget{kRefusalsPerSecondMax};
};

void CallerTable::TellRefusals(const common::Logger& log) { refusals_ = std::make_shared<RefusalLog>(log); }

void CallerTable::NoteRefused(std::string_view who, std::string_view role, std::string_view wanted) const {
  if (refusals_ == nullptr) return;
  const std::optional<std::int64_t> omitted = refusals_->budget.Spend();
  if (!omitted) return;
  refusals_->log.Warning("call-refused",
                         {{"who", who}, {"role", role}, {"wanted", wanted}, {"lines_left_out", *omitted}});
}

void CallerTable::NoteStranger(std::string_view who, std::string_view chain) const {
  if (refusals_ == nullptr) return;
  const std::optional<std::int64_t> omitted = refusals_->budget.Spend();
  if (!omitted) return;
  refusals_->log.Warning("call-refused", {{"who", who},
                                          {"role", "none"},
                                          {"wanted", "any call"},
                                          {"certificate", common::CertificateName(chain)},
                                          {"lines_left_out", *omitted}});
}

bool CallerTable::Add(Caller caller) {
  std::string uri = caller.uri;
  return callers_.emplace(std::move(uri), std::move(caller)).second;
}

absl::StatusOr<Caller> CallerTable::Find(const common::Identity& identity) const {
  const auto found = callers_.find(identity.uri);
  if (found == callers_.end()) {
    return absl::PermissionDeniedError(identity.uri + " is not among the identities of the service's configuration");
  }
  return found->second;
}

std::string CallerTable::Text() const {
  std::string text;
  for (const auto& [uri, caller] : callers_) {
    text += uri + " " + std::string(RoleName(caller.role)) + (caller.authority.empty() ? "" : " " + caller.authority) +
            "\n";
  }
  return text;
}

}  // namespace hjerte::doors
