#include "services/tool/certificate_folder.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>

#include "services/common/file_descriptor.h"
#include "services/common/identity.h"
#include "services/common/tls.h"

namespace hjerte::tool {
namespace {

constexpr std::string_view kRoles[] = {"adapter", "municipality", "reader", "registry", "exporter", "admin", "service"};
constexpr std::string_view kRolesOfAuthorities[] = {"adapter", "municipality"};
// A certificate is valid a little before its making, for machines whose clocks are behind.
constexpr std::chrono::minutes kClockSlack{5};

bool Contains(const auto& words, std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

absl::Status CheckOrder(const CertificateOrder& order) {
  if (!Contains(kRoles, order.role)) {
    std::string roles;
    for (const std::string_view role : kRoles) roles += " " + std::string(role);
    return absl::InvalidArgumentError("role '" + order.role + "' is unknown; one of these was expected:" + roles);
  }
  const bool four_digits = order.name.size() == 4 && order.name.find_first_not_of("0123456789") == std::string::npos;
  if (Contains(kRolesOfAuthorities, order.role) && !four_digits) {
    return absl::InvalidArgumentError("the name of a certificate for " + order.role +
                                      " is the municipality's code of four digits, e.g. 0751");
  }
  return common::ParseIdentity(common::IdentityUri(order.role, order.name)).status();
}

absl::StatusOr<std::string> Read(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return absl::NotFoundError(file.string() + ": no such file");
  return std::string((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
}

// Writes beside the file and renames; the bytes are on the disk before the name is.
absl::Status Write(const std::filesystem::path& file, const std::string& text, mode_t mode) {
  std::filesystem::path draft = file;
  draft += ".new";
  std::error_code ignored;
  std::filesystem::remove(draft, ignored);
  common::FileDescriptor descriptor(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  const bool written = descriptor.valid() &&
                       ::write(descriptor.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(descriptor.get()) == 0 && ::rename(draft.c_str(), file.c_str()) == 0;
  if (written) return absl::OkStatus();
  const int code = errno;
  return absl::ErrnoToStatus(code, file.string() + ": cannot be written");
}

// The key first: a certificate without its key is of no use, while the old certificate with a new key is caught at
// start.
absl::Status WritePair(const std::filesystem::path& certificate_file, const common::CertificateAndKey& pair) {
  std::filesystem::path key_file = certificate_file;
  key_file.replace_extension(".key");
  if (absl::Status written = Write(key_file, pair.key, S_IRUSR | S_IWUSR); !written.ok()) return written;
  return Write(certificate_file, pair.certificate, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
}

absl::Status MakeFolder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return absl::OkStatus();
  return absl::PermissionDeniedError(folder.string() + ": cannot make the folder: " + error.message());
}

std::vector<std::filesystem::path> PemFiles(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".pem") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

absl::Status CertificateFolder::Init(const std::string& common_name, std::chrono::days validity) const {
  if (std::filesystem::exists(folder_ / "ca.pem")) {
    return absl::AlreadyExistsError((folder_ / "ca.pem").string() + ": there is an authority already");
  }
  if (absl::Status made = MakeFolder(folder_); !made.ok()) return made;
  const common::Instant now = clock_.Now();
  const absl::StatusOr<common::CertificateAndKey> authority =
      common::CreateCertificateAuthority(common_name, now - kClockSlack, now + validity);
  if (!authority.ok()) return authority.status();
  if (absl::Status written = WritePair(folder_ / "ca.pem", *authority); !written.ok()) return written;
  return Refresh(validity);
}

absl::StatusOr<common::CertificateAndKey> CertificateFolder::Authority() const {
  absl::StatusOr<std::string> certificate = Read(folder_ / "ca.pem");
  if (!certificate.ok()) return certificate.status();
  absl::StatusOr<std::string> key = Read(folder_ / "ca.key");
  if (!key.ok()) return key.status();
  return common::CertificateAndKey{.certificate = *std::move(certificate), .key = *std::move(key)};
}

absl::StatusOr<std::filesystem::path> CertificateFolder::Issue(const CertificateOrder& order) const {
  if (absl::Status sound = CheckOrder(order); !sound.ok()) return sound;
  const std::filesystem::path file = folder_ / (order.role + "-" + order.name + ".pem");
  if (std::filesystem::exists(file) && !order.renew) {
    return absl::AlreadyExistsError(file.string() + ": is there already; --renew puts a new one in its place");
  }
  const absl::StatusOr<common::CertificateAndKey> authority = Authority();
  if (!authority.ok()) return authority.status();
  const common::Instant now = clock_.Now();
  const absl::StatusOr<common::CertificateAndKey> pair =
      common::IssueCertificate(*authority, {.common_name = order.role + " " + order.name,
                                            .uri = common::IdentityUri(order.role, order.name),
                                            .dns_names = order.dns_names,
                                            .ip_addresses = order.ip_addresses,
                                            .not_before = now - kClockSlack,
                                            .not_after = now + order.validity});
  if (!pair.ok()) return pair.status();
  if (absl::Status written = WritePair(file, *pair); !written.ok()) return written;
  return file;
}

absl::Status CertificateFolder::Revoke(const std::filesystem::path& certificate,
                                       std::chrono::days list_validity) const {
  const absl::StatusOr<std::string> pem = Read(certificate);
  if (!pem.ok()) return pem.status();
  const absl::StatusOr<common::CertificateFacts> facts = common::ReadCertificate(*pem);
  if (!facts.ok())
    return absl::InvalidArgumentError(certificate.string() + ": " + std::string(facts.status().message()));
  if (absl::Status made = MakeFolder(folder_ / "revoked"); !made.ok()) return made;
  absl::Status kept =
      Write(folder_ / "revoked" / (facts->serial + ".pem"), *pem, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
  return kept.ok() ? Refresh(list_validity) : kept;
}

absl::Status CertificateFolder::Refresh(std::chrono::days list_validity) const {
  const absl::StatusOr<common::CertificateAndKey> authority = Authority();
  if (!authority.ok()) return authority.status();
  std::vector<std::string> revoked;
  for (const std::filesystem::path& file : PemFiles(folder_ / "revoked")) {
    absl::StatusOr<std::string> pem = Read(file);
    if (!pem.ok()) return pem.status();
    revoked.push_back(*std::move(pem));
  }
  absl::StatusOr<std::string> name = common::RevocationListFileName(authority->certificate);
  if (!name.ok()) return name.status();
  if (absl::Status made = MakeFolder(folder_ / "crl"); !made.ok()) return made;
  // A running program never reads a list twice, but at each handshake looks for the next one: a new list is a new file.
  name->pop_back();
  int number = 0;
  std::error_code error;
  while (std::filesystem::exists(folder_ / "crl" / (*name + std::to_string(number)), error)) ++number;
  // Of two lists the one that is newer by whole seconds counts, so lists made at once still differ.
  const common::Instant now = clock_.Now();
  const common::Instant from =
      now - kClockSlack + std::min<std::chrono::seconds>(std::chrono::seconds(number), kClockSlack);
  const absl::StatusOr<std::string> list = common::CreateRevocationList(*authority, revoked, from, now + list_validity);
  if (!list.ok()) return list.status();
  return Write(folder_ / "crl" / (*name + std::to_string(number)), *list, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
}

absl::StatusOr<common::Instant> CertificateFolder::EndOfList() const {
  common::TlsFiles files;
  files.authority = folder_ / "ca.pem";
  files.revocation_lists = folder_ / "crl";
  return common::EndOfRevocationLists(files);
}

absl::StatusOr<std::vector<CertificateEntry>> CertificateFolder::List() const {
  const std::filesystem::path authority = folder_ / "ca.pem";
  if (!std::filesystem::exists(authority)) {
    return absl::NotFoundError(authority.string() + ": no authority here; `hjerte certs init` makes one");
  }
  std::vector<std::filesystem::path> files = PemFiles(folder_);
  std::stable_partition(files.begin(), files.end(), [&](const auto& file) { return file == authority; });
  std::vector<CertificateEntry> entries;
  for (const std::filesystem::path& file : files) {
    const absl::StatusOr<std::string> pem = Read(file);
    if (!pem.ok()) return pem.status();
    absl::StatusOr<common::CertificateFacts> facts = common::ReadCertificate(*pem);
    if (!facts.ok()) return absl::InvalidArgumentError(file.string() + ": " + std::string(facts.status().message()));
    const bool revoked = std::filesystem::exists(folder_ / "revoked" / (facts->serial + ".pem"));
    entries.push_back({.file = file, .facts = *std::move(facts), .revoked = revoked});
  }
  return entries;
}

}  // namespace hjerte::tool
