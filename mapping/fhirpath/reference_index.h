#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "mapping/json/value.h"

namespace hjerte::fhirpath {

// Finds what references inside one document point to: entries of a Bundle by fullUrl and by Type/id, contained
// resources by #id. Built in one pass; each look-up takes constant time. The document must outlive it and stay as it
// is.
class ReferenceIndex {
 public:
  explicit ReferenceIndex(const json::Value& root);

  // The resource, or null. `holder` is the node the reference stands in, which decides whose contained resources #id
  // means.
  const json::Value* Find(std::string_view reference, const json::Value* holder = nullptr) const;

  // The document it was built from.
  const void* identity() const { return identity_; }
  // Nodes looked at to build it.
  uint64_t steps() const { return steps_; }

 private:
  void AddEntries(const json::Value& entries);
  void AddResource(const json::Value& resource);
  // Notes for each local reference below `node` which contained resource it means.
  void AddLocal(const json::Value& node, const json::Value& resource);

  const void* identity_;
  uint64_t steps_ = 0;
  std::unordered_map<std::string, const json::Value*> by_url_;
  std::unordered_map<const void*, const json::Value*> by_holder_;
};

}  // namespace hjerte::fhirpath
