#include "services/common/grpc_listener.h"

#include <fcntl.h>
#include <grpcpp/server_builder.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "services/common/bytes_received.h"
#include "services/common/file_descriptor.h"
#include "services/common/refused_handshakes.h"
#include "services/common/time_text.h"

namespace hjerte::common {
namespace {

constexpr int kBacklog = 1024;
// Descriptors kept for everything that is not a connection.
constexpr std::int64_t kReservedFiles = 64;
// How long to wait before trying again when the machine has no descriptor left even for refusing.
constexpr std::chrono::milliseconds kExhaustedPause{20};
// How long to wait before the port is bound anew when its socket does not listen any more.
constexpr std::chrono::milliseconds kRebindPause{500};
// How long calls under way may go on when their connection has come of age.
constexpr int kAgeGraceMs = 30'000;
// How often closed connections are looked for even when nobody knocks.
constexpr std::chrono::milliseconds kSweepEvery{250};
// How often the socket is looked at when nobody knocks and nothing is open.
constexpr std::chrono::milliseconds kLookEvery{5'000};
// How often while a refused handshake's connection is looked for, and how old it may have become.
constexpr std::chrono::milliseconds kFindEvery{5};
constexpr std::chrono::seconds kYoung{15};
// What a connection brings beside the messages that are told.
constexpr std::int64_t kBesideMessages = 1 << 20;
// What TLS and HTTP/2 add to each message, and one byte to so many of it. Whatever is allowed here in excess may be
// saved up for messages that are not ended.
constexpr std::int64_t kBesideOne = 64;
constexpr std::int64_t kBytesForOneBeside = 64;

// Raises the soft limit of open files as far as it goes, and returns it.
rlim_t RaiseFileLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur < limit.rlim_max) {
    const rlim_t before = std::exchange(limit.rlim_cur, limit.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
  }
  return limit.rlim_cur;
}

FileDescriptor OpenSpare() { return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

struct HostAndPort {
  std::string host;
  std::string port;
};

absl::StatusOr<HostAndPort> Split(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) {
    return absl::InvalidArgumentError(address + ": an address such as 127.0.0.1:8443 was expected");
  }
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return HostAndPort{.host = host, .port = address.substr(colon + 1)};
}

// `port` in place of the address's, if it is not 0.
absl::StatusOr<FileDescriptor> Bind(const std::string& address, int port = 0) {
  absl::StatusOr<HostAndPort> parts = Split(address);
  if (!parts.ok()) return parts.status();
  if (port != 0) parts->port = std::to_string(port);
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int resolved = ::getaddrinfo(parts->host.c_str(), parts->port.c_str(), &hints, &found);
  if (resolved != 0) return absl::InvalidArgumentError(address + ": " + ::gai_strerror(resolved));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, &::freeaddrinfo);
  FileDescriptor socket(::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (!socket.valid() || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      ::bind(socket.get(), found->ai_addr, found->ai_addrlen) != 0 || ::listen(socket.get(), kBacklog) != 0) {
    return absl::UnavailableError(address + ": cannot listen: " + std::strerror(errno));
  }
  return socket;
}

int PortOf(const FileDescriptor& socket) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &length) != 0) return 0;
  return ntohs(storage.ss_family == AF_INET ? reinterpret_cast<sockaddr_in&>(storage).sin_port
                                            : reinterpret_cast<sockaddr_in6&>(storage).sin6_port);
}

bool Listens(const FileDescriptor& socket) {
  int listens = 0;
  socklen_t length = sizeof(listens);
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0 && listens != 0;
}

// The identity of the socket behind a descriptor number, 0 when there is none. gRPC owns a connection once it is handed
// over and tells nobody when it closes it; but the number then stands for nothing, or for another inode.
ino_t InodeOf(int descriptor) {
  struct stat facts {};
  return ::fstat(descriptor, &facts) == 0 && S_ISSOCK(facts.st_mode) ? facts.st_ino : 0;
}

// From where a connection comes: "192.0.2.7" and "40312".
struct PeerName {
  std::string host;
  std::string port;
  std::string text() const { return host + " " + port; }
};

constexpr std::string_view kMapped = "::ffff:";

