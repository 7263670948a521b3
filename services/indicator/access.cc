#include "services/indicator/access.h"

#include <array>
#include <utility>

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
