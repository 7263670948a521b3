#include "services/common/grpc_listener.h"

#include <arpa/inet.h>
#include <grpcpp/server_builder.h>
#include <ifaddrs.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <memory>

#include "services/common/file_descriptor.h"
#include "tests/services/common/tls_fixture.h"

namespace hjerte::common {
namespace {

using namespace std::chrono_literals;

// Waits for a condition, at most a minute.
template <typename Condition>
bool Eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + 1min;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

// A connection on which nothing is ever said.
FileDescriptor ConnectIdle(int port, const char* from = "127.0.0.1") {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, from, &address.sin_addr);
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) return {};
  ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) return {};
  return socket;
}

// Whether the other side has closed the connection.
bool IsClosed(const FileDescriptor& socket) {
  char byte = 0;
  const ssize_t got = ::recv(socket.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK);
  return got == 0 || (got < 0 && errno != EAGAIN);
}

// Closes the socket that listens on the port, as a part of the program would that closes a number it no longer owns.
bool CloseListening(int port) {
  for (int number = 3; number < 1024; ++number) {
    int listens = 0;
    socklen_t length = sizeof(listens);
    sockaddr_in address{};
    socklen_t address_length = sizeof(address);
    if (::getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) != 0 || listens == 0) continue;
    ::getsockname(number, reinterpret_cast<sockaddr*>(&address), &address_length);
    if (ntohs(address.sin_port) == port) return ::close(number) == 0;
  }
  return false;
}

class Listener : public TlsFixture {
 protected:
  TlsFiles Server() { return Issue("server", "urn:hjertegateway:service:central"); }
  TlsFiles Adapter() { return Issue("adapter", "urn:hjertegateway:adapter:0751"); }
};

TEST_F(Listener, ConnectionsBeyondTheCapAreClosedAndPlacesComeBack) {
  StartServer(Server(), {.address = "127.0.0.1:0", .connections_max = 5, .connections_per_address_max = 5});
  std::vector<FileDescriptor> idle;
  for (int i = 0; i < 8; ++i) idle.push_back(ConnectIdle(listener_->port()));
  EXPECT_TRUE(Eventually([&] { return listener_->Counts().refused == 3; }));
  EXPECT_EQ(listener_->Counts().accepted, 5);
  EXPECT_TRUE(Eventually([&] { return IsClosed(idle[7]); })) << "a peer that is refused knows at once";
  EXPECT_FALSE(IsClosed(idle[0]));
  idle.clear();
  EXPECT_TRUE(Eventually([&] { return listener_->Counts().open == 0; }));
  EXPECT_EQ(Call(Adapter()), "adapter 0751");
}

TEST_F(Listener, OneAddressCannotTakeEveryPlace) {
  StartServer(Server(), {.address = "127.0.0.1:0", .connections_max = 100, .connections_per_address_max = 4});
  std::vector<FileDescriptor> idle;
  for (int i = 0; i < 20; ++i) idle.push_back(ConnectIdle(listener_->port(), "127.0.0.9"));
  EXPECT_TRUE(Eventually([&] { return listener_->Counts().refused == 16; }));
  EXPECT_EQ(Call(Adapter()), "adapter 0751") << "others are served meanwhile";
}

TEST(CountedAddress, OfIpv6IsTheNetworkAndOfIpv4TheWholeAddress) {
  const auto counted = [](const char* text) {
    sockaddr_storage storage{};
    auto& address = reinterpret_cast<sockaddr_in6&>(storage);
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(static_cast<std::uint16_t>(text[0]));
    EXPECT_EQ(::inet_pton(AF_INET6, text, &address.sin6_addr), 1) << text;
    return CountedAddress(storage);
  };
  EXPECT_EQ(counted("2001:db8:1:2::1"), counted("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  EXPECT_NE(counted("2001:db8:1:2::1"), counted("2001:db8:1:3::1"));
  // IPv4 as a socket of both kinds tells it.
  EXPECT_NE(counted("::ffff:192.0.2.1"), counted("::ffff:192.0.2.2"));
  sockaddr_storage storage{};
  auto& address = reinterpret_cast<sockaddr_in&>(storage);
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, "192.0.2.1", &address.sin_addr);
  const std::string first = CountedAddress(storage);
  ::inet_pton(AF_INET, "192.0.2.2", &address.sin_addr);
  EXPECT_NE(CountedAddress(storage), first);
}

TEST_F(Listener, AHandshakeThatDoesNotComeIsCutOff) {
  StartServer(Server(), {.address = "127.0.0.1:0"}, {.handshake_max = 200ms});
  const FileDescriptor idle = ConnectIdle(listener_->port());
  EXPECT_TRUE(Eventually([&] { return IsClosed(idle); }));
  EXPECT_TRUE(Eventually([&] { return listener_->Counts().open == 0; }));
}

// A peer that never hangs up would otherwise be let in for ever on a certificate that was good once.
TEST_F(Listener, AConnectionThatHasComeOfAgeIsMadeAnewWithANewHandshake) {
  StartServer(Server(), {.address = "127.0.0.1:0"}, {.connection_age_max = 200ms});
  const std::shared_ptr<grpc::Channel> channel = Connect(Adapter());
  ASSERT_EQ(Call(channel), "adapter 0751");
  EXPECT_TRUE(Eventually([&] {
    EXPECT_EQ(Call(channel), "adapter 0751");
    return listener_->Counts().accepted >= 3;
  }));
}

constexpr std::int64_t kLargeBytes = 3 << 20;

grpc::StatusCode SendLarge(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 20s);
  hjertegateway::v1::GetResultsRequest large;
  large.set_geography(std::string(kLargeBytes, 'x'));
  hjertegateway::v1::GetResultsResponse response;
  return hjertegateway::v1::IndicatorService::NewStub(channel)->GetResults(&context, large, &response).error_code();
}

