#pragma once

#include <optional>
#include <string>

#include "services/common/metrics.h"
#include "services/common/tls.h"

namespace hjerte::common {

// Metrics of when a program's own certificate and, where they are named, the revocation lists it goes by expire, in
// seconds since 1970; 0 for files that cannot serve (ReadTlsTexts), though the ones before them may serve for a while.
class CertificateEnds {
 public:
  // `<prefix>_certificate_end_timestamp_seconds` and `<prefix>_revocation_lists_end_timestamp_seconds`.
  CertificateEnds(Metrics& metrics, const std::string& prefix, TlsFiles files);
  // Reads the files again.
  void Update();

 private:
  TlsFiles files_;
  Gauge certificate_;
  std::optional<Gauge> lists_;
};

}  // namespace hjerte::common