PeerName NameOf(const sockaddr_storage& peer) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  const int named = ::getnameinfo(reinterpret_cast<const sockaddr*>(&peer), sizeof(peer), host.data(), host.size(),
                                  port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV);
  if (named != 0) return {.host = "not known", .port = ""};
  std::string text = host.data();
  if (text.starts_with(kMapped)) text.erase(0, kMapped.size());
  // The network of a link-local address by its number, as gRPC has it, and not by its name.
  if (const std::size_t network = text.find('%'); network != std::string::npos) {
    const std::uint32_t number = reinterpret_cast<const sockaddr_in6&>(peer).sin6_scope_id;
    text.replace(network + 1, std::string::npos, std::to_string(number));
  }
  return {.host = std::move(text), .port = port.data()};
}

// What gRPC calls the same: "ipv4:192.0.2.7:40312", "ipv6:%5B2001:db8::1%5D:40312", "ipv6:%5Bfe80::1%252%5D:40312".
PeerName NameOf(const std::string& grpc_peer) {
  const std::size_t scheme = grpc_peer.find(':');
  const std::size_t colon = grpc_peer.rfind(':');
  if (scheme == std::string::npos || colon == scheme) return {};
  std::string host = grpc_peer.substr(scheme + 1, colon - scheme - 1);
  for (const std::string_view bracket : {"%5B", "%5D", "[", "]"}) {
    if (const std::size_t at = host.find(bracket); at != std::string::npos) host.erase(at, bracket.size());
  }
  if (host.starts_with(kMapped)) host.erase(0, kMapped.size());
  if (const std::size_t network = host.find("%25"); network != std::string::npos) host.erase(network + 1, 2);
  return {.host = std::move(host), .port = grpc_peer.substr(colon + 1)};
}

// The connections handed over and not seen closed yet.
class OpenConnections {
 public:
  void Add(int descriptor, std::string address, PeerName peer) {
    ++by_address_[address];
    open_[descriptor] = {.inode = InodeOf(descriptor), .address = std::move(address), .peer = std::move(peer)};
  }
  // Ends those of which `is_over` says so, by their PeerName's text; gRPC sees that the peer is gone.
  void CutWhere(const std::function<bool(const std::string& peer)>& is_over) {
    for (const auto& [descriptor, entry] : open_) {
      if (InodeOf(descriptor) == entry.inode && is_over(entry.peer.text())) ::shutdown(descriptor, SHUT_RDWR);
    }
  }
  // Calls `visit` with each that is open, and its PeerName's text.
  void ForEach(const std::function<void(int descriptor, std::string peer)>& visit) const {
    for (const auto& [descriptor, entry] : open_) {
      if (InodeOf(descriptor) == entry.inode) visit(descriptor, entry.peer.text());
    }
  }
  // Forgets those that gRPC has closed.
  void Sweep() {
    for (auto entry = open_.begin(); entry != open_.end();) {
      entry = InodeOf(entry->first) == entry->second.inode ? std::next(entry) : Remove(entry);
    }
  }
  // A number handed out again proves that its connection was closed.
  void Forget(int descriptor) {
    if (const auto entry = open_.find(descriptor); entry != open_.end()) Remove(entry);
  }
  // From where the connections came that were seen closed since this was asked last and had been young.
  std::vector<std::string> TakeClosedYoung() { return std::exchange(closed_young_, {}); }
  int size() const { return static_cast<int>(open_.size()); }
  int CountOf(const std::string& address) const {
    const auto count = by_address_.find(address);
    return count == by_address_.end() ? 0 : count->second;
  }

 private:
  struct Entry {
    ino_t inode;
    std::string address;
    PeerName peer;
    std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
  };
  using Map = std::unordered_map<int, Entry>;

  Map::iterator Remove(Map::iterator entry) {
    if (std::chrono::steady_clock::now() - entry->second.begun < kYoung) {
      closed_young_.push_back(std::move(entry->second.peer.host));
    }
    const auto count = by_address_.find(entry->second.address);
    if (--count->second == 0) by_address_.erase(count);
    return open_.erase(entry);
  }

  Map open_;
  std::unordered_map<std::string, int> by_address_;
  std::vector<std::string> closed_young_;
};

}  // namespace

std::string CountedAddress(const sockaddr_storage& peer) {
  if (peer.ss_family == AF_INET) {
    const auto& address = reinterpret_cast<const sockaddr_in&>(peer);
    return {reinterpret_cast<const char*>(&address.sin_addr), sizeof(address.sin_addr)};
  }
  const auto& address = reinterpret_cast<const sockaddr_in6&>(peer);
  const std::size_t counted = sizeof(address.sin6_addr) / (IN6_IS_ADDR_V4MAPPED(&address.sin6_addr) ? 1 : 2);
  return {reinterpret_cast<const char*>(&address.sin6_addr), counted};
}