// What comes and is no whole message, as far as the service has told, fills memory for as long as it pleases the peer.
TEST_F(Listener, WhoeverSendsMostThatIsNoWholeMessageIsCutWhenItIsTooMuchAndNobodyElse) {
  StartServer(Server(), {.address = "127.0.0.1:0",
                         .unfinished_bytes_max = 4 << 20,
                         .log = Logger(sink_, clock_, LogLevel::kInfo, "listener")});
  const auto greedy = Connect(Adapter());
  const auto honest = Connect(Issue("other", "urn:hjertegateway:adapter:0101"));
  service_.seen = [this](const grpc::ServerContext& context) {
    const auto name = context.auth_context()->FindPropertyValues(GRPC_X509_SAN_PROPERTY_NAME);
    const std::string_view uri(name.front().data(), name.front().size());
    if (uri.ends_with(":0101")) listener_->NoteMessage(context.peer(), kLargeBytes);
  };
  for (int i = 0; i < 4; ++i) ASSERT_EQ(SendLarge(honest), grpc::StatusCode::FAILED_PRECONDITION);
  for (int i = 0; i < 4; ++i) SendLarge(greedy);
  EXPECT_TRUE(IsTold("event=connection_cut reason=\"messages were begun on it and not ended\""));
  EXPECT_TRUE(greedy->WaitForStateChange(GRPC_CHANNEL_READY, std::chrono::system_clock::now() + 20s));
  EXPECT_EQ(honest->GetState(false), GRPC_CHANNEL_READY);
}

// An address of this machine that is good on one of its networks only, as gRPC takes it; empty: it has none.
std::string LinkLocalHost() {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return "";
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(all, &::freeifaddrs);
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET6) continue;
    const auto& address = reinterpret_cast<const sockaddr_in6&>(*one->ifa_addr);
    if (!IN6_IS_ADDR_LINKLOCAL(&address.sin6_addr)) continue;
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET6, &address.sin6_addr, text.data(), text.size());
    return "ipv6:%5B" + std::string(text.data()) + "%25" + std::to_string(address.sin6_scope_id) + "%5D";
  }
  return "";
}

