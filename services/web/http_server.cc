#include "services/web/http_server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <thread>
#include <utility>

// Boost 1.74 uses std::exchange in its coroutines without including it: <utility> must come first.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/common/grpc_listener.h"
#include "services/common/grpc_log.h"
#include "services/common/line_budget.h"
#include "services/web/http_wire.h"
#include "services/web/request_target.h"

namespace hjerte::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

// What a client that was refused may still send before we hang up; without reading it the refusal itself could be lost.
constexpr size_t kLingerBytesMax = 64 * 1024;
constexpr auto kLingerSeconds = std::chrono::seconds(2);
constexpr auto kAcceptPause = std::chrono::milliseconds(50);
constexpr int kRefusalLinesPerSecondMax = 20;
// New keys that a client may ask for on one connection. OpenSSL makes them as often as it is asked, a few bytes each
// time; browsers never ask.
constexpr int kNewKeysMax = 16;

// What the peer's connections are counted by; empty once it is gone.
std::string CountedAddressOf(const tcp::socket& socket) {
  error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (error) return "";
  sockaddr_storage storage{};
  std::memcpy(&storage, peer.data(), peer.size());
  return common::CountedAddress(storage);
}

// One open connection, in the order of its last whole request.
struct Connection {
  explicit Connection(tcp::socket socket) : address(CountedAddressOf(socket)), stream(std::move(socket)) {}
  const std::string address;
  beast::tcp_stream stream;
  bool waiting = true;                 // for a request; false while an answer is under way
  asio::steady_timer* turn = nullptr;  // while it waits for one; ends when it is its turn, or never will be
  bool evicted = false;
  std::list<Connection*>::iterator place;
};

absl::StatusOr<std::shared_ptr<asio::ssl::context>> LoadTls(const HttpServerOptions& options) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_3_VERSION);
  error_code error;
  context->use_certificate_chain_file(options.certificate_file, error);
  if (error) {
    return absl::InvalidArgumentError(options.certificate_file + ": not a readable PEM certificate chain");
  }
  context->use_private_key_file(options.private_key_file, asio::ssl::context::pem, error);
  if (error || SSL_CTX_check_private_key(context->native_handle()) != 1) {
    return absl::InvalidArgumentError(options.private_key_file + ": not the readable PEM key of " +
                                      options.certificate_file);
  }
  return context;
}

// OpenSSL tells of each message of TLS; `asked` is the connection's count. Who asks too often is taken for one that has
// gone.
void CountNewKeys(int is_ours, int /*version*/, int type, const void* message, size_t size, SSL* ssl, void* asked) {
  if (is_ours != 0 || type != SSL3_RT_HANDSHAKE || size == 0) return;
  if (*static_cast<const unsigned char*>(message) != SSL3_MT_KEY_UPDATE) return;
  if (++*static_cast<int*>(asked) > kNewKeysMax) SSL_set_shutdown(ssl, SSL_RECEIVED_SHUTDOWN);
}

absl::StatusOr<asio::ip::address> ReadAddress(const HttpServerOptions& options) {
  error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) return absl::InvalidArgumentError(options.address + ": not an IP address");
  if (options.plain_http && !address.is_loopback()) {
    return absl::InvalidArgumentError(options.address + ": plain HTTP is for loopback addresses only");
  }
  return address;
}

// Why a handshake failed; empty when the client went away by itself, as whoever asks whether a port is open does.
std::string HandshakeReason(const error_code& error) {
  if (error == beast::error::timeout) return "the peer did not finish the handshake in time";
  if (error.category() != asio::error::get_ssl_category()) return "";
  const std::string message = error.message();
  const std::string_view known = common::ExplainHandshake(message);
  return known.empty() ? message : std::string(known);
}