void ApplyGrpcLimits(grpc::ServerBuilder& builder, const GrpcLimits& limits) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(limits.message_bytes_max));
  // gRPC 1.51 unpacks a whole message before it looks at its size: a few KiB would become gigabytes.
  for (const grpc_compression_algorithm packed : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
    builder.SetCompressionAlgorithmSupportStatus(packed, false);
  }
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, limits.metadata_bytes_max);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.concurrent_streams_max);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, static_cast<int>(limits.handshake_max.count()));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, static_cast<int>(limits.connection_idle_max.count()));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, static_cast<int>(limits.connection_age_max.count()));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kAgeGraceMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             static_cast<int>(limits.ping_interval_min.count()));
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 2);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
}

struct GrpcListener::Impl {
  GrpcListenerOptions options;
  FileDescriptor socket;
  FileDescriptor quit;
  FileDescriptor spare;
  int port = 0;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;
  OpenConnections connections;  // of the accepting thread alone
  RefusedHandshakes refusals;
  std::optional<RevocationWatch> revocations;  // of the accepting thread alone
  std::chrono::steady_clock::time_point lists_read_at{};
  std::chrono::steady_clock::time_point callers_judged_at{};
  std::mutex callers_mutex;
  struct CallerOfConnection {
    std::string chain;
    Instant ends;         // when the certificate expires
    bool judged = false;  // by the lists read last
  };
  std::unordered_map<std::string, CallerOfConnection> callers;  // by PeerName's text
  std::mutex messages_mutex;
  std::unordered_map<std::string, std::int64_t> message_bytes;  // by PeerName's text, with what is beside each
  std::chrono::steady_clock::time_point unfinished_at{};
  std::atomic<std::int64_t> accepted{0};
  std::atomic<std::int64_t> refused{0};
  std::atomic<int> open{0};
  std::thread thread;

  void Run();
  bool QuitWithin(std::chrono::milliseconds pause) const;
  bool StillOurs() const;
  bool BindAnew();
  void AcceptAll();
  void Take(FileDescriptor connection, const sockaddr_storage& peer);
  void RefuseForWantOfDescriptors();
  void CutUnwelcome();
  bool ReadLists();
  void CutUnfinished();
};

// Waits for connections until told to quit.
void GrpcListener::Impl::Run() {
  for (;;) {
    std::array<pollfd, 3> waits{
        {{socket.get(), POLLIN, 0}, {quit.get(), POLLIN, 0}, {refusals.descriptor(), POLLIN, 0}}};
    const std::chrono::milliseconds timeout = refusals.any()           ? kFindEvery
                                              : connections.size() > 0 ? kSweepEvery
                                                                       : kLookEvery;
    const int ready = ::poll(waits.data(), waits.size(), static_cast<int>(timeout.count()));
    if (ready > 0 && (waits[1].revents & POLLIN) != 0) return;
    if (!StillOurs() && !BindAnew()) return;
    connections.Sweep();
    if (!spare.valid()) spare = OpenSpare();
    if (ready > 0 && (waits[0].revents & POLLIN) != 0) AcceptAll();
    refusals.Closed(connections.TakeClosedYoung());
    CutUnwelcome();
    CutUnfinished();
    open = connections.size();
  }
}

bool GrpcListener::Impl::QuitWithin(std::chrono::milliseconds pause) const {
  pollfd wait{quit.get(), POLLIN, 0};
  return ::poll(&wait, 1, static_cast<int>(pause.count())) > 0;
}

// Whether the descriptor is still a socket that listens on our port: the number may stand for something else by now.
bool GrpcListener::Impl::StillOurs() const { return Listens(socket) && PortOf(socket) == port; }

// Until the port is bound again; false when told to quit before.
bool GrpcListener::Impl::BindAnew() {
  options.log.Error("listener_lost", {{"address", options.address}, {"port", port}});
  // The number is not ours to close.
  socket.Release();
  absl::Status trouble;
  for (;;) {
    absl::StatusOr<FileDescriptor> bound = Bind(options.address, port);
    if (bound.ok()) {
      socket = *std::move(bound);
      options.log.Warning("listening_again", {{"address", options.address}, {"port", port}});
      return true;
    }
    if (bound.status() != trouble) options.log.Error("cannot_listen_again", {{"error", bound.status()}});
    trouble = bound.status();
    if (QuitWithin(kRebindPause)) return false;
  }
}

