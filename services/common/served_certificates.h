#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "services/common/file_descriptor.h"
#include "services/common/log.h"
#include "services/common/tls.h"

namespace grpc::experimental {
class CertificateProviderInterface;
}  // namespace grpc::experimental

namespace hjerte::common {

// A server's certificates as gRPC gets to see them: as they were last found sound, and anew where they could not be
// loaded. gRPC 1.51 by itself lets nobody in while key and certificate do not belong together, and for good after it
// lacked memory to load them, since it loads them again only when the files change.
class ServedCertificates {
 public:
  // Follows the files from now on, every reload_interval, on a thread of its own. The error is that of files which are
  // not sound now.
  static absl::StatusOr<std::shared_ptr<ServedCertificates>> Follow(const TlsFiles& files, const Logger& log);
  ServedCertificates(const ServedCertificates&) = delete;
  ServedCertificates& operator=(const ServedCertificates&) = delete;

  // For the credentials, which this must outlive.
  const std::shared_ptr<grpc::experimental::CertificateProviderInterface>& provider() const { return provider_; }

 private:
  ServedCertificates(TlsFiles files, const Logger& log);
  void Keep(const std::stop_token& stop);
  void LookAgain();
  // Gives gRPC the texts in another form than before.
  absl::Status Give(const TlsTexts& texts);

  const TlsFiles files_;
  const Logger log_;
  FileDescriptor pair_;       // in memory: key and certificate
  FileDescriptor authority_;  // in memory
  TlsTexts given_;
  bool other_form_ = false;
  std::int64_t failures_ = 0;  // of loading, that were seen
  absl::Status trouble_;
  std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  // Ends first, while the others are there.
  std::jthread thread_;
};

}  // namespace hjerte::common
