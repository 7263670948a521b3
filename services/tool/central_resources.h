#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "mapping/json/value.h"
#include "services/tool/central_client.h"

namespace hjerte::tool {

// Which current resources of the central service.
struct ResourceQuestion {
  std::string type;
  std::string authority;  // empty: all
  std::string reason;     // goes into the audit log
};

// Streams the resources, one in memory at a time, until `take` returns an error or all have come. What was taken before
// an error is no whole answer.
absl::Status EachCentralResource(const CentralOptions& central, const ResourceQuestion& question,
                                 const std::function<absl::Status(const json::Value& resource)>& take);

}  // namespace hjerte::tool
