#include "mapping/registry/content/yaml_reader.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"

namespace hjerte::registry {

YamlReader YamlReader::Parse(const std::string& file, const std::string& text) {
  try {
    YamlReader reader(file, YAML::Load(text));
    if (!reader.node_.IsMap()) reader.Fail("the file must be a map of keys, write `key: value`");
    return reader;
  } catch (const YAML::Exception& error) {
    throw ContentError{absl::StrCat(file, ":", error.mark.line + 1, ": no valid YAML: ", error.msg)};
  }
}

int YamlReader::line() const { return node_.Mark().line + 1; }

void YamlReader::Fail(std::string_view what) const {
  throw ContentError{absl::StrCat(file_, ":", line(), ": ", std::string(what))};
}

void YamlReader::AllowOnly(std::initializer_list<std::string_view> known) const {
  if (!node_.IsMap()) Fail("expected a map of keys, write `key: value`");
  std::set<std::string> seen;
  for (const auto& member : node_) {
    const auto key = member.first.as<std::string>();
    const YamlReader at(file_, member.first);
    if (!seen.insert(key).second) at.Fail(absl::StrCat("key `", key, "` stands twice, remove one"));
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string names;
    for (const std::string_view name : known) absl::StrAppend(&names, names.empty() ? "" : ", ", std::string(name));
    at.Fail(absl::StrCat("unknown key `", key, "`, use one of: ", names));
  }
}

bool YamlReader::Has(const char* key) const { return node_.IsMap() && node_[key].IsDefined(); }

YamlReader YamlReader::At(const char* key) const {
  std::optional<YamlReader> found = Find(key);
  if (!found) Fail(absl::StrCat("`", key, "` is missing, add it"));
  return *found;
}

std::optional<YamlReader> YamlReader::Find(const char* key) const {
  if (!Has(key)) return std::nullopt;
  return YamlReader(file_, node_[key]);
}

std::vector<YamlReader> YamlReader::Items() const {
  if (!node_.IsSequence()) Fail("expected a list");
  std::vector<YamlReader> items;
  for (const YAML::Node& item : node_) items.push_back(YamlReader(file_, item));
  return items;
}

std::vector<YamlReader> YamlReader::ItemsOf(const char* key) const {
  const std::optional<YamlReader> list = Find(key);
  return list ? list->Items() : std::vector<YamlReader>();
}

std::vector<std::pair<std::string, YamlReader>> YamlReader::Members() const {
  if (!node_.IsMap()) Fail("expected a map of keys");
  std::vector<std::pair<std::string, YamlReader>> members;
  for (const auto& member : node_)
    members.emplace_back(member.first.as<std::string>(), YamlReader(file_, member.second));
  return members;
}

std::string YamlReader::String() const {
  if (!node_.IsScalar()) Fail("expected a single value");
  return node_.Scalar();
}

std::string YamlReader::StringOr(const char* key, std::string fallback) const {
  const std::optional<YamlReader> found = Find(key);
  return found ? found->String() : std::move(fallback);
}

std::vector<std::string> YamlReader::StringsOf(const char* key) const {
  std::vector<std::string> texts;
  for (const YamlReader& item : ItemsOf(key)) texts.push_back(item.String());
  return texts;
}

int YamlReader::Integer() const {
  int value = 0;
  if (!node_.IsScalar() || !YAML::convert<int>::decode(node_, value)) Fail("expected a whole number");
  return value;
}

bool YamlReader::Boolean() const {
  const std::string text = String();
  if (text != "true" && text != "false") Fail("expected true or false");
  return text == "true";
}

bool YamlReader::BooleanOr(const char* key, bool fallback) const {
  const std::optional<YamlReader> found = Find(key);
  return found ? found->Boolean() : fallback;
}

Date YamlReader::DateValue() const {
  const std::optional<Date> date = ParseDate(String());
  if (!date) Fail("expected a date, write YYYY-MM-DD");
  return *date;
}

Text YamlReader::TextOf(const char* key) const {
  const YamlReader text = At(key);
  text.AllowOnly({"da", "en"});
  return {text.StringOf("da"), text.StringOf("en")};
}

Validity YamlReader::ValidityOf() const {
  Validity validity;
  validity.from = At("valid_from").DateValue();
  if (const std::optional<YamlReader> to = Find("valid_to")) {
    validity.to = to->DateValue();
    if (*validity.to < validity.from) to->Fail("valid_to lies before valid_from");
  }
  return validity;
}

bool YamlReader::DraftOf() const {
  const YamlReader status = At("status");
  const std::string text = status.String();
  if (text != "draft" && text != "official") status.Fail("status is draft or official");
  return text == "draft";
}

}  // namespace hjerte::registry
