#pragma once

#include <grpcpp/grpcpp.h>

#include "hjertegateway/v1/export.pb.h"
#include "services/indicator/api/export_service.h"

namespace hjerte::indicator {

// Answers ExportService.ListResources: one slice of the store at a time, and the next when the consumer has taken the
// last. `parts` must outlive the stream; the reactor ends by itself.
grpc::ServerWriteReactor<hjertegateway::v1::ListResourcesResponse>* StartResourceStream(
    const ExportServiceParts& parts, const grpc::CallbackServerContext& context,
    const hjertegateway::v1::ListResourcesRequest& request);

}  // namespace hjerte::indicator
