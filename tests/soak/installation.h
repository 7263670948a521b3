#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hjerte::soak {

// What the sizes of a run are.
struct DataSize {
  int municipalities = 3;  // CSV, JSON and KL reports in turn
  int courses = 30;
};

// Simulated care systems, certificates, keys and configurations that many runs share.
class Installation {
 public:
  // Writes everything into the folder, which must be new.
  static absl::StatusOr<Installation> Make(const std::filesystem::path& folder, const DataSize& size,
                                           std::uint64_t seed);

  // A folder for one run: configurations for a central service on `port` and for the adapters, which reach it under
  // `gateway` ("host:port"); states are new. The last of `replace` are pairs of text put into every configuration.
  absl::Status MakeRun(const std::filesystem::path& run, int port, const std::string& gateway,
                       const std::map<std::string, std::string>& replace = {}) const;

  const std::vector<std::string>& authorities() const { return authorities_; }
  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path data() const { return folder_ / "data"; }
  std::filesystem::path state() const { return folder_ / "state"; }

 private:
  std::filesystem::path folder_;
  std::vector<std::string> authorities_;
  std::string port_;
};

// A port of the loopback address that nothing listens on now.
int FreePort();

}  // namespace hjerte::soak
