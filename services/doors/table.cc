#include "services/doors/table.h"

#include <algorithm>
#include <utility>

namespace hjerte::doors {
namespace {

using enum Role;
using enum Listener;

constexpr RoleSet kEveryCaller = {kAdapter, kReader, kMunicipality, kRegistry, kExporter, kAdmin};
constexpr RoleSet kWhoeverComes = {kAnyone, kOperator};

// clang-format off
constexpr Row kTable[] = {
    {kCalls, "/hjertegateway.v1.DeliveryService/Deliver", Action::kDeliver, {kAdapter}},
    {kCalls, "/hjertegateway.v1.DeliveryService/Validate", Action::kValidate, {kAdapter, kMunicipality}},
    {kCalls, "/hjertegateway.v1.DeliveryService/ListVariables", Action::kListVariables, kEveryCaller},

    {kCalls, "/hjertegateway.v1.IndicatorService/ListIndicatorSets", Action::kReadPublished, kEveryCaller},
    {kCalls, "/hjertegateway.v1.IndicatorService/GetResults", Action::kReadPublished, kEveryCaller},
    {kCalls, "/hjertegateway.v1.IndicatorService/GetResults", Action::kReadLiveOwn, {kMunicipality, kRegistry}},
    {kCalls, "/hjertegateway.v1.IndicatorService/GetResults", Action::kReadLiveAll, {kRegistry}},
    {kCalls, "/hjertegateway.v1.IndicatorService/WatchResults", Action::kReadPublished, kEveryCaller},
    {kCalls, "/hjertegateway.v1.IndicatorService/WatchResults", Action::kReadLiveOwn, {kMunicipality, kRegistry}},
    {kCalls, "/hjertegateway.v1.IndicatorService/WatchResults", Action::kReadLiveAll, {kRegistry}},
    {kCalls, "/hjertegateway.v1.IndicatorService/GetFreshness", Action::kReadPublished, kEveryCaller},
    {kCalls, "/hjertegateway.v1.IndicatorService/GetFreshness", Action::kReadLiveOwn, {kMunicipality, kRegistry}},
    {kCalls, "/hjertegateway.v1.IndicatorService/GetFreshness", Action::kReadLiveAll, {kRegistry}},
    {kCalls, "/hjertegateway.v1.IndicatorService/ExplainCourse", Action::kExplainOwn, {kMunicipality, kRegistry}},
    {kCalls, "/hjertegateway.v1.IndicatorService/ExplainCourse", Action::kExplainAll, {kRegistry}},
    {kCalls, "/hjertegateway.v1.IndicatorService/PublishSnapshot", Action::kPublish, {kRegistry, kAdmin}},

    {kCalls, "/hjertegateway.v1.ExportService/Subscribe", Action::kExport, {kRegistry, kExporter}},
    {kCalls, "/hjertegateway.v1.ExportService/Subscribe", Action::kExportCpr, {kExporter}},
    {kCalls, "/hjertegateway.v1.ExportService/ListResources", Action::kListResources, {kRegistry}},

    {kCalls, "/hjertegateway.v1.AdminService/Backup", Action::kAdminister, {kAdmin}},
    {kCalls, "/hjertegateway.v1.AdminService/RotateKeys", Action::kAdminister, {kAdmin}},

    {kCalls, "/grpc.health.v1.Health/Check", Action::kAskHealth, kEveryCaller},
    {kCalls, "/grpc.health.v1.Health/Watch", Action::kAskHealth, kEveryCaller},
    {kCalls, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", Action::kReadContracts, kEveryCaller},

    {kPages, "/", Action::kSeePages, kWhoeverComes},
    {kPages, "/municipality/{code}", Action::kSeePages, kWhoeverComes},
    {kPages, "/municipality/{code}.csv", Action::kSeePages, kWhoeverComes},
    {kPages, "/municipality/{code}.json", Action::kSeePages, kWhoeverComes},
    {kPages, "/assets/{name}", Action::kSeePages, kWhoeverComes},
    {kPages, "/healthz", Action::kSeePages, kWhoeverComes},

    {kCentralOperations, "/metrics", Action::kWatchOver, {kOperator}},
    {kCentralOperations, "/healthz", Action::kWatchOver, {kOperator}},

    {kAdapterOperations, "/metrics", Action::kWatchOver, {kOperator}},
    {kAdapterOperations, "/healthz", Action::kWatchOver, {kOperator}},
};
// clang-format on

// IsAllowed looks at the first row of an action: every row of it must say the same.
constexpr bool EachActionHasOneAnswer() {
  for (const Row& one : kTable) {
    for (const Row& other : kTable) {
      if (one.action == other.action && !(one.who == other.who)) return false;
    }
  }
  return true;
}
static_assert(EachActionHasOneAnswer());

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
    {Action::kAskHealth, "ask for health"},
    {Action::kReadContracts, "read the contracts"},
    {Action::kSeePages, "see the pages"},
    {Action::kWatchOver, "watch over the program"},
};

}  // namespace

std::span<const Row> Table() { return kTable; }

bool IsAllowed(Role role, Action action) {
  const auto* const row = std::ranges::find(kTable, action, &Row::action);
  return row != std::ranges::end(kTable) && row->who.Has(role);
}

bool IsOpen(Listener listener, std::string_view route, Role role) {
  return std::ranges::any_of(
      kTable, [&](const Row& row) { return row.listener == listener && row.route == route && row.who.Has(role); });
}

std::optional<Action> PurposeOf(Listener listener, std::string_view route) {
  for (const Row& row : kTable) {
    if (row.listener == listener && row.route == route) return row.action;
  }
  return std::nullopt;
}

std::string_view ActionName(Action action) {
  for (const auto& [named, name] : kActionNames) {
    if (named == action) return name;
  }
  return {};
}

}  // namespace hjerte::doors
