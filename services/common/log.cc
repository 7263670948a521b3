#include "services/common/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "services/common/scrub.h"
#include "services/common/time_text.h"

namespace hjerte::common {
namespace {

constexpr std::size_t kValueLengthMax = 2000;

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

class StandardErrorSink final : public LogSink {
 public:
  StandardErrorSink() : logger_("hjerte", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_pattern("%v");
    logger_.set_level(spdlog::level::debug);
    logger_.flush_on(spdlog::level::debug);
  }
  void Write(LogLevel level, std::string_view line) override {
    logger_.log(SpdlogLevel(level), spdlog::string_view_t(line.data(), line.size()));
  }

 private:
  spdlog::logger logger_;
};

// Bytes that could end the line or steer a terminal. UTF-8 beyond ASCII passes, except C1 controls (U+0080 to U+009F,
// encoded as C2 80 to C2 9F) and the line separators U+2028 and U+2029.
std::size_t UnsafeLength(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
  if (byte(0) < 0x20 || byte(0) == 0x7f) return 1;
  if (byte(0) == 0xc2 && byte(1) >= 0x80 && byte(1) <= 0x9f) return 2;
  if (byte(0) == 0xe2 && byte(1) == 0x80 && (byte(2) == 0xa8 || byte(2) == 0xa9)) return 3;
  return 0;
}

void AppendEscaped(std::string& line, std::string_view bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char byte : bytes) {
    if (byte == '\n') {
      line += "\\n";
      continue;
    }
    line += "\\x";
    line.push_back(kDigits[static_cast<unsigned char>(byte) >> 4]);
    line.push_back(kDigits[static_cast<unsigned char>(byte) & 0x0f]);
  }
}

void AppendText(std::string& line, std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t unsafe = UnsafeLength(text.substr(i)); unsafe > 0) {
      AppendEscaped(line, text.substr(i, unsafe));
      i += unsafe;
      continue;
    }
    if (text[i] == '"' || text[i] == '\\') line.push_back('\\');
    line.push_back(text[i++]);
  }
}

// A value with a space, a quote or an equals sign is quoted, so that a line can be taken apart again.
void AppendValue(std::string& line, std::string_view value) {
  const bool cut = value.size() > kValueLengthMax;
  if (cut) value = value.substr(0, kValueLengthMax);
  const bool quoted = cut || value.empty() || value.find_first_of(" =\"\\") != std::string_view::npos;
  if (quoted) line.push_back('"');
  AppendText(line, value);
  if (cut) line += "…";
  if (quoted) line.push_back('"');
}

}  // namespace

std::shared_ptr<LogSink> MakeStandardErrorSink() { return std::make_shared<StandardErrorSink>(); }

void MemorySink::Write(LogLevel /*level*/, std::string_view line) {
  const std::lock_guard lock(mutex_);
  lines_.emplace_back(line);
}

std::vector<std::string> MemorySink::Lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

LogField::LogField(std::string_view field_key, const absl::Status& status) : key(field_key), value(status.ToString()) {}

Logger::Logger(std::shared_ptr<LogSink> sink, const Clock& clock, LogLevel level_min, std::string component)
    : sink_(std::move(sink)), clock_(&clock), level_min_(level_min), component_(std::move(component)) {}

Logger Logger::For(std::string component) const {
  Logger other = *this;
  other.component_ = std::move(component);
  return other;
}

void Logger::Debug(std::string_view event, std::initializer_list<LogField> fields) const {
  Write(LogLevel::kDebug, event, fields);
}

void Logger::Info(std::string_view event, std::initializer_list<LogField> fields) const {
  Write(LogLevel::kInfo, event, fields);
}

void Logger::Warning(std::string_view event, std::initializer_list<LogField> fields) const {
  Write(LogLevel::kWarning, event, fields);
}

void Logger::Error(std::string_view event, std::initializer_list<LogField> fields) const {
  Write(LogLevel::kError, event, fields);
}

void Logger::Write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) const {
  if (sink_ == nullptr || level < level_min_) return;
  std::string text = FormatInstant(clock_->Now());
  text += " level=";
  text += LevelName(level);
  text += " component=";
  AppendValue(text, component_);
  text += " event=";
  AppendValue(text, event);
  for (const LogField& field : fields) {
    text += ' ';
    AppendText(text, field.key);
    text += '=';
    AppendValue(text, field.value);
  }
  sink_->Write(level, ScrubCpr(text));
}

}  // namespace hjerte::common
