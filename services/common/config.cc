#include "services/common/config.h"

#include <algorithm>
#include <charconv>
#include <fstream>

#include "services/common/config_tree.h"
#include "services/common/time_text.h"

namespace hjerte::common {

using config_tree::Kind;
using config_tree::Node;

struct ConfigMap::File {
  std::filesystem::path path;
  std::unique_ptr<Node> root;
  std::vector<std::pair<int, std::string>> errors;  // line, text

  void Fail(int line, std::string text) { errors.emplace_back(line, std::move(text)); }
};

namespace {

constexpr std::size_t kErrorsMax = 50;

std::optional<std::int64_t> ParseInteger(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> ParseNumber(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

// "<whole number><unit>"; nothing when it is anything else, negative, or overflows.
template <std::size_t count>
std::optional<std::int64_t> ParseWithUnit(std::string_view text, const Unit (&units)[count]) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::optional<std::int64_t> number = ParseInteger(text.substr(0, digits));
  if (!number) return std::nullopt;
  for (const Unit& unit : units) {
    if (unit.name != text.substr(digits)) continue;
    if (*number > std::numeric_limits<std::int64_t>::max() / unit.factor) return std::nullopt;
    return *number * unit.factor;
  }
  return std::nullopt;
}

constexpr Unit kDurations[] = {{"ms", 1}, {"s", 1000}, {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
constexpr Unit kSizes[] = {
    {"", 1}, {"KiB", std::int64_t{1} << 10}, {"MiB", std::int64_t{1} << 20}, {"GiB", std::int64_t{1} << 30}};

std::string Quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

void FindUnread(const Node& node, std::vector<std::pair<int, std::string>>& errors) {
  for (const auto& [key, child] : node.members) {
    if (!child->read) {
      errors.emplace_back(child->key_line, "unknown key " + Quoted(key));
    } else {
      FindUnread(*child, errors);
    }
  }
  for (const std::unique_ptr<Node>& item : node.items) {
    if (item->read) FindUnread(*item, errors);
  }
}

// The faults by line, each as "file:line: what".
absl::Status Told(const std::filesystem::path& file, std::vector<std::pair<int, std::string>> errors) {
  if (errors.empty()) return absl::OkStatus();
  std::stable_sort(errors.begin(), errors.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string text;
  for (std::size_t i = 0; i < std::min(errors.size(), kErrorsMax); ++i) {
    if (i > 0) text += "\n";
    text += file.string() + ":" + std::to_string(errors[i].first) + ": " + errors[i].second;
  }
  if (errors.size() > kErrorsMax) text += "\n" + std::to_string(errors.size() - kErrorsMax) + " more";
  return absl::InvalidArgumentError(text);
}

}  // namespace

absl::StatusOr<ConfigMap> ConfigMap::Load(const std::filesystem::path& file, const ConfigLimits& limits) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    return absl::NotFoundError(file.string() + ": a configuration file was expected here");
  }
  std::ifstream stream(file, std::ios::binary);
  std::string text(limits.bytes_max + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || (stream.fail() && !stream.eof())) {
    return absl::PermissionDeniedError(file.string() + ": cannot be read");
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return Parse(text, file, limits);
}

absl::StatusOr<ConfigMap> ConfigMap::Parse(std::string_view text, const std::filesystem::path& file,
                                           const ConfigLimits& limits) {
  absl::StatusOr<std::unique_ptr<Node>> root = config_tree::Build(text, file, limits);
  if (!root.ok()) return root.status();
  auto shared = std::make_shared<File>();
  shared->path = file;
  shared->root = *std::move(root);
  shared->root->read = true;
  Node* top = shared->root.get();
  return ConfigMap(std::move(shared), top);
}

Node* ConfigMap::Find(std::string_view key) const {
  if (node_ == nullptr) return nullptr;
  for (const auto& [name, child] : node_->members) {
    if (name == key) return child.get();
  }
  return nullptr;
}

const std::string* ConfigMap::Scalar(std::string_view key, bool required, std::string_view expected) const {
  Node* node = Find(key);
  if (node == nullptr) {
    if (required && node_ != nullptr) {
      file_->Fail(node_->line, "key " + Quoted(key) + " is missing: " + std::string(expected));
    }
    return nullptr;
  }
  node->read = true;
  if (node->kind == Kind::kScalar) return &node->scalar;
  Fail(key, expected);
  return nullptr;
}

bool ConfigMap::Has(std::string_view key) const { return Find(key) != nullptr; }

std::vector<std::string> ConfigMap::Keys() const {
  std::vector<std::string> keys;
  if (node_ == nullptr) return keys;
  for (const auto& [name, child] : node_->members) keys.push_back(name);
  return keys;
}

std::string ConfigMap::String(std::string_view key, std::optional<std::string> fallback) const {
  const std::string* scalar = Scalar(key, !fallback, "a text was expected");
  if (scalar != nullptr) {
    if (scalar->empty()) Fail(key, "a text that is not empty was expected");
    return *scalar;
  }
  return std::move(fallback).value_or("");
}

bool ConfigMap::Bool(std::string_view key, std::optional<bool> fallback) const {
  static constexpr std::string_view kExpected = "true or false was expected";
  const std::string* scalar = Scalar(key, !fallback, kExpected);
  if (scalar != nullptr && *scalar != "true" && *scalar != "false") Fail(key, kExpected);
  return scalar != nullptr ? *scalar == "true" : fallback.value_or(false);
}

std::int64_t ConfigMap::Integer(std::string_view key, ConfigRange range, std::optional<std::int64_t> fallback) const {
  std::string expected = "a whole number";
  if (range.min != ConfigRange{}.min) expected += " from " + std::to_string(range.min);
  if (range.max != ConfigRange{}.max) expected += " up to " + std::to_string(range.max);
  expected += " was expected";
  const std::string* scalar = Scalar(key, !fallback, expected);
  if (scalar == nullptr) return fallback.value_or(0);
  const std::optional<std::int64_t> value = ParseInteger(*scalar);
  if (!value || *value < range.min || *value > range.max) Fail(key, expected);
  return value.value_or(0);
}

double ConfigMap::Number(std::string_view key, std::optional<double> fallback) const {
  static constexpr std::string_view kExpected = "a number was expected";
  const std::string* scalar = Scalar(key, !fallback, kExpected);
  if (scalar == nullptr) return fallback.value_or(0);
  const std::optional<double> value = ParseNumber(*scalar);
  if (!value) Fail(key, kExpected);
  return value.value_or(0);
}

std::chrono::milliseconds ConfigMap::Duration(std::string_view key,
                                              std::optional<std::chrono::milliseconds> fallback) const {
  static constexpr std::string_view kExpected =
      "a length of time with its unit was expected (250ms, 5s, 10min, 2h, 7d)";
  const std::string* scalar = Scalar(key, !fallback, kExpected);
  if (scalar == nullptr) return fallback.value_or(std::chrono::milliseconds(0));
  const std::optional<std::int64_t> value = ParseWithUnit(*scalar, kDurations);
  if (!value) Fail(key, kExpected);
  return std::chrono::milliseconds(value.value_or(0));
}

std::int64_t ConfigMap::Size(std::string_view key, std::optional<std::int64_t> fallback) const {
  static constexpr std::string_view kExpected = "a number of bytes was expected (4096, 64KiB, 8MiB, 1GiB)";
  const std::string* scalar = Scalar(key, !fallback, kExpected);
  if (scalar == nullptr) return fallback.value_or(0);
  const std::optional<std::int64_t> value = ParseWithUnit(*scalar, kSizes);
  if (!value) Fail(key, kExpected);
  return value.value_or(0);
}

std::chrono::year_month_day ConfigMap::Date(std::string_view key,
                                            std::optional<std::chrono::year_month_day> fallback) const {
  static constexpr std::string_view kExpected = "a date was expected (2026-01-31)";
  const std::string* scalar = Scalar(key, !fallback, kExpected);
  if (scalar == nullptr) return fallback.value_or(std::chrono::year_month_day{});
  const std::optional<std::chrono::year_month_day> value = ParseDate(*scalar);
  if (!value) Fail(key, kExpected);
  return value.value_or(std::chrono::year_month_day{});
}

std::filesystem::path ConfigMap::Path(std::string_view key, std::optional<std::filesystem::path> fallback) const {
  const std::string* scalar = Scalar(key, !fallback, "a path was expected");
  if (scalar == nullptr) return std::move(fallback).value_or(std::filesystem::path());
  if (scalar->empty()) Fail(key, "a path was expected");
  return file_->path.parent_path() / *scalar;
}

std::string ConfigMap::Choice(std::string_view key, std::initializer_list<std::string_view> words,
                              std::optional<std::string> fallback) const {
  std::string expected = "one of these was expected:";
  for (const std::string_view word : words) expected += " " + std::string(word);
  const std::string* scalar = Scalar(key, !fallback, expected);
  if (scalar == nullptr) return std::move(fallback).value_or("");
  if (std::find(words.begin(), words.end(), *scalar) == words.end()) Fail(key, expected);
  return *scalar;
}

std::vector<std::string> ConfigMap::Strings(std::string_view key,
                                            std::optional<std::vector<std::string>> fallback) const {
  static constexpr std::string_view kExpected = "a list of texts was expected";
  Node* node = Find(key);
  if (node == nullptr) {
    if (!fallback) Scalar(key, true, kExpected);
    return std::move(fallback).value_or(std::vector<std::string>());
  }
  node->read = true;
  std::vector<std::string> texts;
  if (node->kind != Kind::kList) Fail(key, kExpected);
  for (const std::unique_ptr<Node>& item : node->items) {
    item->read = true;
    if (item->kind != Kind::kScalar || item->scalar.empty()) {
      file_->Fail(item->line, std::string(key) + ": " + std::string(kExpected));
    }
    texts.push_back(item->scalar);
  }
  return texts;
}

std::vector<std::filesystem::path> ConfigMap::Paths(std::string_view key,
                                                    std::optional<std::vector<std::filesystem::path>> fallback) const {
  if (fallback && !Has(key)) return *std::move(fallback);
  std::vector<std::filesystem::path> paths;
  for (const std::string& text : Strings(key)) paths.push_back(file_->path.parent_path() / text);
  return paths;
}

ConfigMap ConfigMap::Map(std::string_view key) const {
  Node* node = Find(key);
  if (node == nullptr) Scalar(key, true, "a mapping was expected");
  return OptionalMap(key).value_or(ConfigMap(file_, nullptr));
}

std::optional<ConfigMap> ConfigMap::OptionalMap(std::string_view key) const {
  Node* node = Find(key);
  if (node == nullptr) return std::nullopt;
  node->read = true;
  if (node->kind != Kind::kMap) {
    Fail(key, "a mapping was expected");
    return ConfigMap(file_, nullptr);
  }
  return ConfigMap(file_, node);
}

std::vector<ConfigMap> ConfigMap::Maps(std::string_view key) const {
  std::vector<ConfigMap> maps;
  Node* node = Find(key);
  if (node == nullptr) return maps;
  node->read = true;
  if (node->kind != Kind::kList) Fail(key, "a list of mappings was expected");
  for (const std::unique_ptr<Node>& item : node->items) {
    item->read = true;
    if (item->kind == Kind::kMap) {
      maps.push_back(ConfigMap(file_, item.get()));
    } else {
      file_->Fail(item->line, std::string(key) + ": a mapping was expected");
    }
  }
  return maps;
}

std::string ConfigMap::Where(std::string_view key) const {
  const Node* node = Find(key);
  const int line = node != nullptr ? node->key_line : node_ != nullptr ? node_->line : 1;
  return file_->path.string() + ":" + std::to_string(line);
}

void ConfigMap::Fail(std::string_view key, std::string_view expected) const {
  const Node* node = Find(key);
  const int line = node != nullptr ? node->key_line : node_ != nullptr ? node_->line : 1;
  file_->Fail(line, std::string(key) + ": " + std::string(expected));
}

const std::filesystem::path& ConfigMap::file() const { return file_->path; }

absl::Status ConfigMap::Faults() const { return Told(file_->path, file_->errors); }

absl::Status ConfigMap::Finish() const {
  std::vector<std::pair<int, std::string>> errors = file_->errors;
  FindUnread(*file_->root, errors);
  return Told(file_->path, std::move(errors));
}

}  // namespace hjerte::common
