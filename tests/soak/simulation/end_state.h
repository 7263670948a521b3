#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/soak/simulation/nodes.h"

namespace hjerte::soak {

// What the central service holds when all is quiet, as far as two runs of one scenario must agree on it. Citizens are
// named by their lookup, since surrogates are random.
struct EndState {
  // The reports of each citizen in the order of the log, each by its content; with stamps where they are the source's.
  std::map<std::string, std::vector<std::string>> log;
  std::map<std::string, std::string> resources;
  // Of each resource but Patient the highest version, with its citizen, unless that is entered in error.
  std::map<std::string, std::string> live;
  std::map<std::string, std::string> courses;
  std::map<std::string, std::string> exported;  // the feed, folded
  std::string figures;
  std::vector<std::string> content_macs;  // of every entry of the log
};

// Reads it from the disk of a central service that runs.
absl::StatusOr<EndState> ReadEndState(const CentralNode& central, SimDisk& disk, bool stamped);

// The keyed hash the log knows a delivery by.
std::string DeliveryMac(const Ground& ground, const std::string& delivery_id);

// The log's deliveries, hash → commit.
absl::StatusOr<std::map<std::string, std::int64_t>> ReadDeliveries(const CentralNode& central, SimDisk& disk);

}  // namespace hjerte::soak
