#include "tests/e2e/installation.h"

#include <signal.h>

#include <fstream>
#include <map>
#include <set>
#include <string_view>

#include "gtest/gtest.h"
#include "tests/e2e/layout.h"
#include "tests/shared.h"

namespace hjerte::tests {
namespace {

constexpr std::chrono::seconds kStartDeadline(60);
constexpr std::chrono::seconds kStopDeadline(60);
constexpr std::chrono::seconds kDeliverDeadline(280);

std::vector<std::string> WithEnvironment(const std::vector<std::string>& environment,
                                         const std::vector<std::string>& command) {
  if (environment.empty()) return command;
  // env becomes the program, so that signals reach it.
  std::vector<std::string> words = {"/usr/bin/env"};
  words.insert(words.end(), environment.begin(), environment.end());
  words.push_back((BinaryDir() / command[0]).string());
  words.insert(words.end(), command.begin() + 1, command.end());
  return words;
}

std::string NumberCitizens(std::string records) {
  constexpr std::string_view kMember = "\"citizen\":\"";
  std::map<std::string, std::string> numbers;
  for (std::size_t at = records.find(kMember); at != std::string::npos; at = records.find(kMember, at)) {
    at += kMember.size();
    const std::size_t length = records.find('"', at) - at;
    const auto [known, added] =
        numbers.try_emplace(records.substr(at, length), "citizen-" + std::to_string(numbers.size() + 1));
    records.replace(at, length, known->second);
  }
  return records;
}

}  // namespace

void Installation::Simulate(std::vector<std::string> options) {
  const std::string geography = (SourceDir() / "mapping/dhrd/geography/dk-2007.csv").string();
  options.insert(options.begin(), {"hjerte", "simulate", "--out", data().string(), "--geography", geography});
  const Outcome outcome = RunToEnd(options);
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
  const Outcome outcome = tests::LayOut(state(), data(), content);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
}

void Installation::EditConfig(const std::string& file, const std::string& from, const std::string& to) const {
  std::string text = ReadFile(state() / file);
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << file << " has no " << from;
  std::ofstream(state() / file, std::ios::binary) << text.replace(at, from.size(), to);
}

void Installation::Drop(const std::string& code, const std::string& name, const std::string& text) const {
  const std::filesystem::path part = drop(code) / (name + ".part");
  std::filesystem::create_directories(part.parent_path());
  std::ofstream(part, std::ios::binary) << text;
  std::filesystem::rename(part, drop(code) / name);
}

void Installation::StartCentral(const std::vector<std::string>& environment) {
  const std::uintmax_t before = std::filesystem::exists(central_log()) ? std::filesystem::file_size(central_log()) : 0;
  central_ = std::make_unique<Program>(
      WithEnvironment(environment, {"hjerte-indicator", "--config", (state() / "indicator.yaml").string()}),
      central_log());
  const auto serves = [&] { return ReadFile(central_log()).find("event=serving ", before) != std::string::npos; };
  ASSERT_TRUE(WaitUntil([&] { return serves() || !central_->IsRunning(); }, kStartDeadline));
  ASSERT_TRUE(serves()) << "the central service does not serve: " << ReadFile(central_log());
}

void Installation::StopCentral() {
  central_->Signal(SIGTERM);
  EXPECT_EQ(central_->Wait(kStopDeadline), std::optional<int>(0)) << ReadFile(central_log());
}

std::unique_ptr<Program> Installation::StartAdapter(const std::string& code, bool once,
                                                    const std::vector<std::string>& environment) const {
  std::vector<std::string> command = {"hjerte-adapter", "--config", adapter_config(code).string()};
  if (once) command.emplace_back("--once");
  return std::make_unique<Program>(WithEnvironment(environment, command), adapter_log(code));
}

void Installation::Deliver(const std::vector<std::string>& codes) const {
  std::map<std::string, std::unique_ptr<Program>> adapters;
  for (const std::string& code : codes) adapters[code] = StartAdapter(code);
  for (auto& [code, adapter] : adapters) {
    const std::optional<int> ended = adapter->Wait(kDeliverDeadline);
    ASSERT_TRUE(ended == 0 || ended == 1) << code << ": " << ReadFile(adapter->log());
  }
}

std::vector<std::string> Installation::codes() const { return CodesOf(data()); }

std::vector<std::string> Installation::Connection(const std::string& who) const {
  return {"--connect", AddressOf(state()), "--cert", (state() / "certs" / (who + ".pem")).string()};
}

Outcome Installation::AskCentral(std::vector<std::string> arguments) const {
  const std::vector<std::string> connection = Connection();
  arguments.insert(arguments.begin(), "hjerte");
  arguments.insert(arguments.end(), connection.begin(), connection.end());
  return RunToEnd(arguments);
}

Outcome Installation::AskAdapter(const std::string& code, std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), "hjerte");
  arguments.insert(arguments.end(), {"--config", adapter_config(code).string()});
  return RunToEnd(arguments);
}

std::vector<std::string> Installation::OwnPeriods() const {
  std::ifstream in(data() / "truth.csv");
  std::set<std::string> periods;
  constexpr std::string_view kKind = ",own,";
  for (std::string line; std::getline(in, line);) {
    const std::size_t at = line.find(kKind);
    if (at == std::string::npos) continue;
    const std::size_t label = at + kKind.size();
    periods.insert(line.substr(label, line.find(',', label) - label));
  }
  return {periods.begin(), periods.end()};
}

std::string Installation::Figures(const std::string& period, const std::string& stratum) const {
  const Outcome outcome =
      AskCentral({"results", "--unmasked", "--format", "csv", "--period", period, "--stratum", stratum});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return outcome.out;
}

std::vector<std::filesystem::path> Installation::AllFigures() const {
  std::vector<std::filesystem::path> files;
  for (const char* period : {"year", "half-year", "quarter", "month"}) {
    for (const char* stratum : {"total", "sex", "age-group", "diagnosis-group", "legal-basis"}) {
      if (period == std::string("month") && stratum != std::string("total")) continue;
      files.push_back(folder_.Write(std::string("figures-") + period + "-" + stratum, Figures(period, stratum)));
    }
  }
  for (const std::string& period : OwnPeriods()) {
    const std::string from = period.substr(0, period.find('/'));
    const std::string to = period.substr(period.find('/') + 1);
    const Outcome outcome =
        AskCentral({"results", "--unmasked", "--format", "csv", "--period", "own", "--from", from, "--to", to});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    files.push_back(folder_.Write("figures-own-" + from + "-" + to, outcome.out));
  }
  return files;
}

Outcome Installation::CompareWithTruth() const {
  std::vector<std::string> command = {"hjerte", "simulate", "--compare", (data() / "truth.csv").string()};
  for (const auto& file : AllFigures()) command.push_back(file.string());
  return RunToEnd(command);
}

std::string Installation::Records() const {
  const TemporaryFolder fresh;
  std::vector<std::string> command = {
      "hjerte", "export", "--journal", (fresh / "journal").string(), "--records", (fresh / "records").string()};
  const std::vector<std::string> connection = Connection("exporter-dhrd");
  command.insert(command.end(), connection.begin(), connection.end());
  const Outcome outcome = RunToEnd(command);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return NumberCitizens(ReadFile(fresh / "records"));
}

}  // namespace hjerte::tests
