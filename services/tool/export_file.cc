#include "services/tool/export_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace hjerte::tool {
namespace {

constexpr std::string_view kBegin = "{\"cursor\":\"";

absl::Status DiskError(const std::filesystem::path& path, const char* what) {
  return absl::UnavailableError(path.string() + ": " + what + ": " + std::strerror(errno));
}

// Keys and cursors are text of ours or of a care system; what JSON cannot hold as it is, is escaped.
void AppendText(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      constexpr char kHex[] = "0123456789abcdef";
      out += "\\u00";
      out += kHex[(c >> 4) & 0xf];
      out += kHex[c & 0xf];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

absl::StatusOr<ExportFile> ExportFile::Open(const std::filesystem::path& path) {
  std::string cursor;
  std::uintmax_t whole = 0;
  std::ifstream in(path, std::ios::binary);
  std::string last;
  for (std::string line; in && std::getline(in, line);) {
    if (in.eof()) break;  // no line end: it was being written
    whole += line.size() + 1;
    last = std::move(line);
  }
  in.close();
  if (!last.empty()) {
    const size_t end = last.find('"', kBegin.size());
    if (last.rfind(kBegin, 0) != 0 || end == std::string::npos) {
      return absl::DataLossError(path.string() + ": its last line holds no cursor; begin with a new file");
    }
    cursor = last.substr(kBegin.size(), end - kBegin.size());
  }
  std::error_code error;
  if (std::filesystem::exists(path)) std::filesystem::resize_file(path, whole, error);
  if (error) return absl::UnavailableError(path.string() + ": " + error.message());
  return ExportFile(path, cursor);
}

void ExportFile::Append(const ExportLine& line) {
  pending_ += "{\"cursor\":";
  AppendText(pending_, line.cursor);
  pending_ += ",\"kind\":";
  AppendText(pending_, line.kind);
  pending_ += ",\"authority\":";
  AppendText(pending_, line.authority);
  pending_ += ",\"course_key\":";
  AppendText(pending_, line.course_key);
  if (!line.record_json.empty()) pending_ += ",\"record\":" + line.record_json;
  pending_ += "}\n";
  cursor_ = line.cursor;
}

absl::Status ExportFile::Flush() {
  if (pending_.empty()) return absl::OkStatus();
  const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return DiskError(path_, "cannot be opened");
  absl::Status status;
  for (size_t done = 0; done < pending_.size() && status.ok();) {
    const ssize_t wrote = ::write(file, pending_.data() + done, pending_.size() - done);
    if (wrote < 0 && errno != EINTR) status = DiskError(path_, "cannot be written");
    if (wrote > 0) done += static_cast<size_t>(wrote);
  }
  if (status.ok() && ::fsync(file) != 0) status = DiskError(path_, "cannot be made durable");
  ::close(file);
  pending_.clear();
  return status;
}

}  // namespace hjerte::tool
