#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "services/common/clock.h"

namespace hjerte::common {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Where finished lines go (without line end). Called from any thread; implementations lock.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void Write(LogLevel level, std::string_view line) = 0;
};

// Lines on standard error, flushed one by one.
std::shared_ptr<LogSink> MakeStandardErrorSink();

// Keeps lines in memory: for tests.
class MemorySink final : public LogSink {
 public:
  void Write(LogLevel level, std::string_view line) override;
  std::vector<std::string> Lines() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

// One key=value of a line.
struct LogField {
  LogField(std::string_view field_key, std::string_view field_value) : key(field_key), value(field_value) {}
  LogField(std::string_view field_key, const char* field_value) : key(field_key), value(field_value) {}
  LogField(std::string_view field_key, const absl::Status& status);
  LogField(std::string_view field_key, bool field_value) : key(field_key), value(field_value ? "true" : "false") {}
  template <typename Number>
  requires(std::integral<Number> || std::floating_point<Number>) LogField(std::string_view field_key, Number number)
      : key(field_key), value(std::to_string(number)) {}

  std::string key;
  std::string value;
};

// Writes lines `time level=… component=… event=… key=value…`, one for each event: control characters are escaped, so
// that no value can forge a line; anything shaped like a CPR is replaced. A value type: copies share the sink.
// Thread-safe.
class Logger {
 public:
  // Writes nothing.
  Logger() = default;
  // `clock` must outlive the logger.
  Logger(std::shared_ptr<LogSink> sink, const Clock& clock, LogLevel level_min, std::string component);

  // The same log for another part of the program.
  Logger For(std::string component) const;

  void Debug(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  void Info(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  void Warning(std::string_view event, std::initializer_list<LogField> fields = {}) const;
  void Error(std::string_view event, std::initializer_list<LogField> fields = {}) const;

 private:
  void Write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) const;

  std::shared_ptr<LogSink> sink_;
  const Clock* clock_ = nullptr;
  LogLevel level_min_ = LogLevel::kInfo;
  std::string component_;
};

}  // namespace hjerte::common
