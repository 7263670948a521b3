#include "services/portal/texts.h"

#include <yaml-cpp/yaml.h>

#include <set>

#include "absl/status/status.h"
#include "services/portal/assets.h"

namespace hjerte::portal {
namespace {

using Catalogue = std::map<std::string, std::string, std::less<>>;

absl::StatusOr<Catalogue> ParseOne(std::string_view yaml, std::string_view name) {
  Catalogue catalogue;
  try {
    for (const auto& entry : YAML::Load(std::string(yaml))) {
      const auto key = entry.first.as<std::string>();
      const auto text = entry.second.as<std::string>();
      if (text.empty()) return absl::InvalidArgumentError(std::string(name) + ": " + key + ": the text is empty");
      if (!catalogue.emplace(key, text).second) {
        return absl::InvalidArgumentError(std::string(name) + ": " + key + ": stands twice");
      }
    }
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(std::string(name) + ": " + error.what());
  }
  return catalogue;
}

std::set<std::string> NamesIn(std::string_view text) {
  std::set<std::string> names;
  for (size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
    const size_t close = text.find('}', open);
    if (close == std::string_view::npos) break;
    names.emplace(text.substr(open, close - open + 1));
  }
  return names;
}

}  // namespace

absl::StatusOr<Texts> Texts::Parse(std::string_view danish_yaml, std::string_view english_yaml) {
  const auto danish = ParseOne(danish_yaml, "da.yaml");
  if (!danish.ok()) return danish.status();
  const auto english = ParseOne(english_yaml, "en.yaml");
  if (!english.ok()) return english.status();
  Texts texts;
  for (const auto& [key, text] : *danish) {
    const auto other = english->find(key);
    if (other == english->end()) return absl::InvalidArgumentError("en.yaml: " + key + ": is missing");
    if (NamesIn(text) != NamesIn(other->second)) {
      return absl::InvalidArgumentError("en.yaml: " + key + ": its {names} differ from those in da.yaml");
    }
    texts.texts_[key] = {text, other->second};
  }
  for (const auto& [key, text] : *english) {
    if (danish->find(key) == danish->end()) return absl::InvalidArgumentError("da.yaml: " + key + ": is missing");
  }
  return texts;
}

absl::StatusOr<Texts> Texts::Shipped() { return Parse(AssetNamed("da.yaml"), AssetNamed("en.yaml")); }

std::string Texts::Get(registry::Language language, std::string_view key, Values values) const {
  const auto found = texts_.find(key);
  if (found == texts_.end()) return "⟦" + std::string(key) + "⟧";
  const std::string& text = found->second.In(language);
  std::string out;
  size_t at = 0;
  // One pass, so that a value which itself holds "{name}" is not replaced again.
  for (size_t open = text.find('{'); open != std::string::npos; open = text.find('{', at)) {
    const size_t close = text.find('}', open);
    if (close == std::string::npos) break;
    out += text.substr(at, open - at);
    const std::string_view name = std::string_view(text).substr(open + 1, close - open - 1);
    for (const auto& [candidate, value] : values) {
      if (candidate == name) out += value;
    }
    at = close + 1;
  }
  return out + text.substr(at);
}

std::vector<std::string> Texts::Keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, text] : texts_) keys.push_back(key);
  return keys;
}

}  // namespace hjerte::portal
