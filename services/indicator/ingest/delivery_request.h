#pragma once

#include <cstddef>
#include <variant>

#include "mapping/registry/content/content.h"
#include "mapping/registry/finding.h"
#include "services/common/clock.h"
#include "services/indicator/ingest/report.h"

namespace hjertegateway::v1 {
class DeliverRequest;
class ValidateRequest;
}  // namespace hjertegateway::v1

namespace hjerte::indicator {

inline constexpr std::size_t kDeliveryIdBytesMax = 128;
// Variables that a source may say it carries; no set has as many.
inline constexpr std::size_t kCarriesMax = 1024;

// A request of the contracts as ingest takes it, its text moved out; a finding when it holds no report or one that
// cannot be read. The delivery id is the caller's to set. `content` names what a typed report carries that does not say
// so itself; `now` is when it was received.
std::variant<Report, registry::Finding> ReadReport(hjertegateway::v1::DeliverRequest& request,
                                                   const registry::Content& content, common::Instant now);
std::variant<Report, registry::Finding> ReadReport(hjertegateway::v1::ValidateRequest& request,
                                                   const registry::Content& content, common::Instant now);

}  // namespace hjerte::indicator
