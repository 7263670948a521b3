#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/e2e/program.h"
#include "tests/temporary_folder.h"

namespace hjerte::tests {

// A care system of an installation: a line of sources.csv.
struct CareSystem {
  // Code of the municipality, e.g. "0751".
  std::string code;
  // csv, json or kl.
  std::string format;
  // KL only: the cardiac resources come in second Bundles.
  bool second_bundle = false;
};

// A whole installation on this machine in a folder of its own: care systems, the central service and their adapters,
// with certificates and configuration laid out by deploy/local as the demo's are. Everything is gone when this goes.
// What fails is told as a failure of the test.
class Installation {
 public:
  Installation() = default;

  // What the care systems export lies here, and the truth.
  std::filesystem::path data() const { return folder_ / "data"; }
  // Configuration, certificates, logs and databases.
  std::filesystem::path state() const { return folder_ / "state"; }
  // The folder a care system exports to.
  std::filesystem::path drop(const std::string& code) const { return data() / code; }

  // Makes the care systems, with `hjerte simulate` and these options …
  void Simulate(std::vector<std::string> options);
  // … or empty ones, which the test fills: see Drop.
  void Declare(const std::vector<CareSystem>& systems);
  // Lays out everything under state(). Other registry content than the shipped one may be named.
  void LayOut(const std::filesystem::path& content = {});
  // Replaces a text in a configuration, e.g. "adapter-0751.yaml" or "indicator.yaml".
  void EditConfig(const std::string& file, const std::string& from, const std::string& to) const;
  // Exports a file from a care system, whole at once.
  void Drop(const std::string& code, const std::string& name, const std::string& text) const;

  // Starts the central service and waits until it serves. `environment` holds NAME=value pairs.
  void StartCentral(const std::vector<std::string>& environment = {});
  // SIGTERM, and waits for a clean end.
  void StopCentral();
  Program& central() { return *central_; }
  // Starts an adapter: with `once` it delivers what its care system holds and ends, else it goes on until stopped.
  std::unique_ptr<Program> StartAdapter(const std::string& code, bool once = true,
                                        const std::vector<std::string>& environment = {}) const;
  // Runs the adapters of these care systems at once until each has delivered everything, and tells what they printed.
  // Exit code 1 (all but what is in quarantine) is no failure.
  void Deliver(const std::vector<std::string>& codes) const;
  // The same for every care system.
  void DeliverAll() const { Deliver(codes()); }

  // The codes of the care systems.
  std::vector<std::string> codes() const;
  std::filesystem::path adapter_config(const std::string& code) const {
    return state() / ("adapter-" + code + ".yaml");
  }
  std::filesystem::path adapter_log(const std::string& code) const { return state() / ("adapter-" + code + ".log"); }
  std::filesystem::path adapter_database(const std::string& code) const {
    return state() / ("adapter-" + code + ".db");
  }
  std::filesystem::path central_log() const { return state() / "indicator.log"; }
  std::filesystem::path central_database() const { return state() / "indicator.db"; }
  // --connect and --cert of who asks the central service: registry-dhrd (default), exporter-dhrd.
  std::vector<std::string> Connection(const std::string& who = "registry-dhrd") const;
  // Runs `hjerte` with the identity of the registry against the central service.
  Outcome AskCentral(std::vector<std::string> arguments) const;
  // Runs `hjerte` with the configuration of an adapter, e.g. {"quarantine", "list"}, as its operator does.
  Outcome AskAdapter(const std::string& code, std::vector<std::string> arguments) const;

  // Unmasked figures of every unit as CSV, for a division of time and of the population.
  std::string Figures(const std::string& period, const std::string& stratum = "total") const;
  // All of them, the own periods of the truth too, one file for each division.
  std::vector<std::filesystem::path> AllFigures() const;
  // Compares all figures with the truth of Simulate; exit code 0 when they are equal.
  Outcome CompareWithTruth() const;
  // The current course records of the central service, one JSON object a line in order of the course, taken from the
  // beginning each time. Citizens' surrogates, which are random, are numbered as they appear, so that the records of
  // two installations can be compared.
  std::string Records() const;

 private:
  // "FROM/TO" of the own periods of truth.csv.
  std::vector<std::string> OwnPeriods() const;

  TemporaryFolder folder_;
  std::unique_ptr<Program> central_;
};

}  // namespace hjerte::tests
