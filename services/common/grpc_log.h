#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "services/common/log.h"

namespace hjerte::common {

// Knows which peers' connections have just ended, which gRPC does not tell.
class PeerFinder {
 public:
  virtual ~PeerFinder() = default;
  // A handshake was refused: calls `tell` once it knows from where, or that it cannot know. From any thread; must not
  // wait.
  virtual void Find(std::function<void(std::string_view peer)> tell) = 0;
};

// Asks this one from now on, in place of any other; null: nobody. Must be taken back before it is gone.
void AskForPeers(PeerFinder* finder);

// "CN=adapter 0751, urn:hjertegateway:adapter:0751, serial 6b…, SHA-256 0f…", of whatever certificate (PEM) somebody
// showed, so of bounded length; empty where it is none.
std::string CertificateName(std::string_view pem);

// What OpenSSL's words about a handshake mean, in words an operator understands; empty for words that are not known.
std::string_view ExplainHandshake(std::string_view message);

// Tells the process's GrpcLog, if there is one, that a peer with this certificate (PEM) was turned away.
void TellRefusedPeer(std::string_view reason, std::string_view certificate);

// How often gRPC could not load a server's certificates, as far as a GrpcLog was there to see it. It then lets nobody
// in.
std::int64_t FailedCertificateLoads();

// Takes over what gRPC writes about itself while this object lives: errors become lines of our log, and a refused TLS
// handshake says in words an operator understands why, to whom and, where somebody knows (PeerFinder), from where
// (event=handshake_refused). At most 20 lines a second, so that a
// storm does not fill the disk; those left out are counted in the next line. gRPC has one such hook for the process:
// one object at a time, made in main.
class GrpcLog {
 public:
  explicit GrpcLog(const Logger& log);
  ~GrpcLog();
  GrpcLog(const GrpcLog&) = delete;
  GrpcLog& operator=(const GrpcLog&) = delete;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace hjerte::common
