#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mapping/json/value.h"

namespace hjerte::structuremap {

// What a concept map says of one code.
struct Translation {
  std::string system;
  std::string code;  // empty when the map says there is no counterpart (unmatched, disjoint, not-related-to)
  std::string display;
  std::string equivalence;  // R4's code: equivalent, equal, wider, narrower, …
};

// A translation as it is looked up: texts of the concept map, or of the code that was asked for.
struct TranslationView {
  std::string_view system;
  std::string_view code;
  std::string_view display;
  std::string_view equivalence;
};

// The concept maps a program translates with: R4 (equivalence) and R5 (relationship) ConceptMap resources. Built once,
// then only read; Translate is const and thread-safe. A look-up takes constant time.
class ConceptMaps {
 public:
  // Adds a ConceptMap resource under its url (with or without `|version`), or under `url` when one is given, as for
  // maps contained in another resource. Errors: InvalidArgument for anything that is no ConceptMap, a second one of the
  // same url, or an element that is not as R4 or R5 has it; nothing is added then.
  absl::Status Add(const json::Value& concept_map, std::string_view url = {});

  bool Contains(std::string_view url) const;

  // The first counterpart of `code` in the map of that url. `system` may be empty: then any group is asked. Codes that
  // are not listed follow the group's unmapped mode (provided, fixed, other-map). Errors: NotFound for an unknown map
  // or a code the map does not know; both messages say what was looked for. A translation with an empty code is an
  // answer: the map says there is none. The answer lives as long as the maps and the texts asked with.
  absl::StatusOr<TranslationView> Translate(std::string_view url, std::string_view system, std::string_view code) const;

 private:
  struct TextHash {
    using is_transparent = void;  // Look-ups by view, without making a string.
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <typename T>
  using ByText = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

  struct Group {
    std::string source;
    std::string target;
    ByText<Translation> elements;
    std::string unmapped_mode;  // empty, provided, fixed or other-map
    Translation fixed;
    std::string other_map;
  };
  struct Map {
    std::string url;
    std::vector<Group> groups;
  };

  static absl::StatusOr<Group> ReadGroup(const json::Value& group);
  const Map* Find(std::string_view url) const;
  absl::StatusOr<TranslationView> Translate(std::string_view url, std::string_view system, std::string_view code,
                                            int depth) const;

  ByText<Map> maps_;
};

}  // namespace hjerte::structuremap