// The status that tells a client what was wrong with its request; 0 when there is nobody to tell.
int RefusalStatus(const error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  if (error == http::error::body_limit) return 413;
  if (error == http::error::bad_version) return 505;
  if (error == http::error::end_of_stream || error == http::error::partial_message) return 0;
  if (error == beast::error::timeout) return 408;
  return error.category() == make_error_code(http::error::bad_method).category() ? 400 : 0;
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpServerOptions options, HttpHandler handler) : options_(std::move(options)), handler_(std::move(handler)) {}

  absl::Status Listen();
  void Run() {
    asio::co_spawn(io_, AcceptLoop(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }
  void Stop();
  absl::Status Reload();
  uint16_t port() const { return port_; }
  HttpServerStats stats() const;

 private:
  using Parser = http::request_parser<http::string_body>;
  struct Answer {
    HttpResponse response;
    WireOptions wire;
  };

  asio::awaitable<void> AcceptLoop();
  asio::awaitable<void> Session(tcp::socket socket);
  template <class Stream>
  asio::awaitable<void> ServeRequests(Stream& stream, Connection& connection);
  template <class Stream>
  asio::awaitable<bool> Send(Stream& stream, Connection& connection, const Answer& answer);
  asio::awaitable<void> Linger(Connection& connection);
  asio::awaitable<void> WaitForTurn(Connection& connection);
  void GiveTurn();
  void TellRefused(const error_code& why, const std::string& peer);

  Answer Refuse(int status, bool head);
  Answer AnswerTo(const Parser& parser);
  HttpResponse CallHandler(const HttpRequest& request);
  void Touch(Connection& connection);
  void EvictOne();
  void Leave(const Connection& connection);
  void BeginStop();

  const HttpServerOptions options_;
  const HttpHandler handler_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer stop_timer_{io_};
  asio::steady_timer accept_timer_{io_};
  std::shared_ptr<asio::ssl::context> tls_;    // of the io thread once running; a session keeps the one it began with
  std::list<Connection*> connections_;         // quietest first
  std::map<std::string, int> connections_of_;  // how many of them an address has
  // Who has asked and waits for the handler, by address.
  std::map<std::string, std::deque<Connection*>> waiting_;
  std::string served_last_;
  bool gives_turns_ = false;
  common::LineBudget refusal_lines_{kRefusalLinesPerSecondMax};
  bool stopping_ = false;
  uint16_t port_ = 0;
  std::thread thread_;

  std::atomic<uint64_t> accepted_{0}, evicted_{0}, open_{0}, answered_{0}, refused_{0}, failed_{0};
};

absl::Status HttpServer::Impl::Listen() {
  error_code error;
  const auto address = ReadAddress(options_);
  if (!address.ok()) return address.status();
  if (!options_.plain_http) {
    auto tls = LoadTls(options_);
    if (!tls.ok()) return tls.status();
    tls_ = *tls;
  }
  const tcp::endpoint endpoint(*address, options_.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat(options_.address, ":", options_.port, ": cannot listen: ", error.message()));
  }
  port_ = acceptor_.local_endpoint().port();
  return absl::OkStatus();
}

