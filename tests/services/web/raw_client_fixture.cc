#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "tests/services/web/raw_client.h"

namespace hjerte::tests {
namespace {

constexpr int kDeadlineMs = 20'000;

bool WaitFor(int socket, short events, int timeout_ms) {
  pollfd wait{socket, events, 0};
  return poll(&wait, 1, timeout_ms) == 1;
}

}  // namespace

RawClient::RawClient(uint16_t port, const char* from) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in own{};
  own.sin_family = AF_INET;
  inet_pton(AF_INET, from, &own.sin_addr);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(socket_, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) end_ = true;
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) end_ = true;
}

RawClient::~RawClient() { close(socket_); }

bool RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool RawClient::ReadSome() {
  if (end_ || !WaitFor(socket_, POLLIN, kDeadlineMs)) return false;
  std::array<char, 65536> buffer;
  const ssize_t got = recv(socket_, buffer.data(), buffer.size(), 0);
  if (got <= 0) {
    end_ = true;
    return false;
  }
  pending_.append(buffer.data(), static_cast<size_t>(got));
  return true;
}

std::string RawClient::ReadAnswer() {
  while (pending_.find("\r\n\r\n") == std::string::npos) {
    if (!ReadSome()) return "";
  }
  const size_t head = pending_.find("\r\n\r\n") + 4;
  const size_t body = std::strtoul(HeaderOf(pending_.substr(0, head), "content-length").c_str(), nullptr, 10);
  while (pending_.size() < head + body) {
    if (!ReadSome()) return "";
  }
  std::string answer = pending_.substr(0, head + body);
  pending_.erase(0, head + body);
  return answer;
}

std::string RawClient::ReadToEnd() {
  while (ReadSome()) {
  }
  return pending_;
}

bool RawClient::IsClosed() {
  while (ReadSome()) {
  }
  return end_;
}

bool RawClient::IsClosedWithin(std::chrono::milliseconds time) {
  while (!end_ && WaitFor(socket_, POLLIN, static_cast<int>(time.count()))) ReadSome();
  return end_;
}

bool RawClient::IsQuiet() { return !end_ && !WaitFor(socket_, POLLIN, 0); }

std::string Get(uint16_t port, std::string_view target, std::string_view more_headers) {
  RawClient client(port);
  client.Send("GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" +
              std::string(more_headers) + "\r\n");
  return client.ReadToEnd();
}

int StatusOf(std::string_view answer) {
  if (answer.substr(0, 9) != "HTTP/1.1 ") return 0;
  return std::atoi(std::string(answer.substr(9, 3)).c_str());
}

std::string HeaderOf(std::string_view answer, std::string_view name) {
  const std::string_view head = answer.substr(0, answer.find("\r\n\r\n") + 2);
  const std::string needle = "\r\n" + std::string(name) + ": ";
  const size_t at = head.find(needle);
  if (at == std::string_view::npos) return "";
  const size_t begin = at + needle.size();
  return std::string(head.substr(begin, head.find("\r\n", begin) - begin));
}

std::string BodyOf(std::string_view answer) {
  const size_t end = answer.find("\r\n\r\n");
  return end == std::string_view::npos ? "" : std::string(answer.substr(end + 4));
}

}  // namespace hjerte::tests
