#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "services/doors/role.h"

namespace hjerte::doors {

// Where the programs can be spoken to. What a program serves and this does not name cannot be opened.
enum class Listener : std::uint8_t {
  kCalls,              // hjerte-indicator: gRPC, with certificates of both sides
  kPages,              // hjerte-indicator: the public pages
  kCentralOperations,  // hjerte-indicator: for the machine's operator, on a loopback address
  kAdapterOperations,  // hjerte-adapter: the same
};

// What may be asked for.
enum class Action : std::uint8_t {
  kDeliver,        // for the own authority
  kValidate,       // for the own authority
  kListVariables,  //
  kReadPublished,  // sets, the masked snapshot, masked freshness
  kReadLiveOwn,    // live, unmasked figures of the own municipality
  kReadLiveAll,    // live, unmasked figures of every unit
  kExplainOwn,     // why a course of the own authority counts as it does
  kExplainAll,     // the same for every authority
  kExport,         // course records
  kExportCpr,      // with the CPR
  kListResources,  // current resources, pseudonymised
  kPublish,        // a new snapshot now
  kAdminister,     // backup, rotation of keys
  kAskHealth,      // whether the service answers
  kReadContracts,  // gRPC reflection
  kSeePages,       // the masked snapshot as pages and downloads
  kWatchOver,      // metrics
};

// One row: behind this door, for this, stand these. A door has a row for each thing it is asked for.
struct Row {
  Listener listener;
  std::string_view route;  // "/package.Service/Method" of a call, else the pattern of a path
  Action action;
  RoleSet who;
};

// The one table of who may what. What is not in it is refused.
std::span<const Row> Table();

// Whether a role may, by whichever door.
bool IsAllowed(Role role, Action action);
// Whether a door opens to a role at all: for one of the things it is asked for.
bool IsOpen(Listener listener, std::string_view route, Role role);
// What a door is asked for first; nothing when there is no such door.
std::optional<Action> PurposeOf(Listener listener, std::string_view route);

// What an action is called in the log.
std::string_view ActionName(Action action);

}  // namespace hjerte::doors
