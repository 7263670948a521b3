#include "tests/soak/gate.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "services/common/file_descriptor.h"

namespace hjerte::soak {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kPiecesMax = 64;
constexpr int kPollMs = 2;

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// One direction of a connection: what was read waits until it is due.
struct Direction {
  std::deque<std::pair<Clock::time_point, std::string>> pieces;
  bool ended = false;
  bool corrupt = false;
  bool silent = false;

  bool WantsMore() const { return !ended && pieces.size() < kPiecesMax; }

  void Read(int from, bool swallow, std::chrono::milliseconds delay) {
    std::array<char, 16'384> bytes;
    const ssize_t count = ::recv(from, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN)) ended = true;
    if (count <= 0) return;
    silent = silent || swallow;
    if (silent) return;
    std::string piece(bytes.data(), static_cast<std::size_t>(count));
    if (std::exchange(corrupt, false)) piece[piece.size() / 2] ^= 0x20;
    pieces.emplace_back(Clock::now() + delay, std::move(piece));
  }

  // False when the other side is gone.
  bool Write(int to) {
    while (!pieces.empty() && pieces.front().first <= Clock::now()) {
      std::string& piece = pieces.front().second;
      const ssize_t count = ::send(to, piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count < 0) return errno == EAGAIN;
      piece.erase(0, static_cast<std::size_t>(count));
      if (!piece.empty()) return true;
      pieces.pop_front();
    }
    return true;
  }
  bool Done() const { return ended && pieces.empty(); }
};

}  // namespace

struct Gate::Pair {
  common::FileDescriptor client;
  common::FileDescriptor server;
  Direction up{};
  Direction down{};
};

Gate::Gate(int server_port) : server_port_(server_port) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address = Loopback(0);
  socklen_t length = sizeof(address);
  ::bind(listener_, reinterpret_cast<sockaddr*>(&address), length);
  ::listen(listener_, 256);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

Gate::~Gate() {
  stop_ = true;
  thread_.join();
  ::close(listener_);
}

void Gate::Run() {
  std::list<Pair> pairs;
  int corrupted = 0;
  int cut = 0;
  while (!stop_) {
    std::vector<pollfd> waits = {{listener_, POLLIN, 0}};
    for (const Pair& pair : pairs) {
      waits.push_back({pair.up.WantsMore() ? pair.client.get() : -1, POLLIN, 0});
      waits.push_back({pair.down.WantsMore() ? pair.server.get() : -1, POLLIN, 0});
    }
    ::poll(waits.data(), waits.size(), kPollMs);
    const GateMode mode = mode_;
    const std::chrono::milliseconds delay(delay_ms_);
    if (cut != cuts_) {
      cut = cuts_;
      pairs.clear();
    }
    const bool corrupt = corrupted != corruptions_;
    corrupted = corruptions_;
    for (auto pair = pairs.begin(); pair != pairs.end();) {
      if (corrupt) pair->up.corrupt = pair->down.corrupt = true;
      pair->up.Read(pair->client.get(), mode == GateMode::kSwallowAll, delay);
      pair->down.Read(pair->server.get(), mode == GateMode::kSwallowAll || mode == GateMode::kSwallowAnswers, delay);
      const bool alive = pair->up.Write(pair->server.get()) && pair->down.Write(pair->client.get());
      const bool silent = pair->up.silent || pair->down.silent;
      // A silent connection's end is not passed on either.
      const bool over = !alive || pair->up.Done() || (pair->down.Done() && !silent);
      pair = over ? pairs.erase(pair) : std::next(pair);
    }
    common::FileDescriptor client(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!client.valid() || mode == GateMode::kRefuse) continue;
    common::FileDescriptor server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = Loopback(server_port_);
    if (::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) continue;
    const int on = 1;
    for (const int socket : {client.get(), server.get()}) {
      ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    ++connections_;
    pairs.push_back({.client = std::move(client), .server = std::move(server)});
  }
}

}  // namespace hjerte::soak
