#include "services/tool/central_resources.h"

#include <grpcpp/grpcpp.h>

#include "hjertegateway/v1/export.grpc.pb.h"
#include "mapping/json/document.h"

namespace hjerte::tool {

namespace v1 = hjertegateway::v1;

absl::Status EachCentralResource(const CentralOptions& central, const ResourceQuestion& question,
                                 const std::function<absl::Status(const json::Value& resource)>& take) {
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = ConnectToCentral(central);
  if (!channel.ok()) return channel.status();
  v1::ListResourcesRequest request;
  request.set_resource_type(question.type);
  request.set_authority(question.authority);
  request.set_reason(question.reason);
  const auto stub = v1::ExportService::NewStub(*channel);
  grpc::ClientContext context;
  const auto stream = stub->ListResources(&context, request);
  absl::Status taken = absl::OkStatus();
  for (v1::ListResourcesResponse response; taken.ok() && stream->Read(&response);) {
    const absl::StatusOr<json::Document> document = json::Parse(response.resource_json());
    taken = document.ok() ? take(document->root()) : document.status();
  }
  if (!taken.ok()) context.TryCancel();
  const grpc::Status ended = stream->Finish();
  return taken.ok() ? FromGrpc(ended, central) : taken;
}

}  // namespace hjerte::tool
