#include "services/tool/custody.h"

#include <pwd.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdlib>
#include <fstream>

#include "services/common/config.h"

namespace hjerte::tool {

void AddCustodyOptions(CLI::App& command, CustodyOptions& options, const std::string& config_help) {
  CLI::Option* config = command.add_option("--config", options.config, config_help);
  AddCentralOptions(command, options.central);
  CLI::Option* connect = command.get_option("--connect")->required(false)->excludes(config);
  command.get_option("--cert")->required(false)->needs(connect);
  command.add_option("--reason", options.reason, "Why; kept in the audit log")->required();
}

absl::StatusOr<bool> MeansRunning(const CustodyOptions& options, const CLI::App& command) {
  const bool running = !options.central.connect.empty();
  if (!running && options.config.empty()) {
    return absl::InvalidArgumentError(command.get_name() + ": --connect or --config is required");
  }
  if (running && options.central.certificate.empty()) {
    return absl::InvalidArgumentError(command.get_name() + ": --cert is required with --connect");
  }
  return running;
}

absl::StatusOr<Kept> LoadKept(const std::filesystem::path& config) {
  const absl::StatusOr<common::ConfigMap> map = common::ConfigMap::Load(config);
  if (!map.ok()) return map.status();
  Kept kept;
  if (map->Has("gateway") || map->Has("source")) {
    absl::StatusOr<adapters::AdapterConfig> adapter = adapters::LoadConfig(config);
    if (!adapter.ok()) return adapter.status();
    kept.adapter = *std::move(adapter);
    return kept;
  }
  absl::StatusOr<portal::ProgramConfig> central = portal::LoadProgramConfig(config);
  if (!central.ok()) return central.status();
  kept.central = *std::move(central);
  return kept;
}

absl::StatusOr<std::unique_ptr<adapters::StateFile>> OpenState(const adapters::AdapterConfig& config) {
  if (!std::filesystem::exists(config.state)) {
    return absl::NotFoundError(config.state.string() + ": is not there; the adapter has not run yet");
  }
  return adapters::StateFile::Open(config.state, config.key_file);
}

std::string OperatorName() {
  const passwd* user = ::getpwuid(::getuid());
  std::string name = user != nullptr ? user->pw_name : std::to_string(::getuid());
  if (const char* behind = std::getenv("SUDO_USER"); behind != nullptr && *behind != '\0') {
    name = std::string(behind) + " as " + name;
  }
  return "user:" + name;
}

absl::StatusOr<std::vector<common::AuditHead>> ReadAnchors(const std::vector<std::string>& texts,
                                                           const std::string& file, std::string_view word) {
  std::vector<common::AuditHead> anchors;
  for (const std::string& text : texts) {
    const std::optional<common::AuditHead> head = common::ParseHead(text);
    if (!head.has_value()) return absl::InvalidArgumentError("--anchor: number:hash was expected");
    anchors.push_back(*head);
  }
  if (file.empty()) return anchors;
  std::ifstream stream(file);
  if (!stream) return absl::NotFoundError(file + ": cannot be read");
  const std::string in_log = std::string(word) + " head=";
  std::string in_manifest = std::string(word) + ": ";
  if (const std::size_t hyphen = in_manifest.find('-'); hyphen != std::string::npos) in_manifest[hyphen] = '_';
  for (std::string line; std::getline(stream, line);) {
    for (const std::string& sign : {in_log, in_manifest}) {
      const std::size_t at = line.find(sign);
      if (at == std::string::npos) continue;
      const std::size_t begin = at + sign.size();
      const std::optional<common::AuditHead> head =
          common::ParseHead(std::string_view(line).substr(begin, line.find_first_of(" \"\r", begin) - begin));
      if (head.has_value()) anchors.push_back(*head);
    }
  }
  if (anchors.empty()) return absl::InvalidArgumentError(file + ": holds no " + std::string(word));
  return anchors;
}

}  // namespace hjerte::tool
