#pragma once

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/registry/date.h"
#include "mapping/registry/text.h"

namespace hjerte::registry {

// What is wrong with a content file, as "file:line: what, what to do". Thrown and caught inside this library.
struct ContentError {
  std::string message;
};

// A node of a YAML file that knows where it stands and complains with file and line.
class YamlReader {
 public:
  // Reads a file. Throws ContentError when it is no YAML.
  static YamlReader Parse(const std::string& file, const std::string& text);

  [[noreturn]] void Fail(std::string_view what) const;

  // Refuses members that are not among `known`: a misspelt key would otherwise be silently without effect.
  void AllowOnly(std::initializer_list<std::string_view> known) const;

  bool Has(const char* key) const;
  // A member; fails when it is missing.
  YamlReader At(const char* key) const;
  std::optional<YamlReader> Find(const char* key) const;
  // Elements of a sequence; empty for a missing member.
  std::vector<YamlReader> Items() const;
  std::vector<YamlReader> ItemsOf(const char* key) const;
  // Keys and values of a map.
  std::vector<std::pair<std::string, YamlReader>> Members() const;

  std::string String() const;
  std::string StringOf(const char* key) const { return At(key).String(); }
  std::string StringOr(const char* key, std::string fallback) const;
  std::vector<std::string> StringsOf(const char* key) const;
  int Integer() const;
  bool Boolean() const;
  bool BooleanOr(const char* key, bool fallback) const;
  Date DateValue() const;
  // `key: {da: …, en: …}`; both languages are required.
  Text TextOf(const char* key) const;
  // `valid_from` (required) and `valid_to`.
  Validity ValidityOf() const;
  // `status: draft` or `status: official`; required, so that nobody forgets.
  bool DraftOf() const;

  const std::string& file() const { return file_; }
  int line() const;

 private:
  YamlReader(std::string file, const YAML::Node& node) : file_(std::move(file)), node_(node) {}

  std::string file_;
  YAML::Node node_;
};

}  // namespace hjerte::registry
