#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/common/identity.h"
#include "services/common/log.h"

namespace hjerte::indicator {

// Who may be at the other end.
enum class Role : std::uint8_t { kAdapter, kReader, kMunicipality, kRegistry, kExporter, kAdmin };
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
  kAdminister      // backup, rotation of keys
};

// Whether a role may. What is not in the one table (access.cc) is refused.
bool IsAllowed(Role role, Action action);

// A peer that the configuration knows.
struct Caller {
  std::string uri;
  Role role = Role::kReader;
  std::string authority;  // of adapter and municipality, else empty

  bool May(Action action) const { return IsAllowed(role, action); }
};

std::optional<Role> ParseRole(std::string_view name);
std::string_view RoleName(Role role);
// What an action is called in the log.
std::string_view ActionName(Action action);

// The identities of the configuration, by SAN URI. Who is not in it may nothing.
class AccessTable {
 public:
  // False when the URI is there already.
  bool Add(Caller caller);
  // PermissionDenied for a peer the table does not know; the text names its URI.
  absl::StatusOr<Caller> Find(const common::Identity& identity) const;
  // Writes a line for each call that is refused from now on; without it none is written.
  void TellRefusals(const common::Logger& log);
  // Tells the operator who was refused what: event=call-refused, at most a few a second.
  void NoteRefused(std::string_view who, std::string_view role, std::string_view wanted) const;
  // Every identity with its role and authority, one a line, sorted: what a change of the table is told by.
  std::string Text() const;

 private:
  std::map<std::string, Caller> callers_;
  struct RefusalLog;
  std::shared_ptr<RefusalLog> refusals_;
};

}  // namespace hjerte::indicator
