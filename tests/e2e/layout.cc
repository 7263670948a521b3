#include "tests/e2e/layout.h"

#include <fstream>

#include "tests/shared.h"

namespace hjerte::tests {

Outcome LayOut(const std::filesystem::path& state, const std::filesystem::path& data,
               const std::filesystem::path& content) {
  std::vector<std::string> command = {"/usr/bin/env", "HJERTE_BIN=" + BinaryDir().string()};
  if (!content.empty()) command.push_back("HJERTE_CONTENT=" + content.string());
  command.insert(command.end(), {(SourceDir() / "deploy/local").string(), state.string(), data.string()});
  return RunToEnd(command);
}

std::vector<std::string> CodesOf(const std::filesystem::path& data) {
  std::ifstream in(data / "sources.csv");
  std::vector<std::string> codes;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) codes.push_back(line.substr(0, line.find(',')));
  return codes;
}

std::string AddressOf(const std::filesystem::path& state) {
  std::ifstream in(state / "address");
  std::string line;
  std::getline(in, line);
  return line;
}

}  // namespace hjerte::tests
