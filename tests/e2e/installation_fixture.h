#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/program_fixture.h"
#include "tests/temporary_folder.h"

namespace hjerte::tests {

// A care system of an installation: a line of sources.csv.
struct CareSystem {
  std::string code;
  std::string format;  // csv, json, kl
  bool second_bundle = false;
};

// A whole installation on this machine in a folder of its own: simulated care systems, the central service and
// adapters, laid out by deploy/local as the demo's is. Everything is gone when this goes. Methods that fail end the
// test.
class Installation {
 public:
  Installation() = default;

  // What the care systems export lies here, and the truth.
  std::filesystem::path data() const { return folder_ / "data"; }
  // Configuration, certificates, logs and databases.
  std::filesystem::path state() const { return folder_ / "state"; }
  // The folder a care system exports to.
  std::filesystem::path drop(const std::string& code) const { return data() / code; }

  // Runs `hjerte simulate` with these options into data().
  void Simulate(std::vector<std::string> options);
  // Care systems that a test fills by hand instead.
  void Declare(const std::vector<CareSystem>& systems);
  // Lays out everything under state(). Other registry content than the shipped one may be named.
  void LayOut(const std::filesystem::path& content = {});

  void StartCentral();
  // SIGTERM, and waits for a clean end.
  void StopCentral();
  Program& central() { return *central_; }
  // Starts an adapter that delivers what its care system holds and ends.
  std::unique_ptr<Program> StartAdapter(const std::string& code) const;
  // Runs the adapters of these care systems at once until each has delivered everything.
  void Deliver(const std::vector<std::string>& codes) const;
  // The same for every care system of sources.csv.
  void DeliverAll() const { Deliver(codes()); }

  // The codes of sources.csv.
  std::vector<std::string> codes() const;
  // Runs `hjerte` with the identity of the registry against the central service.
  Outcome AskCentral(std::vector<std::string> arguments) const;
  // Unmasked figures as CSV for a division of time and of the population.
  std::string Figures(const std::string& period, const std::string& stratum = "") const;
  // All of them, one file for each division.
  std::vector<std::filesystem::path> AllFigures() const;
  // "figures equal truth: X of Y" and what differs, as `hjerte simulate --compare` tells it.
  Outcome CompareWithTruth() const;

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Program> central_;
};

}  // namespace hjerte::tests
