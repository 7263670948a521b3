#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/registry/text.h"

namespace hjerte::portal {

// The pages' own words, one catalogue file for each language (texts/da.yaml, texts/en.yaml). What is measured is not
// among them: that is registry content.
class Texts {
 public:
  using Values = std::initializer_list<std::pair<std::string_view, std::string>>;

  // Reads two flat YAML mappings. Refused: a key that only one of them has, an empty text, "{names}" that differ.
  static absl::StatusOr<Texts> Parse(std::string_view danish_yaml, std::string_view english_yaml);
  // The catalogue the program was built with.
  static absl::StatusOr<Texts> Shipped();

  // The text of a key with its "{name}"s replaced; "⟦key⟧" when there is no such key.
  std::string Get(registry::Language language, std::string_view key, Values values = {}) const;
  // All keys.
  std::vector<std::string> Keys() const;

 private:
  std::map<std::string, registry::Text, std::less<>> texts_;
};

// The texts in one language: what a page is written with.
class Phrases {
 public:
  // `texts` must outlive the phrases.
  Phrases(const Texts& texts, registry::Language language) : texts_(&texts), language_(language) {}
  std::string operator()(std::string_view key, Texts::Values values = {}) const {
    return texts_->Get(language_, key, values);
  }
  const std::string& operator()(const registry::Text& text) const { return text.In(language_); }
  registry::Language language() const { return language_; }
  // "da" or "en".
  std::string code() const { return language_ == registry::Language::kDanish ? "da" : "en"; }

 private:
  const Texts* texts_;
  registry::Language language_;
};

}  // namespace hjerte::portal
