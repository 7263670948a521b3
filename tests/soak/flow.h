#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/e2e/program.h"
#include "tests/soak/facts.h"
#include "tests/soak/installation.h"

namespace hjerte::soak {

struct FlowOptions {
  const Installation& installation;
  std::filesystem::path folder;  // made by Installation::MakeRun
  std::string connect;           // where the tool reaches the central service
  // The programs with crash points and a failing ground instead of those that ship.
  bool faulty = false;
  // Words before a program's command line, e.g. {"/usr/bin/env", "NAME=value"}; `start` counts its starts from 1.
  std::function<std::vector<std::string>(const std::string& part, int start)> before = [](const std::string&, int) {
    return std::vector<std::string>();
  };
  // Called every few milliseconds while the adapters deliver.
  std::function<void()> meanwhile = [] {};
  // Called once when they are done, before anything is asked …
  std::function<void()> delivered = [] {};
  // … and then they deliver once more.
  bool deliver_again = false;
  // Where logs go; the folder itself when empty.
  std::filesystem::path logs{};
  // Starts again whatever ended, not only what was killed, as an operator's service manager does: after a short rest.
  bool restart_all = false;
  std::chrono::seconds deadline{120};
};

// The whole flow once: central service, an adapter for each authority with --once, and a consumer of the export that
// follows. What dies by SIGKILL is started again; everything else that ends as it should not is an error. When the
// adapters are done the figures are published, read and exported, the programs are stopped, and what they left is read.
class Flow {
 public:
  explicit Flow(FlowOptions options) : options_(std::move(options)) {}

  absl::StatusOr<Facts> Run();

  // For `meanwhile`: "central", "consumer" or "adapter-<authority>".
  void Kill(const std::string& part);
  void Signal(const std::string& part, int signal);
  // 0 when it does not run.
  pid_t pid(const std::string& part) const;
  std::vector<std::string> Running() const;
  std::chrono::milliseconds elapsed() const;
  // When the last adapter was done, after the start.
  std::chrono::milliseconds delivered_after() const { return delivered_after_; }
  // How often it was started.
  int starts(const std::string& part) const;
  // How often one of the lasting programs was killed and started again.
  int kills() const { return kills_; }

 private:
  struct Part {
    std::vector<std::string> command;
    std::unique_ptr<tests::Program> program;
    int starts = 0;
    bool done = false;
    // When it was seen to have ended by itself.
    std::optional<std::chrono::steady_clock::time_point> ended_at;
  };

  void Start(const std::string& name);
  absl::Status KeepUp();
  absl::Status DeliverAll();
  absl::Status DeliverAgain();
  // Runs the tool until it succeeds, keeping the central service up meanwhile; returns what it printed.
  absl::StatusOr<std::string> Ask(const std::vector<std::string>& arguments, const std::string& identity);
  absl::Status ReadFigures(Facts& facts);
  absl::Status TakeOver(Facts& facts);
  absl::Status StopCentral();
  bool Late() const { return elapsed() > options_.deadline; }
  std::string Program(const std::string& name) const { return options_.faulty ? name + "-faulty" : name; }

  FlowOptions options_;
  std::map<std::string, Part> parts_;
  std::chrono::steady_clock::time_point begun_;
  std::chrono::milliseconds delivered_after_{0};
  int kills_ = 0;
  int asked_ = 0;
};

}  // namespace hjerte::soak
