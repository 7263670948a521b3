#include "tests/services/doors/doors_fixture.h"

#include <google/protobuf/unknown_field_set.h>
#include <grpcpp/generic/generic_stub.h>

#include "hjertegateway/v1/admin.pb.h"
#include "tests/temporary_folder.h"

namespace hjerte::tests {
namespace {

namespace v1 = hjertegateway::v1;
using doors::Action;
using doors::Listener;
using doors::Role;

constexpr const char* kReflection = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
// Of its contract: the request's list_services, the response's list_services_response, and in it service and name.
constexpr int kListServices = 7;
constexpr int kListServicesResponse = 6;

grpc::ByteBuffer BufferOf(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::string bytes;
  std::vector<grpc::Slice> slices;
  if (buffer.Valid() && buffer.Dump(&slices).ok()) {
    for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

// Whether the server answered at all and found nothing against the caller.
bool Opened(const grpc::Status& status) {
  return status.error_code() != grpc::StatusCode::PERMISSION_DENIED &&
         status.error_code() != grpc::StatusCode::UNAUTHENTICATED &&
         status.error_code() != grpc::StatusCode::UNAVAILABLE;
}

template <typename Message>
Message Parsed(const std::string& bytes) {
  Message message;
  EXPECT_TRUE(message.ParseFromString(bytes));
  return message;
}

std::string Service(const std::string& method) { return "/hjertegateway.v1." + method; }

v1::WatchResultsRequest Watching(const v1::GetResultsRequest& query) {
  v1::WatchResultsRequest request;
  *request.mutable_query() = query;
  return request;
}

v1::ExplainCourseRequest Explaining(const std::string& authority) {
  v1::ExplainCourseRequest request;
  request.set_authority(authority);
  request.set_course_key("course-1");
  request.set_reason("test");
  return request;
}

}  // namespace

std::shared_ptr<grpc::Channel> CallsTest::ChannelOfRole(Role role) {
  switch (role) {
    case Role::kAdapter:
    case Role::kMunicipality:
      return ChannelOf(std::string(doors::RoleName(role)) + "-0751");
    case Role::kReader:
      return ChannelOf("reader-public");
    case Role::kRegistry:
    case Role::kExporter:
      return ChannelOf(std::string(doors::RoleName(role)) + "-dhrd");
    case Role::kAdmin:
      return ChannelOf("admin-ops");
    default:
      if (without_certificate_ == nullptr) {
        grpc::SslCredentialsOptions options;
        options.pem_root_certs = ReadFile(folder_ / "ca.pem");
        without_certificate_ =
            grpc::CreateChannel("127.0.0.1:" + std::to_string(service_->port()), grpc::SslCredentials(options));
      }
      return without_certificate_;
  }
}

// Streams of both sides are over when this side is done and the other one has said its first word.
CallsTest::Answer CallsTest::Call(const std::shared_ptr<grpc::Channel>& channel, const std::string& route,
                                  const std::string& message) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(&context, route, &queue);
  void* tag = nullptr;
  bool ok = false;
  const auto done = [&] {
    queue.Next(&tag, &ok);
    return ok;
  };
  grpc::ByteBuffer response;
  Answer answer;
  call->StartCall(nullptr);
  if (done()) {
    call->WriteLast(BufferOf(message), grpc::WriteOptions(), nullptr);
    done();
    call->Read(&response, nullptr);
    if (done()) {
      answer.first = BytesOf(response);
      context.TryCancel();
      call->Finish(&answer.status, nullptr);
      done();
      answer.status = grpc::Status::OK;
      return answer;
    }
  }
  call->Finish(&answer.status, nullptr);
  done();
  return answer;
}

std::vector<std::string> CallsTest::ServedServices() {
  const std::string all = std::string(1, static_cast<char>(kListServices << 3 | 2)) + "\x01*";
  const Answer answer = Call(ChannelOf("admin-ops"), kReflection, all);
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  std::vector<std::string> names;
  google::protobuf::UnknownFieldSet response;
  response.ParseFromString(answer.first);
  for (int i = 0; i < response.field_count(); ++i) {
    if (response.field(i).number() != kListServicesResponse) continue;
    google::protobuf::UnknownFieldSet list;
    list.ParseFromString(response.field(i).length_delimited());
    for (int k = 0; k < list.field_count(); ++k) {
      google::protobuf::UnknownFieldSet service;
      service.ParseFromString(list.field(k).length_delimited());
      names.push_back(service.field(0).length_delimited());
    }
  }
  return names;
}

std::map<Wanted, Try> CallsTest::TriesOfCalls() {
  std::map<Wanted, Try> tries;
  // A call that is opened or not, whatever it then answers.
  const auto add = [&](const std::string& route, Action action, const std::string& message) {
    tries[{Listener::kCalls, route, action}] = [this, route, message](Role role) {
      return Opened(Call(ChannelOfRole(role), route, message).status);
    };
  };
  // A call that is opened to more roles than are shown this.
  const auto add_shown = [&](const std::string& route, Action action, const std::string& message,
                             const std::function<bool(const std::string&)>& shown) {
    tries[{Listener::kCalls, route, action}] = [this, route, message, shown](Role role) {
      const Answer answer = Call(ChannelOfRole(role), route, message);
      return Opened(answer.status) && shown(answer.first);
    };
  };

  add(Service("DeliveryService/Deliver"), Action::kDeliver, "");
  add(Service("DeliveryService/Validate"), Action::kValidate, "");
  add(Service("DeliveryService/ListVariables"), Action::kListVariables, "");

  v1::GetResultsRequest own = YearOf("2025", true);
  own.clear_unit_kinds();
  own.add_unit_kinds(v1::UNIT_KIND_MUNICIPALITY);
  own.add_unit_ids("0751");
  v1::GetResultsRequest all = YearOf("2025", true);
  all.clear_unit_kinds();
  all.add_unit_kinds(v1::UNIT_KIND_MUNICIPALITY);
  const v1::GetResultsRequest published = YearOf("2025", false);
  add(Service("IndicatorService/ListIndicatorSets"), Action::kReadPublished, "");
  add(Service("IndicatorService/GetResults"), Action::kReadPublished, published.SerializeAsString());
  add(Service("IndicatorService/GetResults"), Action::kReadLiveAll, all.SerializeAsString());
  add(Service("IndicatorService/GetResults"), Action::kReadLiveOwn, own.SerializeAsString());
  add(Service("IndicatorService/WatchResults"), Action::kReadPublished, Watching(published).SerializeAsString());
  add(Service("IndicatorService/WatchResults"), Action::kReadLiveAll, Watching(all).SerializeAsString());
  add(Service("IndicatorService/WatchResults"), Action::kReadLiveOwn, Watching(own).SerializeAsString());

  v1::GetFreshnessRequest freshness;
  const auto counts_courses = [](const std::string& answer) {
    return Parsed<v1::GetFreshnessResponse>(answer).municipalities(0).has_courses();
  };
  add(Service("IndicatorService/GetFreshness"), Action::kReadPublished, "");
  add_shown(Service("IndicatorService/GetFreshness"), Action::kReadLiveAll, "", counts_courses);
  freshness.add_authorities("0751");
  add_shown(Service("IndicatorService/GetFreshness"), Action::kReadLiveOwn, freshness.SerializeAsString(),
            counts_courses);

  add(Service("IndicatorService/ExplainCourse"), Action::kExplainOwn, Explaining("0751").SerializeAsString());
  add(Service("IndicatorService/ExplainCourse"), Action::kExplainAll, Explaining("0101").SerializeAsString());
  add(Service("IndicatorService/PublishSnapshot"), Action::kPublish, "");

  v1::SubscribeRequest subscribe;
  subscribe.set_reason("test");
  add(Service("ExportService/Subscribe"), Action::kExport, subscribe.SerializeAsString());
  add_shown(Service("ExportService/Subscribe"), Action::kExportCpr, subscribe.SerializeAsString(),
            [](const std::string& answer) { return !Parsed<v1::SubscribeResponse>(answer).cpr().empty(); });
  v1::ListResourcesRequest resources;
  resources.set_resource_type("Observation");
  resources.set_reason("a table for a test");
  add(Service("ExportService/ListResources"), Action::kListResources, resources.SerializeAsString());

  v1::BackupRequest backup;
  backup.set_reason("test");
  add(Service("AdminService/Backup"), Action::kAdminister, backup.SerializeAsString());
  v1::RotateKeysRequest rotate;
  rotate.set_kind(v1::KEY_KIND_VAULT);
  rotate.set_reason("test");
  add(Service("AdminService/RotateKeys"), Action::kAdminister, rotate.SerializeAsString());

  add("/grpc.health.v1.Health/Check", Action::kAskHealth, "");
  add("/grpc.health.v1.Health/Watch", Action::kAskHealth, "");
  add(kReflection, Action::kReadContracts, std::string(1, static_cast<char>(kListServices << 3 | 2)) + "\x01*");
  return tries;
}

Try TryPath(const web::Router& router, const std::string& path) {
  return [&router, path](Role role) {
    web::HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.role = role;
    const int status = router(request).status;
    EXPECT_TRUE(status == 200 || status == 403) << path << " gives " << status;
    return status == 200;
  };
}

}  // namespace hjerte::tests
