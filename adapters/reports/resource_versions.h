#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/reports/resource_text.h"
#include "mapping/json/arena.h"
#include "mapping/json/value.h"

namespace hjerte::adapters {

// One resource of a mapped Bundle with what its version is told by.
struct ResourceVersion {
  // "Type/id".
  std::string ref;
  json::Value resource;
  ResourceText text;
  // SHA-256 of the text, which holds no stamp: equal content, equal hash.
  std::string content;
  // meta.lastUpdated in UTC microseconds; 0 when the source has no stamps.
  std::int64_t stamp_us = 0;
  bool in_error = false;
};

// The resources of a Bundle in its order. Entries without a resource, type or id are left out: the checks of the report
// have refused them before.
std::vector<ResourceVersion> VersionsOf(const json::Value& bundle, json::Arena& arena);

// "Type/id" of a resource; empty without either.
std::string ReferenceOf(const json::Value& resource);

// "Observation" of "Observation/…".
std::string_view TypeOf(std::string_view ref);

// A copy of the resource with that stamp in meta.lastUpdated; the rest is shared.
json::Value WithStamp(const json::Value& resource, std::int64_t stamp_us, json::Arena& arena);

// A copy of the resource that says in its meta which stamp is the care system's own; the rest is shared.
json::Value WithOwnStamp(const json::Value& resource, std::int64_t own_us, json::Arena& arena);

// What retracts a resource of which only the reference is known: type, id, the status entered-in-error in the element
// its type has for it, and the citizen ("Patient/…") where the type has a subject.
json::Value Tombstone(std::string_view ref, std::string_view patient_ref, json::Arena& arena);

// Patient and Organization have no status of error and belong to no course of their own.
bool IsShared(std::string_view type);

// A resource of a report, with the stamp it travels with.
struct StampedResource {
  // "Type/id"; must outlive it.
  std::string_view ref;
  json::Value resource;
  ResourceText text;
  std::int64_t stamp_us = 0;
};

// A collection Bundle of our report's profile, stamped with the latest stamp of its entries; each resource is given as
// fullUrl "urn:uuid:<id>" where the id is a UUID, else under the gateway's base.
json::Value MakeReport(const std::vector<StampedResource>& resources, std::int64_t stamp_us, json::Arena& arena);

// The same as canonical JSON, put together from what is written already.
std::string WriteReport(const std::vector<StampedResource>& resources, std::int64_t stamp_us);

}  // namespace hjerte::adapters
