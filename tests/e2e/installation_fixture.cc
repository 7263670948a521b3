#include "tests/e2e/installation_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "tests/shared.h"

namespace hjerte::tests {
namespace {

constexpr std::chrono::seconds kStartDeadline(30);
constexpr std::chrono::seconds kStopDeadline(30);
constexpr std::chrono::seconds kDeliverDeadline(280);

std::vector<std::string> SplitFields(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream parts(line);
  for (std::string field; std::getline(parts, field, ',');) fields.push_back(field);
  return fields;
}

std::string Geography() { return (SourceDir() / "mapping/dhrd/geography/dk-2007.csv").string(); }

}  // namespace

void Installation::Simulate(std::vector<std::string> options) {
  options.insert(options.begin(), {"hjerte", "simulate", "--out", data().string(), "--geography", Geography()});
  const Outcome outcome = RunToEnd(options, folder_.path());
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
}

void Installation::Declare(const std::vector<CareSystem>& systems) {
  std::filesystem::create_directories(data());
  std::ofstream out(data() / "sources.csv");
  out << "code,name,format,encoding,second_bundle,sor,courses\n";
  for (const CareSystem& system : systems) {
    std::filesystem::create_directories(drop(system.code));
    out << system.code << ",By," << system.format << ",utf-8," << (system.second_bundle ? "yes" : "no")
        << ",451002301600403,1\n";
  }
}

void Installation::LayOut(const std::filesystem::path& content) {
  std::vector<std::string> command = {"/usr/bin/env", "HJERTE_BIN=" + BinaryDir().string()};
  if (!content.empty()) command.push_back("HJERTE_CONTENT=" + content.string());
  command.insert(command.end(), {(SourceDir() / "deploy/local").string(), state().string(), data().string()});
  const Outcome outcome = RunToEnd(command, folder_.path());
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
}

void Installation::StartCentral() {
  central_ = std::make_unique<Program>(
      std::vector<std::string>{"hjerte-indicator", "--config", (state() / "indicator.yaml").string()},
      state() / "indicator.log");
  const auto until = std::chrono::steady_clock::now() + kStartDeadline;
  while (AskCentral({"results", "--period", "year"}).exit_code != 0) {
    ASSERT_TRUE(central_->IsRunning()) << ReadFile(central_->log());
    ASSERT_LT(std::chrono::steady_clock::now(), until) << "the central service does not answer";
  }
}

void Installation::StopCentral() {
  central_->Signal(SIGTERM);
  EXPECT_EQ(central_->Wait(kStopDeadline), std::optional<int>(0)) << ReadFile(central_->log());
}

std::unique_ptr<Program> Installation::StartAdapter(const std::string& code) const {
  return std::make_unique<Program>(
      std::vector<std::string>{"hjerte-adapter", "--config", (state() / ("adapter-" + code + ".yaml")).string(),
                               "--once"},
      state() / ("adapter-" + code + ".log"));
}

void Installation::Deliver(const std::vector<std::string>& codes) const {
  std::map<std::string, std::unique_ptr<Program>> adapters;
  for (const std::string& code : codes) adapters[code] = StartAdapter(code);
  for (auto& [code, adapter] : adapters) {
    const std::optional<int> ended = adapter->Wait(kDeliverDeadline);
    // 1: everything was delivered but what is in quarantine.
    ASSERT_THAT(ended, testing::AnyOf(std::optional<int>(0), std::optional<int>(1)))
        << code << ": " << ReadFile(adapter->log());
  }
}

std::vector<std::string> Installation::codes() const {
  std::ifstream in(data() / "sources.csv");
  std::vector<std::string> codes;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) codes.push_back(SplitFields(line)[0]);
  return codes;
}

Outcome Installation::AskCentral(std::vector<std::string> arguments) const {
  std::string address = ReadFile(state() / "address");
  while (!address.empty() && address.back() == '\n') address.pop_back();
  arguments.insert(arguments.begin(), "hjerte");
  arguments.insert(arguments.end(), {"--connect", address, "--cert", (state() / "certs/registry-dhrd.pem").string()});
  return RunToEnd(arguments, folder_.path());
}

std::string Installation::Figures(const std::string& period, const std::string& stratum) const {
  std::vector<std::string> arguments = {"results", "--unmasked", "--format", "csv", "--period", period};
  if (!stratum.empty()) arguments.insert(arguments.end(), {"--stratum", stratum});
  const Outcome outcome = AskCentral(arguments);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return outcome.out;
}

Outcome Installation::Export() { return AskCentral({"export", "--journal", (folder_ / "export.jsonl").string()}); }

std::vector<std::filesystem::path> Installation::AllFigures() const {
  std::vector<std::filesystem::path> files;
  const auto save = [&](const std::string& period, const std::string& stratum) {
    files.push_back(folder_.Write("figures-" + period + "-" + stratum + ".csv", Figures(period, stratum)));
  };
  for (const char* period : {"year", "half-year", "quarter"}) {
    for (const char* stratum : {"", "sex", "age-group", "diagnosis-group", "legal-basis"}) save(period, stratum);
  }
  save("month", "");
  return files;
}

Outcome Installation::CompareWithTruth() const {
  std::vector<std::string> command = {"hjerte", "simulate", "--compare", (data() / "truth.csv").string()};
  for (const auto& file : AllFigures()) command.push_back(file.string());
  return RunToEnd(command, folder_.path());
}

}  // namespace hjerte::tests