asio::awaitable<void> HttpServer::Impl::AcceptLoop() {
  while (!stopping_) {
    tcp::socket socket(io_);
    error_code error;
    co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (stopping_ || !acceptor_.is_open()) co_return;
    if (error) {
      // Out of descriptors or memory: wait for some to come back instead of spinning, and make room ourselves.
      EvictOne();
      accept_timer_.expires_after(kAcceptPause);
      co_await accept_timer_.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    ++accepted_;
    if (connections_.size() >= static_cast<size_t>(options_.connections_max)) EvictOne();
    asio::co_spawn(io_, Session(std::move(socket)), asio::detached);
  }
}

void HttpServer::Impl::TellRefused(const error_code& why, const std::string& peer) {
  const std::string reason = HandshakeReason(why);
  if (reason.empty()) return;
  if (const std::optional<int64_t> omitted = refusal_lines_.Spend()) {
    options_.log.Warning("handshake_refused", {{"reason", reason}, {"peer", peer}, {"lines_left_out", *omitted}});
  }
}

asio::awaitable<void> HttpServer::Impl::Session(tcp::socket socket) {
  Connection connection(std::move(socket));
  connection.place = connections_.insert(connections_.end(), &connection);
  ++connections_of_[connection.address];
  ++open_;
  error_code error;
  if (tls_ == nullptr) {
    co_await ServeRequests(connection.stream, connection);
  } else {
    const auto context = tls_;
    int new_keys = 0;
    asio::ssl::stream<beast::tcp_stream&> stream(connection.stream, *context);
    SSL_set_msg_callback(stream.native_handle(), &CountNewKeys);
    SSL_set_msg_callback_arg(stream.native_handle(), &new_keys);
    // Not to be asked of a socket that is closed.
    const std::string peer = connection.stream.socket().remote_endpoint(error).address().to_string();
    connection.stream.expires_after(std::chrono::seconds(options_.handshake_seconds_max));
    co_await stream.async_handshake(asio::ssl::stream_base::server, asio::redirect_error(asio::use_awaitable, error));
    if (!error) {
      co_await ServeRequests(stream, connection);
      if (!connection.evicted) {
        connection.stream.expires_after(kLingerSeconds);
        co_await stream.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
      }
    } else if (!connection.evicted) {
      TellRefused(error, peer);
    }
  }
  if (!connection.evicted) Leave(connection);
  --open_;
  if (stopping_ && connections_.empty()) stop_timer_.cancel(error);
}

template <class Stream>
asio::awaitable<void> HttpServer::Impl::ServeRequests(Stream& stream, Connection& connection) {
  beast::flat_buffer buffer(options_.header_bytes_max + options_.body_bytes_max + 1024);
  for (int n = 1; n <= options_.requests_per_connection_max && !stopping_; ++n) {
    Touch(connection);
    Parser parser;
    parser.header_limit(static_cast<uint32_t>(options_.header_bytes_max));
    parser.body_limit(options_.body_bytes_max);
    connection.stream.expires_after(std::chrono::seconds(options_.request_seconds_max));
    connection.waiting = true;
    error_code error;
    co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
    connection.waiting = false;
    if (connection.evicted) co_return;
    if (error) {
      const int status = RefusalStatus(error);
      if (status == 0) co_return;
      const Answer refusal = Refuse(status, parser.get().method() == http::verb::head);
      // A stream that timed out is closed already; nothing can be sent on it.
      if (error != beast::error::timeout && co_await Send(stream, connection, refusal)) co_await Linger(connection);
      co_return;
    }
    co_await WaitForTurn(connection);
    if (connection.evicted) co_return;
    Answer answer = AnswerTo(parser);
    answer.wire.keep_alive = answer.wire.keep_alive && n < options_.requests_per_connection_max && !stopping_;
    if (!co_await Send(stream, connection, answer)) co_return;
    if (!answer.wire.keep_alive) {
      co_await Linger(connection);
      co_return;
    }
  }
}

// The addresses have their turns one after the other, however many connections each asks on; between two of them the
// thread does what else there is to do.
asio::awaitable<void> HttpServer::Impl::WaitForTurn(Connection& connection) {
  asio::steady_timer turn(io_, asio::steady_timer::time_point::max());
  connection.turn = &turn;
  waiting_[connection.address].push_back(&connection);
  if (!std::exchange(gives_turns_, true)) asio::post(io_, [this] { GiveTurn(); });
  error_code given;
  co_await turn.async_wait(asio::redirect_error(asio::use_awaitable, given));
  connection.turn = nullptr;
}

void HttpServer::Impl::GiveTurn() {
  gives_turns_ = !waiting_.empty();
  if (!gives_turns_) return;
  auto next = waiting_.upper_bound(served_last_);
  if (next == waiting_.end()) next = waiting_.begin();
  served_last_ = next->first;
  next->second.front()->turn->cancel();
  next->second.pop_front();
  if (next->second.empty()) waiting_.erase(next);
  asio::post(io_, [this] { GiveTurn(); });
}

template <class Stream>
asio::awaitable<bool> HttpServer::Impl::Send(Stream& stream, Connection& connection, const Answer& answer) {
  const std::string bytes = WriteResponse(answer.response, answer.wire);
  connection.stream.expires_after(std::chrono::seconds(options_.response_seconds_max));
  error_code error;
  co_await asio::async_write(stream, asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, error));
  ++answered_;
  co_return !error && !connection.evicted;
}

asio::awaitable<void> HttpServer::Impl::Linger(Connection& connection) {
  error_code error;
  if (tls_ != nullptr) co_return;  // the closing alert of TLS does this
  connection.stream.socket().shutdown(tcp::socket::shutdown_send, error);
  connection.stream.expires_after(kLingerSeconds);
  std::array<char, 4096> rest;
  for (size_t read = 0; !error && read < kLingerBytesMax;) {
    read += co_await connection.stream.async_read_some(asio::buffer(rest),
                                                       asio::redirect_error(asio::use_awaitable, error));
  }
}

HttpServer::Impl::Answer HttpServer::Impl::Refuse(int status, bool head) {
  ++refused_;
  return {PlainRefusal(status), {.head = head, .keep_alive = false, .tls = tls_ != nullptr}};
}

