#include "services/common/certificate_ends.h"

#include <chrono>
#include <utility>

namespace hjerte::common {
namespace {

double SecondsOf(const absl::StatusOr<Instant>& end) {
  if (!end.ok()) return 0;
  return static_cast<double>(std::chrono::floor<std::chrono::seconds>(end->time_since_epoch()).count());
}

}  // namespace

CertificateEnds::CertificateEnds(Metrics& metrics, const std::string& prefix, TlsFiles files)
    : files_(std::move(files)),
      certificate_(metrics.AddGauge(prefix + "_certificate_end_timestamp_seconds",
                                    "When the program's own certificate expires, 0 when its files cannot serve")) {
  if (files_.revocation_lists) {
    lists_ = metrics.AddGauge(prefix + "_revocation_lists_end_timestamp_seconds",
                              "When the revocation lists expire and nobody is let in, 0 when there is no sound one");
  }
  Update();
}

void CertificateEnds::Update() {
  certificate_.Set(SecondsOf(EndOfCertificate(files_)));
  if (lists_) lists_->Set(SecondsOf(EndOfRevocationLists(files_)));
}

}  // namespace hjerte::common
