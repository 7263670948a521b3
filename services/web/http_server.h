#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/common/log.h"
#include "services/web/http_message.h"

namespace hjerte::web {

// What one listener accepts. The defaults suit a page that answers from memory.
struct HttpServerOptions {
  std::string address = "127.0.0.1";        // IP address to listen on
  uint16_t port = 0;                        // 0: any free port, see HttpServer::port()
  std::string certificate_file;             // PEM chain of the server's own certificate
  std::string private_key_file;             // PEM key of it
  bool plain_http = false;                  // no TLS; refused unless `address` is a loopback address
  doors::Role role = doors::Role::kAnyone;  // of everyone who reaches this listener
  common::Logger log{};                     // for handshakes that are refused, at most 20 lines a second

  // When full, of the address with most connections (common::CountedAddress) the one that has been quiet longest makes
  // room for a new one.
  int connections_max = 512;
  int requests_per_connection_max = 1000;
  size_t header_bytes_max = 8192;  // request line and headers together
  size_t body_bytes_max = 1024;    // bodies are read and thrown away: no route takes one
  int handshake_seconds_max = 5;
  int request_seconds_max = 10;   // from the first wait to the last byte, however slowly they drip
  int response_seconds_max = 30;  // until the client has taken the answer
  int stop_seconds_max = 5;       // how long Stop waits for answers under way
};

// What happened on a listener since it started.
struct HttpServerStats {
  uint64_t connections_accepted = 0;
  uint64_t connections_evicted = 0;  // closed to make room
  uint64_t connections_open = 0;
  uint64_t requests_answered = 0;  // every status
  uint64_t requests_refused = 0;   // broken or over a limit: answered 4xx without reaching the handler
  uint64_t handlers_failed = 0;    // answered 500
};

// Answers requests. Called on the server's own thread, one at a time; must not block for long. An exception becomes a
// 500.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

// Whether a server could start with the options, as far as can be told without listening: address, certificate, key.
absl::Status CheckHttpOptions(const HttpServerOptions& options);

// One HTTP/1.1 listener (Boost.Beast on Asio coroutines) on a thread of its own.
// Slow, oversized, malformed and too many requests cost bounded memory and time; GET and HEAD alone reach the handler,
// those of different addresses in turn.
class HttpServer {
 public:
  // Binds and begins to serve. Errors name the address or file and what is wrong with it.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const HttpServerOptions& options, HttpHandler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // The port it listens on.
  uint16_t port() const;
  // Counters; may be called from any thread.
  HttpServerStats stats() const;
  // Reads certificate and key again for connections to come; on an error the old ones stay in use.
  absl::Status ReloadCertificate();
  // Takes no new connection, lets answers under way finish (at most stop_seconds_max), then closes. Idempotent.
  void Stop();

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hjerte::web