// Takes what waits in the kernel's queue.
void GrpcListener::Impl::AcceptAll() {
  for (int i = 0; i < kBacklog; ++i) {
    sockaddr_storage peer{};
    socklen_t length = sizeof(peer);
    FileDescriptor connection(
        ::accept4(socket.get(), reinterpret_cast<sockaddr*>(&peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection.valid()) {
      Take(std::move(connection), peer);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      RefuseForWantOfDescriptors();
      return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return;  // EAGAIN: the queue is empty; what concerns the socket itself is seen in the next round
    }
  }
}

void GrpcListener::Impl::Take(FileDescriptor connection, const sockaddr_storage& peer) {
  connections.Forget(connection.get());
  std::string address = CountedAddress(peer);
  const auto full = [&] {
    return connections.size() >= options.connections_max ||
           connections.CountOf(address) >= options.connections_per_address_max;
  };
  if (full()) connections.Sweep();
  if (full()) {
    ++refused;
    return;  // closed as it goes out of scope
  }
  const int on = 1;
  ::setsockopt(connection.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  PeerName name = NameOf(peer);
  {
    // Whoever had the name before counts no more.
    const std::lock_guard lock(messages_mutex);
    message_bytes.erase(name.text());
  }
  {
    const std::lock_guard lock(callers_mutex);
    callers.erase(name.text());
  }
  connections.Add(connection.get(), std::move(address), std::move(name));
  ++accepted;
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
  parameters.listener_fd = socket.get();
  parameters.fd = connection.Release();
  acceptor->HandleNewConnection(&parameters);
}

// Whether there are others than before.
bool GrpcListener::Impl::ReadLists() {
  const auto now = std::chrono::steady_clock::now();
  if (!revocations || now - lists_read_at < options.revocation_lists->reload_interval()) return false;
  lists_read_at = now;
  const bool changed = revocations->Changed();
  for (const IssuedLists& gone : changed ? revocations->Withdrawn() : std::vector<IssuedLists>()) {
    options.log.Warning("revocation_list_withdrawn",
                        {{"folder", revocations->lists().folder().string()},
                         {"signed_at", FormatInstant(gone.begins)},
                         {"doing", "it goes on counting until the program is started anew"},
                         {"remedy", "put it back, or a newer one beside it (hjerte certs refresh)"}});
  }
  return changed;
}

void GrpcListener::Impl::CutUnwelcome() {
  const auto now = std::chrono::steady_clock::now();
  if (now - callers_judged_at < kSweepEvery) return;
  callers_judged_at = now;
  const bool changed = ReadLists();
  const Instant today = SystemClock().Now();
  const std::lock_guard lock(callers_mutex);
  std::unordered_set<std::string> open_peers;
  connections.ForEach([&](int, std::string peer) { open_peers.insert(std::move(peer)); });
  std::erase_if(callers, [&](const auto& caller) { return !open_peers.contains(caller.first); });
  connections.CutWhere([&](const std::string& peer) {
    const auto caller = callers.find(peer);
    if (caller == callers.end()) return false;
    const bool expired = caller->second.ends <= today;
    const bool to_judge = revocations && (!std::exchange(caller->second.judged, true) || changed);
    if (!expired && !(to_judge && revocations->TakesBack(caller->second.chain))) return false;
    options.log.Warning("connection_cut", {{"reason", expired ? "the peer's certificate has expired"
                                                              : "the peer's certificate has been revoked"},
                                           {"certificate", CertificateName(caller->second.chain)},
                                           {"peer", peer.substr(0, peer.find(' '))}});
    callers.erase(caller);
    return true;
  });
}

void GrpcListener::Impl::CutUnfinished() {
  const auto now = std::chrono::steady_clock::now();
  if (now - unfinished_at < kSweepEvery) return;
  unfinished_at = now;
  std::vector<std::pair<std::int64_t, std::string>> unfinished;
  std::int64_t total = 0;
  {
    const std::lock_guard lock(messages_mutex);
    std::unordered_map<std::string, std::int64_t> of_open;
    connections.ForEach([&](int descriptor, std::string peer) {
      const auto known = message_bytes.find(peer);
      const std::int64_t whole = known != message_bytes.end() ? known->second : 0;
      if (whole > 0) of_open[peer] = whole;
      const std::int64_t bytes = BytesReceived(descriptor) - whole - kBesideMessages;
      if (bytes <= 0) return;
      total += bytes;
      unfinished.emplace_back(bytes, std::move(peer));
    });
    message_bytes = std::move(of_open);
  }
  if (total <= options.unfinished_bytes_max) return;
  std::sort(unfinished.rbegin(), unfinished.rend());
  for (const auto& [bytes, peer] : unfinished) {
    if (total <= options.unfinished_bytes_max) return;
    total -= bytes;
    connections.CutWhere([&peer = peer](const std::string& one) { return one == peer; });
    options.log.Warning("connection_cut", {{"reason", "messages were begun on it and not ended"},
                                           {"bytes", bytes},
                                           {"peer", peer.substr(0, peer.find(' '))}});
  }
}

// One descriptor is kept in reserve, so that a waiting connection can be taken off the queue and closed: otherwise the
// queue stays readable, and this thread would spin while the peers wait for nothing.
void GrpcListener::Impl::RefuseForWantOfDescriptors() {
  spare.Close();
  const FileDescriptor connection(::accept4(socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (connection.valid()) {
    ++refused;
  } else {
    std::this_thread::sleep_for(kExhaustedPause);
  }
  // `connection` still holds the number; the next round reopens the reserve.
}

GrpcListener::GrpcListener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GrpcListener::~GrpcListener() { Stop(); }

absl::StatusOr<std::unique_ptr<GrpcListener>> GrpcListener::Create(grpc::ServerBuilder& builder,
                                                                   std::shared_ptr<grpc::ServerCredentials> credentials,
                                                                   const GrpcListenerOptions& options) {
  const auto files_max = static_cast<std::int64_t>(std::min<rlim_t>(RaiseFileLimit(), 1 << 20));
  absl::StatusOr<FileDescriptor> socket = Bind(options.address);
  if (!socket.ok()) return socket.status();
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  // The program's own files, databases and threads need descriptors too.
  impl->options.connections_max =
      static_cast<int>(std::clamp<std::int64_t>(files_max - kReservedFiles, 1, options.connections_max));
  impl->port = PortOf(*socket);
  impl->socket = *std::move(socket);
  impl->quit = FileDescriptor(::eventfd(0, EFD_CLOEXEC));
  impl->spare = OpenSpare();
  if (options.revocation_lists != nullptr) impl->revocations.emplace(options.revocation_lists);
  impl->acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, std::move(credentials));
  return std::unique_ptr<GrpcListener>(new GrpcListener(std::move(impl)));
}

void GrpcListener::Start() {
  AskForPeers(&impl_->refusals);
  impl_->thread = std::thread([impl = impl_.get()] { impl->Run(); });
}

void GrpcListener::Stop() {
  if (!impl_->thread.joinable()) return;
  ::eventfd_write(impl_->quit.get(), 1);
  impl_->thread.join();
  AskForPeers(nullptr);
  impl_->refusals.Closed({}, /*at_the_end=*/true);
  impl_->socket.Close();
}

void GrpcListener::NoteCaller(const std::string& peer, std::string_view chain) {
  std::string name = NameOf(peer).text();
  const std::lock_guard lock(impl_->callers_mutex);
  if (impl_->callers.contains(name)) return;
  const absl::StatusOr<CertificateFacts> facts = ReadCertificate(chain);
  if (!facts.ok()) return;
  impl_->callers.emplace(std::move(name),
                         Impl::CallerOfConnection{.chain = std::string(chain), .ends = facts->not_after});
}

void GrpcListener::NoteMessage(const std::string& peer, std::int64_t bytes) {
  const std::string name = NameOf(peer).text();
  const std::lock_guard lock(impl_->messages_mutex);
  impl_->message_bytes[name] += bytes + kBesideOne + bytes / kBytesForOneBeside;
}

int GrpcListener::port() const { return impl_->port; }

GrpcListenerCounts GrpcListener::Counts() const {
  return {.accepted = impl_->accepted, .refused = impl_->refused, .open = impl_->open};
}

}  // namespace hjerte::common
