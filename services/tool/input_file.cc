#include "services/tool/input_file.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/status/status.h"

namespace hjerte::tool {

absl::StatusOr<std::string> ReadInput(const std::string& path, std::size_t mebibytes_max) {
  constexpr std::size_t kChunk = 65536;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return absl::NotFoundError(path + ": is a folder; name a file");
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    error.assign(errno, std::generic_category());
    return absl::NotFoundError(path + ": cannot be read (" + error.message() + ")");
  }
  std::string text;
  std::array<char, kChunk> chunk{};
  do {
    file.read(chunk.data(), chunk.size());
    text.append(chunk.data(), static_cast<std::size_t>(file.gcount()));
    if (text.size() > mebibytes_max << 20) {
      return absl::ResourceExhaustedError(path + ": larger than " + std::to_string(mebibytes_max) + " MiB");
    }
  } while (file);
  if (file.bad()) return absl::NotFoundError(path + ": could not be read to its end");
  return text;
}

absl::Status EachLine(std::istream& stream, const std::string& name, std::size_t mebibytes_max,
                      const std::function<absl::Status(const std::string& line, std::size_t number)>& visit) {
  std::string line;
  for (std::size_t number = 1; stream; ++number) {
    line.clear();
    char c = 0;
    while (stream.get(c) && c != '\n') {
      line += c;
      if (line.size() > mebibytes_max << 20) {
        return absl::ResourceExhaustedError(name + ":" + std::to_string(number) + ": a line larger than " +
                                            std::to_string(mebibytes_max) + " MiB");
      }
    }
    if (stream.bad()) break;
    if (!stream && line.empty()) break;
    if (absl::Status status = visit(line, number); !status.ok()) return status;
  }
  return stream.bad() ? absl::NotFoundError(name + ": could not be read to its end") : absl::OkStatus();
}

}  // namespace hjerte::tool
