#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace hjerte::soak {

// Two network namespaces joined by a veth pair: the central service lives in one under kCentralAddress, the adapters in
// the other. Needs root; gone when this goes.
class Namespaces {
 public:
  static constexpr const char* kCentralAddress = "10.77.0.1";

  // Names are derived from the process and `number`.
  explicit Namespaces(int number);
  ~Namespaces();
  Namespaces(const Namespaces&) = delete;
  Namespaces& operator=(const Namespaces&) = delete;

  // Makes them; PermissionDenied where that is not allowed.
  absl::Status Make() const;

  // Words before a command that runs it inside.
  std::vector<std::string> InCentral() const { return {kIp, "netns", "exec", central_}; }
  std::vector<std::string> InAdapters() const { return {kIp, "netns", "exec", adapters_}; }

  // Takes the cable out and puts it in again.
  void SetLink(bool up) const;
  // A route to nowhere instead of the one that leads to the other side: packets of that direction vanish.
  void BlackholeFromCentral(bool on) const;
  void BlackholeFromAdapters(bool on) const;

 private:
  static constexpr const char* kIp = "/usr/sbin/ip";
  std::string central_;
  std::string adapters_;
};

}  // namespace hjerte::soak
