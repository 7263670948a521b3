#include "services/common/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "services/common/printable.h"
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

void AppendText(std::string& line, std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t unsafe = UnsafeLength(text.substr(i)); unsafe > 0) {
      line += Printable(text.substr(i, unsafe));
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
  sink_->Write(level, ScrubCprInWords(text));
}

}  // namespace hjerte::common
