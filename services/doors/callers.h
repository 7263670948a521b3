#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "services/common/identity.h"
#include "services/common/log.h"
#include "services/doors/table.h"

namespace hjerte::doors {

// A peer that the configuration knows.
struct Caller {
  std::string uri;
  Role role = Role::kAnyone;
  std::string authority;  // of adapter and municipality, else empty

  bool May(Action action) const { return IsAllowed(role, action); }
};

// The identities of the configuration, by SAN URI. Who is not in it may nothing.
class CallerTable {
 public:
  // False when the URI is there already.
  bool Add(Caller caller);
  // PermissionDenied for a peer the table does not know; the text names its URI.
  absl::StatusOr<Caller> Find(const common::Identity& identity) const;
  // Writes a line for each call that is refused from now on; without it none is written.
  void TellRefusals(const common::Logger& log);
  // Tells the operator who was refused what: event=call-refused, at most a few a second.
  void NoteRefused(std::string_view who, std::string_view role, std::string_view wanted) const;
  // The same of somebody whom the table does not know; `chain` as in TellCallers.
  void NoteStranger(std::string_view who, std::string_view chain) const;
  // Calls `seen` for each call that says who it is, with ServerContext::peer and the chain of certificates (PEM, the
  // caller's own first); from any thread.
  void TellCallers(std::function<void(const std::string& peer, std::string_view chain)> seen) {
    seen_ = std::move(seen);
  }
  void NoteCaller(const std::string& peer, std::string_view chain) const {
    if (seen_) seen_(peer, chain);
  }
  // Every identity with its role and authority, one a line, sorted: what a change of the table is told by.
  std::string Text() const;

 private:
  struct RefusalLog;
  std::map<std::string, Caller> callers_;
  std::shared_ptr<RefusalLog> refusals_;
  std::function<void(const std::string& peer, std::string_view chain)> seen_;
};

}  // namespace hjerte::doors