HttpServer::Impl::Answer HttpServer::Impl::AnswerTo(const Parser& parser) {
  const auto& message = parser.get();
  const bool head = message.method() == http::verb::head;
  if (message.method() == http::verb::unknown) return Refuse(501, head);
  if (message.method() != http::verb::get && !head) return Refuse(405, head);
  // No route takes a body, so nothing can be gained by framing one in a way a proxy might read differently.
  if (message.count(http::field::transfer_encoding) != 0) return Refuse(400, head);
  if (message.count(http::field::host) != 1 && message.version() >= 11) return Refuse(400, head);
  const auto target = ParseRequestTarget({message.target().data(), message.target().size()});
  if (!target.ok()) return Refuse(400, head);

  HttpRequest request;
  request.method = head ? "HEAD" : "GET";
  request.path = target->path;
  request.query = target->query;
  request.role = options_.role;
  for (const auto& field : message) {
    const std::string name(field.name_string().data(), field.name_string().size());
    request.headers.emplace_back(absl::AsciiStrToLower(name), std::string(field.value().data(), field.value().size()));
  }
  return {CallHandler(request), {.head = head, .keep_alive = parser.keep_alive(), .tls = tls_ != nullptr}};
}

HttpResponse HttpServer::Impl::CallHandler(const HttpRequest& request) {
  try {
    return handler_(request);
  } catch (...) {
    // What went wrong may quote data; it is counted here and told nowhere.
    ++failed_;
    return PlainRefusal(500);
  }
}

void HttpServer::Impl::Touch(Connection& connection) {
  if (!connection.evicted) connections_.splice(connections_.end(), connections_, connection.place);
}

// Not the quietest of all: whoever opens many quickly would turn out everybody who takes longer than that to ask.
void HttpServer::Impl::EvictOne() {
  if (connections_.empty()) return;
  const auto most = std::max_element(connections_of_.begin(), connections_of_.end(),
                                     [](const auto& one, const auto& other) { return one.second < other.second; });
  Connection* const quietest = *std::find_if(connections_.begin(), connections_.end(),
                                             [&](const Connection* one) { return one->address == most->first; });
  Leave(*quietest);
  quietest->evicted = true;
  quietest->stream.close();
  ++evicted_;
  if (quietest->turn == nullptr) return;
  quietest->turn->cancel();
  const auto others = waiting_.find(quietest->address);
  if (others == waiting_.end()) return;
  std::erase(others->second, quietest);
  if (others->second.empty()) waiting_.erase(others);
}

void HttpServer::Impl::Leave(const Connection& connection) {
  connections_.erase(connection.place);
  const auto count = connections_of_.find(connection.address);
  if (--count->second == 0) connections_of_.erase(count);
}

void HttpServer::Impl::BeginStop() {
  stopping_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  accept_timer_.cancel(ignored);
  for (Connection* const connection : connections_) {
    if (connection->waiting) connection->stream.close();
  }
  if (connections_.empty()) return;
  stop_timer_.expires_after(std::chrono::seconds(options_.stop_seconds_max));
  stop_timer_.async_wait([this](const error_code&) { io_.stop(); });
}

void HttpServer::Impl::Stop() {
  if (!thread_.joinable()) return;
  asio::post(io_, [this] { BeginStop(); });
  thread_.join();
}

absl::Status HttpServer::Impl::Reload() {
  if (options_.plain_http) return absl::OkStatus();
  auto tls = LoadTls(options_);
  if (!tls.ok()) return tls.status();
  asio::post(io_, [this, context = *std::move(tls)] { tls_ = context; });
  return absl::OkStatus();
}

HttpServerStats HttpServer::Impl::stats() const {
  HttpServerStats stats;
  stats.connections_accepted = accepted_;
  stats.connections_evicted = evicted_;
  stats.connections_open = open_;
  stats.requests_answered = answered_;
  stats.requests_refused = refused_;
  stats.handlers_failed = failed_;
  return stats;
}

absl::Status CheckHttpOptions(const HttpServerOptions& options) {
  const auto address = ReadAddress(options);
  if (!address.ok() || options.plain_http) return address.status();
  return LoadTls(options).status();
}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const HttpServerOptions& options, HttpHandler handler) {
  auto impl = std::make_unique<Impl>(options, std::move(handler));
  const absl::Status listening = impl->Listen();
  if (!listening.ok()) return listening;
  impl->Run();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() { Stop(); }
uint16_t HttpServer::port() const { return impl_->port(); }
HttpServerStats HttpServer::stats() const { return impl_->stats(); }
absl::Status HttpServer::ReloadCertificate() { return impl_->Reload(); }
void HttpServer::Stop() { impl_->Stop(); }

}  // namespace hjerte::web
