#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/json/arena.h"
#include "mapping/json/value.h"

namespace hjerte::adapters {

// One resource of a mapped Bundle with what its version is told by.
struct ResourceVersion {
  // "Type/id".
  std::string ref;
  json::Value resource;
  // SHA-256 of the canonical content without meta.lastUpdated: equal content, equal hash, whatever the stamp.
  std::string content;
  // meta.lastUpdated in UTC microseconds; 0 when the source has no stamps.
  std::int64_t stamp_us = 0;
  bool in_error = false;
};

// The hash a version's content is told by, see ResourceVersion.
std::string ContentHash(const json::Value& resource, json::Arena& arena);

// The resources of a Bundle in its order. Entries without a resource, type or id are left out: the checks of the report
// have refused them before.
std::vector<ResourceVersion> VersionsOf(const json::Value& bundle, json::Arena& arena);

// "Type/id" of a resource; empty without either.
std::string ReferenceOf(const json::Value& resource);

// "Observation" of "Observation/…".
std::string_view TypeOf(std::string_view ref);

// A copy of the resource with that stamp in meta.lastUpdated; the rest is shared.
json::Value WithStamp(const json::Value& resource, std::int64_t stamp_us, json::Arena& arena);

// What retracts a resource of which only the reference is known: type, id, the status entered-in-error in the element
// its type has for it, and the citizen ("Patient/…") where the type has a subject.
json::Value Tombstone(std::string_view ref, std::string_view patient_ref, json::Arena& arena);

// Patient and Organization have no status of error and belong to no course of their own.
bool IsShared(std::string_view type);

// A collection Bundle of our report's profile, stamped with the latest stamp of its entries; each resource is given as
// fullUrl "urn:uuid:<id>" where the id is a UUID, else under the gateway's base.
json::Value MakeReport(const std::vector<json::Value>& resources, std::int64_t stamp_us, json::Arena& arena);

}  // namespace hjerte::adapters
