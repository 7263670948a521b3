#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/registry/content/geography.h"
#include "mapping/registry/content/indicator_set.h"
#include "mapping/registry/content/variable.h"
#include "mapping/registry/date.h"

namespace hjerte::registry {

struct CompiledContent;

// A division of ages, e.g. "65-74"; absent ends are open.
struct AgeBand {
  std::string id;
  int from_years = 0;
  std::optional<int> to_years;
  Text label;
};

// A registry's content: variables, indicators, geography. Immutable, thread-safe; one for a program's life, or until an
// operator rebuilds with a newer one.
class Content {
 public:
  explicit Content(std::unique_ptr<const CompiledContent> compiled);
  ~Content();
  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;

  // The sets, oldest first; their validities do not overlap.
  const std::vector<VariableSet>& variable_sets() const;
  const std::vector<IndicatorSet>& indicator_sets() const;
  const std::vector<Geography>& geographies() const;
  const std::vector<AgeBand>& age_bands() const;

  // The variables in force on the date; before the first set the first, after the last the last.
  const VariableSet& variables_on(Date date) const;
  // The indicator set that judges courses closed on the date, or null. By id: null when unknown.
  const IndicatorSet* indicator_set_for(Date date) const;
  const IndicatorSet* FindIndicatorSet(std::string_view id) const;
  // The geography in force on the date (the nearest when none is). By id: null when unknown.
  const Geography& geography_on(Date date) const;
  const Geography* FindGeography(std::string_view id) const;

  // SHA-256 over every file that was read, hex.
  const std::string& sha256() const;
  // Whether any definition in force is a draft.
  bool draft() const;

  // For this library's own use: expressions compiled, rules indexed.
  const CompiledContent& compiled() const { return *compiled_; }

 private:
  std::unique_ptr<const CompiledContent> compiled_;
};

// Reads and checks a registry's content (mapping/dhrd). Refused with "file:line: what, what to do": unknown keys,
// duplicate ids, unknown variables and type errors in expressions, cycles among derived variables, overlapping
// validities, standards without a source.
absl::StatusOr<std::shared_ptr<const Content>> LoadContent(const std::filesystem::path& dir);

}  // namespace hjerte::registry
