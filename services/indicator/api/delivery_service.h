#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "services/common/clock.h"
#include "services/common/delivery_metadata.h"
#include "services/common/log.h"
#include "services/doors/callers.h"
#include "services/indicator/api/answer_room.h"
#include "services/indicator/ingest/ingest.h"

namespace grpc {
class Service;
}

namespace hjerte::indicator {

struct DeliveryLimits {
  int reports_per_stream_max = 64;                          // read and not answered
  std::int64_t report_bytes_max = common::kReportBytesMax;  // told to whoever connects; gRPC sees to it
};

// What the service works with; everything must outlive it.
struct DeliveryParts {
  const doors::CallerTable& access;
  const registry::Content& content;
  Ingest& ingest;
  AnswerRoom& answers;
  const common::Clock& clock;
  common::Logger log;
  std::string store_id{};  // told in every receipt and to whoever connects
  // Called with each request that has come whole, and ServerContext::peer; from any thread.
  std::function<void(const std::string& peer, std::int64_t bytes)> request_came = [](const auto&, auto) {};
};

// DeliveryService of the contracts, on gRPC's callback interface.
std::unique_ptr<grpc::Service> MakeDeliveryService(DeliveryParts parts, const DeliveryLimits& limits);

}  // namespace hjerte::indicator
