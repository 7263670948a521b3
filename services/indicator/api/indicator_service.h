#pragma once

#include <memory>

#include "services/common/log.h"
#include "services/doors/callers.h"
#include "services/indicator/api/answer_room.h"
#include "services/indicator/cube/history.h"
#include "services/indicator/publish/publisher.h"
#include "services/indicator/publish/read_model.h"

namespace grpc {
class Service;
}

namespace hjerte::indicator {

// What the service works with; everything must outlive it.
struct IndicatorServiceParts {
  const doors::CallerTable& access;
  ReadModel& read_model;
  Publisher& publisher;
  History& history;
  const registry::Content& content;
  AnswerRoom& answers;
  common::Logger log;
};

// IndicatorService of the contracts, on gRPC's callback interface.
std::unique_ptr<grpc::Service> MakeIndicatorService(IndicatorServiceParts parts);

}  // namespace hjerte::indicator