TEST_F(Listener, WhoeverSendsWholeMessagesFromALinkLocalAddressIsNotCut) {
  const std::string host = LinkLocalHost();
  if (host.empty()) GTEST_SKIP() << "this machine has no such address";
  StartServer(Server(), {.address = "[::]:0",
                         .unfinished_bytes_max = 4 << 20,
                         .log = Logger(sink_, clock_, LogLevel::kInfo, "listener")});
  const auto channel = Connect(Adapter(), host);
  service_.seen = [&](const grpc::ServerContext& context) { listener_->NoteMessage(context.peer(), kLargeBytes); };
  for (int i = 0; i < 16; ++i) ASSERT_EQ(SendLarge(channel), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(channel->GetState(false), GRPC_CHANNEL_READY);
}

// What each whole message is allowed beside it must not add up to room for others that are not ended.
TEST_F(Listener, WhoeverSentWholeMessagesMayLeaveNoMoreUnended) {
  StartServer(Server(), {.address = "127.0.0.1:0",
                         .unfinished_bytes_max = 4 << 20,
                         .log = Logger(sink_, clock_, LogLevel::kInfo, "listener")});
  const auto channel = Connect(Adapter());
  std::atomic<bool> whole = true;
  service_.seen = [&](const grpc::ServerContext& context) {
    if (whole) listener_->NoteMessage(context.peer(), kLargeBytes);
  };
  for (int i = 0; i < 16; ++i) ASSERT_EQ(SendLarge(channel), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(channel->GetState(false), GRPC_CHANNEL_READY);
  whole = false;
  for (int i = 0; i < 3; ++i) SendLarge(channel);
  EXPECT_TRUE(IsTold("event=connection_cut reason=\"messages were begun on it and not ended\""));
}

TEST_F(Listener, ACallOpenDuringAStormGoesOn) {
  StartServer(Server(), {.address = "127.0.0.1:0", .connections_max = 50, .connections_per_address_max = 50});
  const std::shared_ptr<grpc::Channel> before = Connect(Adapter());
  ASSERT_EQ(Call(before), "adapter 0751");
  std::vector<FileDescriptor> idle;
  for (int i = 0; i < 300; ++i) idle.push_back(ConnectIdle(listener_->port()));
  EXPECT_TRUE(Eventually([&] { return listener_->Counts().refused > 200; }));
  EXPECT_EQ(Call(before), "adapter 0751");
}

// The hazard itself: with few descriptors and a storm of idle connections this gRPC's own accept loop stops for ever.
TEST_F(Listener, AStormThatExhaustsTheDescriptorsLeavesTheServerAlive) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit before = limit;
  StartServer(Server(), {.address = "127.0.0.1:0", .connections_max = 100'000, .connections_per_address_max = 100'000});
  const TlsFiles adapter = Adapter();
  // The storm comes from another process, whose descriptors are its own.
  int ready[2];
  int leave[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(leave), 0);
  const int port = listener_->port();
  const pid_t storm = ::fork();
  if (storm == 0) {
    std::vector<FileDescriptor> idle;
    for (int i = 0; i < 600; ++i) idle.push_back(ConnectIdle(port));
    char byte = 'x';
    if (::write(ready[1], &byte, 1) == 1) (void)!::read(leave[0], &byte, 1);
    ::_exit(0);
  }
  // Only now, after the child is gone its own way, are descriptors made scarce here.
  limit.rlim_cur = 128;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_TRUE(Eventually([&] {
    const GrpcListenerCounts counts = listener_->Counts();
    return counts.accepted + counts.refused >= 600;
  }));
  EXPECT_GT(listener_->Counts().refused, 0);
  ASSERT_EQ(::write(leave[1], &byte, 1), 1);
  ::waitpid(storm, nullptr, 0);
  EXPECT_TRUE(Eventually([&] { return listener_->Counts().open == 0; }));
  EXPECT_EQ(Call(adapter), "adapter 0751") << "recovered without a restart";
  ::setrlimit(RLIMIT_NOFILE, &before);
  for (const int end : {ready[0], ready[1], leave[0], leave[1]}) ::close(end);
}

TEST_F(Listener, AnOversizedMessageOrHeaderIsRefusedAndTheServerGoesOn) {
  StartServer(Server(), {.address = "127.0.0.1:0"}, {.message_bytes_max = 1000, .metadata_bytes_max = 4000});
  const auto stub = hjertegateway::v1::IndicatorService::NewStub(Connect(Adapter()));
  hjertegateway::v1::GetResultsResponse response;
  hjertegateway::v1::GetResultsRequest request;
  request.set_indicator_set(std::string(2000, 'x'));
  grpc::ClientContext large;
  EXPECT_EQ(stub->GetResults(&large, request, &response).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  grpc::ClientContext header;
  header.AddMetadata("x", std::string(8000, 'x'));
  EXPECT_EQ(stub->GetResults(&header, {}, &response).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Call(Adapter()), "adapter 0751") << "the connection that offended may be closed, others are served";
}

TEST_F(Listener, ASocketThatIsLostIsToldAndThePortIsBoundAnew) {
  const auto sink = std::make_shared<MemorySink>();
  const SystemClock clock;
  StartServer(Server(), {.address = "127.0.0.1:0", .log = Logger(sink, clock, LogLevel::kInfo, "listener")});
  const int port = listener_->port();
  ASSERT_TRUE(CloseListening(port));
  (void)ConnectIdle(port);  // whoever comes first may find nobody
  EXPECT_TRUE(Eventually([&] { return Call(Adapter()) == "adapter 0751"; }));
  EXPECT_EQ(listener_->port(), port);
  const std::vector<std::string> lines = sink->Lines();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0], testing::HasSubstr("level=error component=listener event=listener_lost"));
  EXPECT_THAT(lines[1], testing::HasSubstr("event=listening_again"));
}

TEST_F(Listener, AnAddressInUseIsToldAtStart) {
  StartServer(Server());
  grpc::ServerBuilder builder;
  const absl::Status status =
      GrpcListener::Create(builder, InsecurePlaintextServerCredentials(), {.address = Address()}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr(Address() + ": cannot listen"));
  EXPECT_FALSE(GrpcListener::Create(builder, InsecurePlaintextServerCredentials(), {.address = "8443"}).ok());
}

}  // namespace
}  // namespace hjerte::common
