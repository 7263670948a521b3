#include "services/tool/export_journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <functional>

#include "hjertegateway/v1/export.pb.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "services/common/crash_point.h"
#include "services/common/time_text.h"

namespace hjerte::tool {
namespace {

namespace v1 = hjertegateway::v1;

absl::Status Trouble(const std::filesystem::path& file, std::string_view doing) {
  return absl::UnavailableError(file.string() + ": " + std::string(doing) + ": " + std::strerror(errno));
}

std::string_view KindName(v1::ChangeKind kind) {
  switch (kind) {
    case v1::CHANGE_KIND_RECORD:
      return "record";
    case v1::CHANGE_KIND_CORRECTION:
      return "correction";
    default:
      return "retraction";
  }
}

void AppendMember(std::string_view name, std::string_view text, std::string& line) {
  line += line.size() == 1 ? "\"" : ",\"";
  line += name;
  line += "\":";
  json::AppendQuoted(text, line);
}

std::string ToLine(const v1::SubscribeResponse& change) {
  std::string line = "{";
  AppendMember("cursor", change.cursor(), line);
  line += ",\"commit_seq\":" + std::to_string(change.commit_seq());
  const common::Instant at{std::chrono::seconds(change.committed_at().seconds()) +
                           std::chrono::microseconds(change.committed_at().nanos() / 1000)};
  AppendMember("committed_at", common::FormatInstant(at), line);
  AppendMember("kind", KindName(change.kind()), line);
  AppendMember("authority", change.course().authority(), line);
  AppendMember("course_key", change.course().course_key(), line);
  if (!change.course_record_json().empty()) line += ",\"record\":" + change.course_record_json();
  if (!change.cpr().empty()) AppendMember("cpr", change.cpr(), line);
  return line + "}\n";
}

// Every whole line and where the last of them ends.
absl::StatusOr<std::uint64_t> EachLine(const std::filesystem::path& file,
                                       const std::function<absl::Status(const json::Value&)>& take) {
  std::ifstream stream(file, std::ios::binary);
  std::uint64_t end = 0;
  std::uint64_t number = 0;
  for (std::string line; std::getline(stream, line) && !stream.eof();) {
    ++number;
    const absl::StatusOr<json::Document> parsed = json::Parse(line);
    if (!parsed.ok()) {
      return absl::DataLossError(file.string() + ":" + std::to_string(number) + ": not a line of an export journal");
    }
    if (absl::Status status = take(parsed->root()); !status.ok()) return status;
    end += line.size() + 1;
  }
  return end;
}

std::string TextOf(const json::Value& object, std::string_view member) {
  const json::Value* value = object.Find(member);
  return value == nullptr ? std::string() : std::string(value->text());
}

}  // namespace

absl::StatusOr<ExportJournal> ExportJournal::Open(const std::filesystem::path& file) {
  common::FileDescriptor descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0600));
  if (!descriptor.valid()) return Trouble(file, "cannot be opened");
  if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
    return absl::UnavailableError(file.string() + ": another program writes to it");
  }
  ExportJournal journal(file, std::move(descriptor));
  absl::StatusOr<std::uint64_t> end = EachLine(file, [&journal](const json::Value& change) {
    journal.cursor_ = TextOf(change, "cursor");
    return absl::OkStatus();
  });
  if (!end.ok()) return end.status();
  if (::ftruncate(journal.descriptor_.get(), static_cast<off_t>(*end)) != 0) return Trouble(file, "cannot be cut");
  return journal;
}

absl::Status ExportJournal::Append(const v1::SubscribeResponse& change) {
  const std::string line = ToLine(change);
  common::PassCrashPoint(common::CrashPoint::kJournalBeforeWrite);
  for (std::size_t written = 0; written < line.size();) {
    const ssize_t count = ::write(descriptor_.get(), line.data() + written, line.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Trouble(file_, "cannot be written");
    written += static_cast<std::size_t>(count);
  }
  cursor_ = change.cursor();
  return absl::OkStatus();
}

absl::Status ExportJournal::Sync() {
  if (::fdatasync(descriptor_.get()) != 0) return Trouble(file_, "cannot be made durable");
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, std::string>> ExportJournal::Records() const {
  std::map<std::string, std::string> records;
  absl::StatusOr<std::uint64_t> end = EachLine(file_, [&records](const json::Value& change) {
    const std::string course = TextOf(change, "authority") + "/" + TextOf(change, "course_key");
    if (const json::Value* record = change.Find("record"); record != nullptr) {
      records[course] = json::WriteCanonical(*record);
    } else {
      records.erase(course);
    }
    return absl::OkStatus();
  });
  if (!end.ok()) return end.status();
  return records;
}

}  // namespace hjerte::tool
