#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/reports/mapper.h"
#include "mapping/json/arena.h"
#include "mapping/json/value.h"
#include "mapping/registry/content/content.h"
#include "mapping/registry/course/identity.h"
#include "mapping/registry/finding.h"

namespace hjerte::adapters {

// A kind of delivery report and the map that reads it.
struct ReportKind {
  // What the report's profile ends with, e.g. "klgateway-119-delivery-report".
  std::string profile;
  std::shared_ptr<const Mapper> mapper;
};

// What a report is judged by.
struct IntakeContext {
  std::string authority;
  // SOR ids of municipalities and their codes; a report from another authority than ours is refused.
  const std::map<std::string, std::string>* municipality_of_sor = nullptr;
  const registry::Content* content = nullptr;
  registry::IdentityOptions identity;
  std::int64_t received_at_us = 0;
};

// A resource as a report brings it.
struct ReportedResource {
  // "Type/id", as the report names it.
  std::string ref;
  // The resource's own stamp, else the report's, UTC microseconds; 0 when that is no instant.
  std::int64_t stamp_us = 0;
};

// The resources of a report, Patient left out. None of what is not a report.
std::vector<ReportedResource> ReportedIn(const json::Value& report);

// One delivery report, checked by itself and cut down to what the registry's variables use.
struct TakenReport {
  // With an error among them the rest must not be merged.
  std::vector<registry::Finding> findings;
  // Patient.id, the keyed hash of the citizen's number.
  std::string citizen;
  json::Value bundle;
  std::vector<ReportedResource> reported;
};

// Reads, checks, maps and identifies a report. `json` must outlive what is made of it.
TakenReport TakeReport(const std::string& json, const std::vector<ReportKind>& kinds, const IntakeContext& context,
                       json::Arena& arena);

// Code of the municipality whose SOR id is the Patient's managingOrganization; empty when it is not known.
std::string ManagingMunicipality(const json::Value& patient,
                                 const std::map<std::string, std::string>& municipality_of_sor);

}  // namespace hjerte::adapters
