#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/common/certificates.h"
#include "services/common/clock.h"

namespace hjerte::tool {

// What an end certificate in the folder is for.
struct CertificateOrder {
  std::string role;  // adapter, municipality, reader, registry, exporter, admin or service
  std::string name;  // four digits for adapter and municipality
  std::vector<std::string> dns_names{};
  std::vector<std::string> ip_addresses{};
  std::chrono::days validity{365};
  bool renew = false;  // take the place of a certificate that is there
};

// A certificate in the folder.
struct CertificateEntry {
  std::filesystem::path file;
  common::CertificateFacts facts;
  bool revoked = false;
};

// A folder that holds a small certificate authority of one's own:
//   ca.pem ca.key                          the authority
//   <role>-<name>.pem <role>-<name>.key    what it issued
//   revoked/<serial>.pem crl/<hash>.r0     what it took back, and the list that programs read
// Keys are created with mode 0600. Files are put in place by a rename, so that a program that reloads never sees half
// of one.
class CertificateFolder {
 public:
  CertificateFolder(std::filesystem::path folder, const common::Clock& clock)
      : folder_(std::move(folder)), clock_(clock) {}

  // Makes folder, authority and an empty revocation list. AlreadyExists when there is an authority.
  absl::Status Init(const std::string& common_name, std::chrono::days validity) const;
  // Issues a certificate and returns its file. AlreadyExists when it is there and `renew` is not set; InvalidArgument
  // for a role or name that no program would accept.
  absl::StatusOr<std::filesystem::path> Issue(const CertificateOrder& order) const;
  // Takes a certificate back: it is on the list from now on. The list is valid for `list_validity` and must be made
  // anew (Revoke or Refresh) before that ends.
  absl::Status Revoke(const std::filesystem::path& certificate, std::chrono::days list_validity) const;
  // Signs the revocation list anew.
  absl::Status Refresh(std::chrono::days list_validity) const;
  // When the newest revocation list expires (common::EndOfRevocationLists).
  absl::StatusOr<common::Instant> EndOfList() const;
  // All certificates of the folder, the authority first, then by file name.
  absl::StatusOr<std::vector<CertificateEntry>> List() const;

 private:
  absl::StatusOr<common::CertificateAndKey> Authority() const;

  std::filesystem::path folder_;
  const common::Clock& clock_;
};

}  // namespace hjerte::tool
