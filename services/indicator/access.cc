#include "services/indicator/access.h"

#include <array>
#include <optional>
#include <utility>

#include "services/common/line_budget.h"

namespace hjerte::indicator {
namespace {

struct Grant {
  Role role;
  Action action;
};

// The one table of who may what.
constexpr Grant kGrants[] = {
    {Role::kAdapter, Action::kDeliver},
    {Role::kAdapter, Action::kValidate},
    {Role::kAdapter, Action::kListVariables},
    {Role::kAdapter, Action::kReadPublished},
    {Role::kReader, Action::kListVariables},
    {Role::kReader, Action::kReadPublished},
    {Role::kMunicipality, Action::kValidate},
    {Role::kMunicipality, Action::kListVariables},
    {Role::kMunicipality, Action::kReadPublished},
    {Role::kMunicipality, Action::kReadLiveOwn},
    {Role::kMunicipality, Action::kExplainOwn},
    {Role::kRegistry, Action::kListVariables},
    {Role::kRegistry, Action::kReadPublished},
    {Role::kRegistry, Action::kReadLiveAll},
    {Role::kRegistry, Action::kExplainAll},
    {Role::kRegistry, Action::kExport},
    {Role::kRegistry, Action::kListResources},
    {Role::kRegistry, Action::kPublish},
    {Role::kExporter, Action::kListVariables},
    {Role::kExporter, Action::kReadPublished},
    {Role::kExporter, Action::kExport},
    {Role::kExporter, Action::kExportCpr},
    {Role::kAdmin, Action::kListVariables},
    {Role::kAdmin, Action::kReadPublished},
    {Role::kAdmin, Action::kPublish},
    {Role::kAdmin, Action::kAdminister},
};

constexpr std::array<std::pair<std::string_view, Role>, 6> kRoleNames = {{{"adapter", Role::kAdapter},
                                                                          {"reader", Role::kReader},
                                                                          {"municipality", Role::kMunicipality},
                                                                          {"registry", Role::kRegistry},
                                                                          {"exporter", Role::kExporter},
                                                                          {"admin", Role::kAdmin}}};

constexpr std::pair<Action, std::string_view> kActionNames[] = {
    {Action::kDeliver, "deliver"},
    {Action::kValidate, "validate"},
    {Action::kListVariables, "list variables"},
    {Action::kReadPublished, "read published figures"},
    {Action::kReadLiveOwn, "read live figures of the own municipality"},
    {Action::kReadLiveAll, "read live figures"},
    {Action::kExplainOwn, "look at a course of the own authority"},
    {Action::kExplainAll, "look at a course of another authority"},
    {Action::kExport, "export course records"},
    {Action::kExportCpr, "export numbers of citizens"},
    {Action::kListResources, "list resources"},
    {Action::kPublish, "publish a snapshot"},
    {Action::kAdminister, "administer"},
};

// One caller who asks without end writes no more than this.
constexpr int kRefusalsPerSecondMax = 20;

}  // namespace

bool IsAllowed(Role role, Action action) {
  for (const Grant& grant : kGrants) {
    if (grant.role == role && grant.action == action) return true;
  }
  return false;
}

std::optional<Role> ParseRole(std::string_view name) {
  for (const auto& [known, role] : kRoleNames) {
    if (known == name) return role;
  }
  return std::nullopt;
}

std::string_view RoleName(Role role) {
  for (const auto& [name, known] : kRoleNames) {
    if (known == role) return name;
  }
  return {};
}

std::string_view ActionName(Action action) {
  for (const auto& [named, name] : kActionNames) {
    if (named == action) return name;
  }
  return {};
}

// Shared by the table's copies: the lines of a second are counted once.
struct AccessTable::RefusalLog {
  explicit RefusalLog(common::Logger to) : log(std::move(to)) {}
  const common::Logger log;
  common::LineBudget budget{kRefusalsPerSecondMax};
};

void AccessTable::TellRefusals(const common::Logger& log) { refusals_ = std::make_shared<RefusalLog>(log); }

void AccessTable::NoteRefused(std::string_view who, std::string_view role, std::string_view wanted) const {
  if (refusals_ == nullptr) return;
  const std::optional<std::int64_t> omitted = refusals_->budget.Spend();
  if (!omitted) return;
  refusals_->log.Warning("call-refused",
                         {{"who", who}, {"role", role}, {"wanted", wanted}, {"lines_left_out", *omitted}});
}

bool AccessTable::Add(Caller caller) {
  std::string uri = caller.uri;
  return callers_.emplace(std::move(uri), std::move(caller)).second;
}

absl::StatusOr<Caller> AccessTable::Find(const common::Identity& identity) const {
  const auto found = callers_.find(identity.uri);
  if (found == callers_.end()) {
    return absl::PermissionDeniedError(identity.uri + " is not among the identities of the configuration");
  }
  return found->second;
}

std::string AccessTable::Text() const {
  std::string text;
  for (const auto& [uri, caller] : callers_) {
    text += uri + " " + std::string(RoleName(caller.role)) + (caller.authority.empty() ? "" : " " + caller.authority) +
            "\n";
  }
  return text;
}

}  // namespace hjerte::indicator
