#pragma once

#include <string>
#include <vector>

#include "mapping/json/value.h"
#include "mapping/registry/content/content.h"
#include "mapping/structuremap/lineage.h"
#include "services/common/clock.h"

namespace hjerte::tool {

// Where one variable of the registry came from in one mapped record.
struct VariableOrigin {
  std::string variable;                 // id
  std::string point{};                  // "start", "end", "follow-up", or empty
  std::vector<std::string> elements{};  // of the Bundle, FHIRPath
  std::vector<std::string> fields{};    // of the record, e.g. "src.Tests[0].Value", each once
  bool constant = false;                // the map itself says the value; `fields` then are what made it do so
  bool derived = false;                 // the gateway computes it
};

// Joins what the map wrote with what the registry reads: an entry for each variable (and point) that has a value, in
// the registry's order, and one without elements for each variable that has none.
std::vector<VariableOrigin> OriginsOf(const registry::Content& content, const json::Value& bundle,
                                      const structuremap::Lineage& lineage, common::Instant now);

// For people: one line for each variable, in columns.
std::string OriginsAsTable(const std::vector<VariableOrigin>& origins);
// For programs: one line, an array of objects with the members' names above.
std::string OriginsAsJson(const std::vector<VariableOrigin>& origins);

}  // namespace hjerte::tool
