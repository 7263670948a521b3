#include "adapters/dispatch/grpc_link.h"

#include <grpcpp/grpcpp.h>

#include <charconv>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "hjertegateway/v1/delivery.grpc.pb.h"
#include "services/common/delivery_metadata.h"

namespace hjerte::adapters {
namespace {

namespace proto = hjertegateway::v1;

constexpr int kMessageBytesMax = 32 << 20;
constexpr std::chrono::milliseconds kConnectSlice{100};
// A peer that vanished without a word is noticed after these two together. The gateway allows a ping every ten seconds.
constexpr int kKeepaliveMs = 15'000;
constexpr int kKeepaliveAnswerMs = 5'000;

registry::Severity SeverityOf(proto::FindingSeverity severity) {
  switch (severity) {
    case proto::FINDING_SEVERITY_WARNING:
      return registry::Severity::kWarning;
    case proto::FINDING_SEVERITY_INFORMATION:
      return registry::Severity::kInformation;
    default:
      return registry::Severity::kError;
  }
}

template <typename Findings>
std::vector<registry::Finding> ToFindings(const Findings& findings) {
  std::vector<registry::Finding> out;
  for (const proto::Finding& finding : findings) {
    out.push_back({.severity = SeverityOf(finding.severity()),
                   .code = finding.code(),
                   .location = finding.location(),
                   .variable = finding.variable(),
                   .text = {.da = finding.text().da(), .en = finding.text().en()}});
  }
  return out;
}

LinkEvent ToEvent(const proto::DeliverResponse& response) {
  LinkEvent event{
      .kind = LinkEvent::Kind::kReceived, .delivery_id = response.delivery_id(), .findings = {}, .reason = ""};
  event.store = response.receipt().store_id();
  if (!response.has_rejection()) {
    // An answer without an outcome is from a gateway that speaks another dialect: nothing was promised.
    if (!response.has_receipt()) event.kind = LinkEvent::Kind::kTryLater;
    return event;
  }
  event.findings = ToFindings(response.rejection().findings());
  switch (response.rejection().kind()) {
    case proto::REJECTION_KIND_INVALID:
    case proto::REJECTION_KIND_CONFLICT:
      event.kind = LinkEvent::Kind::kRefused;
      break;
    case proto::REJECTION_KIND_NOT_ALLOWED:
      event.kind = LinkEvent::Kind::kNotAllowed;
      break;
    default:
      event.kind = LinkEvent::Kind::kTryLater;
      break;
  }
  return event;
}

grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  // Waiting is the dispatcher's: when it connects again, gRPC's own back-off must not stand in its way for long.
  // The first of these is, in spite of its name, how long an attempt to connect may take: a handshake on a busy machine
  // takes longer than any sensible pause.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 10'000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveAnswerMs);
  return arguments;
}

}  // namespace

struct GrpcLink::Impl {
  // One connection; its threads end with it.
  struct Connection {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReaderWriter<proto::DeliverRequest, proto::DeliverResponse>> stream;
    std::deque<std::string> to_send;
    bool ending = false;
    std::thread writer;
    std::thread reader;
  };

  std::string address;
  MakeCredentials credentials;
  std::chrono::milliseconds connect_max{0};
  std::shared_ptr<grpc::Channel> channel;
  // When the channel was made, or the last connection that came about ended; looked at when its threads have ended.
  std::chrono::steady_clock::time_point unconnected_since;
  std::unique_ptr<proto::DeliveryService::Stub> stub;
  std::size_t window = 0;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<LinkEvent> events;
  std::unique_ptr<Connection> connection;

  void Push(LinkEvent event) {
    const std::lock_guard<std::mutex> lock(mutex);
    events.push_back(std::move(event));
    changed.notify_all();
  }

  // gRPC's synchronous calls make a connection progress only while one of them waits, and a call on a channel whose
  // last attempt failed does not wait: handshakes would begin by themselves and starve. So the channel is waited for
  // first.
  bool WaitForChannel(const Connection& own) {
    const auto until = std::chrono::steady_clock::now() + connect_max;
    while (std::chrono::steady_clock::now() < until) {
      {
        const std::lock_guard<std::mutex> lock(mutex);
        if (own.ending) return false;
      }
      if (channel->WaitForConnected(std::chrono::system_clock::now() + kConnectSlice)) return true;
    }
    return false;
  }

  absl::Status MakeChannel() {
    const auto made = credentials();
    if (!made.ok()) return made.status();
    channel = grpc::CreateCustomChannel(address, *made, Arguments());
    stub = proto::DeliveryService::NewStub(channel);
    unconnected_since = std::chrono::steady_clock::now();
    return absl::OkStatus();
  }

