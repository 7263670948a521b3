#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/json/value.h"
#include "services/indicator/courses/derive.h"
#include "services/indicator/store/store.h"

namespace hjerte::indicator {

// The resources of a report without the CPR with their versions, the latest of each resource once, by type and id;
// their source is left open. Their values live where the Bundle's do, without meta.lastUpdated. With `only` those of
// one type alone. InvalidArgument, naming the resource's type, for one without a stamp of its own or the Bundle's.
absl::StatusOr<std::vector<SourcedResource>> VersionsOf(const json::Value& bundle,
                                                        const std::vector<std::string>* carries,
                                                        std::string_view only = {});

// Between two versions that are equal in stamp, error and content: whether the left source's declaration is the one to
// count, so that the order of arrival does not.
bool IsStrongerSource(const SourceRow& left, const SourceRow& right);

}  // namespace hjerte::indicator
