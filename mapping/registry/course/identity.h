#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "mapping/json/arena.h"
#include "mapping/json/value.h"

namespace hjerte::registry {

// Base of the gateway's own FHIR artefacts.
inline constexpr std::string_view kArtefactBase = "http://hjertegateway.dk/fhir";
// Identifier systems: what a map gives its resources, and the source's own key of the course.
inline constexpr std::string_view kSourceIdentifierBase = "http://hjertegateway.dk/fhir/sid/source/";
inline constexpr std::string_view kCourseKeySystem = "http://hjertegateway.dk/fhir/sid/course";
inline constexpr std::string_view kSorSystem = "urn:oid:1.2.208.176.1.1";

// Name-based UUID, version 5 (RFC 9562), of `name` under the gateway's namespace (version 5 of "hjertegateway.dk" under
// the DNS namespace). Lower case with hyphens.
std::string Uuid5(std::string_view name);

// Id of a resource that a map made: Uuid5 of "authority|ResourceType|system|key".
std::string ResourceId(std::string_view authority, std::string_view resource_type, std::string_view system,
                       std::string_view key);

// Id of a Patient: the first 16 bytes of HMAC-SHA256(key, "authority|system|number") as a UUID of version 8. Without
// the key nobody finds the number by trying them all.
std::string PatientId(std::string_view patient_key, std::string_view authority, std::string_view system,
                      std::string_view number);

// Who delivers and the secret that hides the citizen's number in Patient.id.
struct IdentityOptions {
  std::string_view authority;
  std::string_view patient_key;
};

// Gives every resource of a report its id and fullUrl, turns references by identifier into references by id, replaces
// Patient ids, and removes the source's identifiers that have done their work (all but the citizen's number, the course
// key and SOR ids). A valid id that is there already is kept, except a Patient's; an identifier that may hold a
// citizen's number gives a keyed id as a Patient's does. Changes `bundle` in place; memory comes from `arena`. Running
// it again changes nothing. Fails when a resource has neither id nor identifier, or a Patient no citizen's number:
// "entry[3] (Observation): …", without quoting values.
absl::Status AssignIdentities(json::Value& bundle, json::Arena& arena, const IdentityOptions& options);

}  // namespace hjerte::registry