  // The whole life of a connection.
  void Run(Connection& own) {
    const bool came_about = WaitForChannel(own);
    own.stream = stub->Deliver(&own.context);
    own.writer = std::thread([this, &own] { WriteLoop(own); });
    ReadGreeting(own);
    ReadLoop(own);
    if (came_about) unconnected_since = std::chrono::steady_clock::now();
  }

  void WriteLoop(Connection& own) {
    while (true) {
      proto::DeliverRequest request;
      {
        std::unique_lock<std::mutex> lock(mutex);
        changed.wait(lock, [&] { return own.ending || !own.to_send.empty(); });
        if (own.ending) return;
        const bool parsed = request.ParseFromString(own.to_send.front());
        own.to_send.pop_front();
        if (!parsed) continue;
      }
      if (!own.stream->Write(request)) return;
    }
  }

  // A gateway that does not say lets this wait for its first answer.
  void ReadGreeting(Connection& own) {
    own.stream->WaitForInitialMetadata();
    const auto& metadata = own.context.GetServerInitialMetadata();
    const auto store = metadata.find(common::kStoreMetadata);
    if (store == metadata.end()) return;
    LinkEvent event{.kind = LinkEvent::Kind::kConnected,
                    .delivery_id = "",
                    .findings = {},
                    .reason = "",
                    .store = std::string(store->second.data(), store->second.size())};
    if (const auto most = metadata.find(common::kReportBytesMetadata); most != metadata.end()) {
      std::size_t bytes = 0;
      const char* const end = most->second.data() + most->second.size();
      const auto [rest, error] = std::from_chars(most->second.data(), end, bytes);
      if (error == std::errc() && rest == end && bytes > 0) event.report_bytes_max = bytes;
    }
    Push(std::move(event));
  }

  void ReadLoop(Connection& own) {
    proto::DeliverResponse response;
    while (own.stream->Read(&response)) Push(ToEvent(response));
    {
      const std::lock_guard<std::mutex> lock(mutex);
      own.ending = true;
      changed.notify_all();
    }
    // A write that is under way must end before Finish.
    own.writer.join();
    const grpc::Status status = own.stream->Finish();
    Push({.kind = LinkEvent::Kind::kDown,
          .delivery_id = "",
          .findings = {},
          .reason = status.ok() ? "the gateway ended the stream" : status.error_message()});
  }

  void End() {
    if (connection == nullptr) return;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      connection->ending = true;
      changed.notify_all();
    }
    connection->context.TryCancel();
    connection->reader.join();
    connection = nullptr;
    // What the old connection still had to say is of no interest to the next one.
    const std::lock_guard<std::mutex> lock(mutex);
    events.clear();
  }
};

absl::StatusOr<std::unique_ptr<GrpcLink>> GrpcLink::Open(std::string address, MakeCredentials credentials,
                                                         std::size_t window, std::chrono::milliseconds connect_max) {
  auto impl = std::make_unique<Impl>();
  impl->address = std::move(address);
  impl->credentials = std::move(credentials);
  impl->window = window;
  impl->connect_max = connect_max;
  if (absl::Status status = impl->MakeChannel(); !status.ok()) return status;
  return std::unique_ptr<GrpcLink>(new GrpcLink(std::move(impl)));
}

GrpcLink::GrpcLink(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

GrpcLink::~GrpcLink() { impl_->End(); }

void GrpcLink::Connect() {
  impl_->End();
  if (std::chrono::steady_clock::now() - impl_->unconnected_since >= impl_->connect_max) {
    // Where that fails the channel there was is tried once more.
    impl_->MakeChannel().IgnoreError();
  }
  impl_->connection = std::make_unique<Impl::Connection>();
  Impl::Connection& own = *impl_->connection;
  own.reader = std::thread([this, &own] { impl_->Run(own); });
}

void GrpcLink::Send(std::string request) {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  if (impl_->connection == nullptr || impl_->connection->ending) return;
  if (impl_->connection->to_send.size() >= impl_->window) return;
  impl_->connection->to_send.push_back(std::move(request));
  impl_->changed.notify_all();
}

std::vector<LinkEvent> GrpcLink::Wait(std::chrono::milliseconds timeout) {
  std::unique_lock<std::mutex> lock(impl_->mutex);
  impl_->changed.wait_for(lock, timeout, [&] { return !impl_->events.empty(); });
  std::vector<LinkEvent> events(std::make_move_iterator(impl_->events.begin()),
                                std::make_move_iterator(impl_->events.end()));
  impl_->events.clear();
  return events;
}

}  // namespace hjerte::adapters
