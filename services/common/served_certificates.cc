#include "services/common/served_certificates.h"

#include <fcntl.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "services/common/grpc_log.h"

namespace hjerte::common {
namespace {

// gRPC reads from memory, but where it cannot it writes a line each time.
constexpr std::chrono::seconds kReadAgainMax{5};

std::string PathOf(const FileDescriptor& file) { return "/proc/self/fd/" + std::to_string(file.get()); }

absl::Status Failed() {
  return absl::UnavailableError(std::string("the certificates cannot be kept in memory: ") + std::strerror(errno));
}

// Whoever reads finds the text there was or this one, never a part.
absl::Status Put(std::string_view text, FileDescriptor& place) {
  FileDescriptor file(::memfd_create("certificates", MFD_CLOEXEC));
  if (!file.valid()) return Failed();
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t written = ::write(file.get(), rest.data(), rest.size());
    if (written < 0 && errno != EINTR) return Failed();
    if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  }
  if (!place.valid()) {
    place = std::move(file);
    return absl::OkStatus();
  }
  return ::dup3(file.get(), place.get(), O_CLOEXEC) < 0 ? Failed() : absl::OkStatus();
}

}  // namespace

ServedCertificates::ServedCertificates(TlsFiles files, const Logger& log) : files_(std::move(files)), log_(log) {}

absl::StatusOr<std::shared_ptr<ServedCertificates>> ServedCertificates::Follow(const TlsFiles& files,
                                                                               const Logger& log) {
  absl::StatusOr<TlsTexts> texts = ReadTlsTexts(files);
  if (!texts.ok()) return texts.status();
  std::shared_ptr<ServedCertificates> served(new ServedCertificates(files, log));
  served->failures_ = FailedCertificateLoads();
  if (absl::Status given = served->Give(*std::move(texts)); !given.ok()) return given;
  const std::string pair = PathOf(served->pair_);
  served->provider_ = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      pair, pair, PathOf(served->authority_),
      static_cast<unsigned int>(std::min(files.reload_interval, kReadAgainMax).count()));
  served->thread_ = std::jthread([self = served.get()](const std::stop_token& stop) { self->Keep(stop); });
  return served;
}

void ServedCertificates::Keep(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto never = [] { return false; };
  while (!stop.stop_requested()) {
    wake_.wait_for(lock, stop, files_.reload_interval, never);
    if (!stop.stop_requested()) LookAgain();
  }
}

void ServedCertificates::LookAgain() {
  const absl::StatusOr<TlsTexts> texts = ReadTlsTexts(files_);
  absl::Status trouble = texts.status();
  const std::int64_t failures = FailedCertificateLoads();
  if (!texts.ok() ? failures != failures_ : *texts != given_ || failures != failures_) {
    const absl::Status given = Give(texts.ok() ? *texts : given_);
    if (given.ok()) failures_ = failures;
    if (trouble.ok()) trouble = given;
  }
  if (!trouble.ok() && trouble != trouble_) {
    log_.Error("certificates_not_taken", {{"why", trouble}, {"doing", "the ones there were go on serving"}});
  }
  trouble_ = std::move(trouble);
}

absl::Status ServedCertificates::Give(const TlsTexts& texts) {
  // By the texts alone it would not load those again that it could not load.
  const bool other = !other_form_;
  const std::string end = other ? "\n" : "";
  // The authority first: what reads between the two must not end with the ones before.
  if (absl::Status put = Put(texts.authority + end, authority_); !put.ok()) return put;
  if (absl::Status put = Put(texts.key + "\n" + texts.certificate + end, pair_); !put.ok()) return put;
  other_form_ = other;
  given_ = texts;
  return absl::OkStatus();
}

}  // namespace hjerte::common
