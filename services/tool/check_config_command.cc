#include "services/tool/check_config_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fstream>
#include <iterator>
#include <memory>

#include "adapters/adapter.h"
#include "adapters/config.h"
#include "mapping/registry/content/content.h"
#include "services/common/certificates.h"
#include "services/common/config.h"
#include "services/common/identity.h"
#include "services/common/secret_key.h"
#include "services/common/time_text.h"
#include "services/common/tls.h"
#include "services/portal/program_config.h"
#include "services/web/http_server.h"

namespace hjerte::tool {
namespace {

// Reports each check on a line of its own: what was found in order on `out`, what was not on `err`.
class Checks {
 public:
  explicit Checks(Context& context) : context_(context) {}

  // Tells the outcome of one check and returns whether it was in order. What a configuration refers to is environment.
  bool Tell(const std::string& what, const absl::Status& status, const std::string& detail = "") {
    if (status.ok()) {
      context_.out << "ok   " << what << (detail.empty() ? "" : ": " + detail) << "\n";
      return true;
    }
    context_.err << "hjerte: " << what << ": " << std::string(status.message()) << "\n";
    context_.exit_code = kExitEnvironment;
    return false;
  }

 private:
  Context& context_;
};

absl::StatusOr<common::CertificateFacts> FactsOf(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string pem((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  return common::ReadCertificate(pem);
}

void CheckKey(const char* what, const std::filesystem::path& file, Checks& checks) {
  checks.Tell(what, common::LoadKeyFile(file).status(), file.string());
}

std::shared_ptr<const registry::Content> CheckContent(const std::filesystem::path& folder, Checks& checks) {
  absl::StatusOr<std::shared_ptr<const registry::Content>> content = registry::LoadContent(folder);
  if (!checks.Tell("registry content", content.status(), folder.string())) return nullptr;
  return *std::move(content);
}

// Whether the certificate can be used, until when, and that it names who it must.
void CheckTls(const common::TlsFiles& files, const std::string& uri, Checks& checks) {
  if (const absl::Status sound = common::CheckTlsFiles(files); !sound.ok()) {
    checks.Tell("certificates", sound);
    return;
  }
  const absl::StatusOr<common::CertificateFacts> facts = FactsOf(files.certificate);
  if (!facts.ok()) {
    checks.Tell("certificates", facts.status());
    return;
  }
  checks.Tell("certificates", absl::OkStatus(), "valid until " + common::FormatInstant(facts->not_after));
  if (uri.empty()) return;
  const bool named = facts->uris == std::vector<std::string>{uri};
  checks.Tell("identity",
              named ? absl::OkStatus()
                    : absl::FailedPreconditionError(files.certificate.string() +
                                                    ": a certificate for exactly this identity was expected: " + uri),
              uri);
}

// An expired list shuts everybody out, though the program starts with it.
void CheckLists(const common::TlsFiles& files, common::Instant now, Checks& checks) {
  if (!files.revocation_lists) return;
  const absl::StatusOr<common::Instant> end = common::EndOfRevocationLists(files);
  if (!end.ok()) {
    checks.Tell("revocation list", end.status());
    return;
  }
  const std::string until = common::FormatInstant(*end);
  checks.Tell("revocation list",
              *end > now
                  ? absl::OkStatus()
                  : absl::FailedPreconditionError(files.revocation_lists->string() + ": expired at " + until +
                                                  "; nobody is let in (hjerte certs refresh, and copy the list)"),
              "valid until " + until);
}

// Whether whoever runs this may do what the program will: with the rights it acts by, as opening a file goes.
bool May(const std::filesystem::path& place, int rights) {
  return ::faccessat(AT_FDCWD, place.c_str(), rights, AT_EACCESS) == 0;
}

absl::Status Unusable(const std::filesystem::path& place, const std::string& why) {
  return absl::FailedPreconditionError(place.string() + ": " + why);
}

absl::Status FolderIs(const std::filesystem::path& folder, bool written) {
  std::error_code error;
  const std::filesystem::path place = folder.empty() ? std::filesystem::path(".") : folder;
  const auto kind = std::filesystem::status(place, error).type();
  if (kind == std::filesystem::file_type::not_found) {
    return Unusable(place, "no such folder; make it, or correct the path");
  }
  // What stands in a folder that may not be searched cannot be told from what is not there.
  if (error) return Unusable(place, "cannot be looked at; give the program's user the right to the folders above it");
  if (kind != std::filesystem::file_type::directory) return Unusable(place, "a folder was expected; correct the path");
  if (May(place, R_OK | X_OK | (written ? W_OK : 0))) return absl::OkStatus();
  return Unusable(place, written ? "may not be written; give the folder to the program's user (chown)"
                                 : "may not be read; give the program's user the right (a group it is in, chmod g+rx)");
}

// A database is written with files beside it.
void CheckDatabase(const char* what, const std::filesystem::path& file, Checks& checks) {
  absl::Status status = FolderIs(file.parent_path(), /*written=*/true);
  std::error_code error;
  if (status.ok() && std::filesystem::exists(file, error)) {
    if (!std::filesystem::is_regular_file(file, error)) {
      status = Unusable(file, "a file was expected; correct the path");
    } else if (!May(file, R_OK | W_OK)) {
      status = Unusable(file, "may not be read and written; give it to the program's user (chown)");
    }
  }
  checks.Tell(what, status, file.string());
}

void WarnOfRoot(Context& context) {
  if (::geteuid() != 0) return;
  context.err << "warning: checked as root, who may read and write everything; check as the program's user: sudo -u "
                 "hjerte-adapter (or hjerte-indicator) hjerte check-config …\n";
}

void CheckAdapter(const std::filesystem::path& file, Context& context) {
  const absl::StatusOr<adapters::AdapterConfig> config = adapters::LoadConfig(file);
  Report(context, config.status());
  if (!config.ok()) return;
  Checks checks(context);
  checks.Tell("configuration of an adapter", absl::OkStatus(), "authority " + config->authority);
  WarnOfRoot(context);
  CheckDatabase("state", config->state, checks);
  const std::filesystem::path folder =
      std::visit([](const auto& options) { return options.folder; }, config->source.options);
  checks.Tell("source", FolderIs(folder, /*written=*/false), folder.string());
  CheckKey("key", config->key_file, checks);
  if (const auto content = CheckContent(config->registry, checks); content != nullptr) {
    checks.Tell("maps and carried variables", adapters::MakePipelineOptions(*config, *content).status());
  }
  if (config->gateway.tls) {
    CheckTls(*config->gateway.tls, common::IdentityUri("adapter", config->authority), checks);
    CheckLists(*config->gateway.tls, context.clock.Now(), checks);
  } else {
    context.err << "warning: insecure_plaintext is set; reports travel unencrypted and without identity\n";
  }
}

void CheckIndicator(const std::filesystem::path& file, Context& context) {
  const absl::StatusOr<portal::ProgramConfig> program = portal::LoadProgramConfig(file);
  Report(context, program.status());
  if (!program.ok()) return;
  const indicator::Config* const config = &program->central;
  Checks checks(context);
  checks.Tell("configuration of the central service", absl::OkStatus());
  WarnOfRoot(context);
  CheckDatabase("store", config->store_file, checks);
  CheckKey("vault key", config->vault_key, checks);
  CheckKey("pseudonym key", config->pseudonym_key, checks);
  CheckContent(config->content, checks);
  CheckTls(config->tls, "", checks);
  CheckLists(config->tls, context.clock.Now(), checks);
  if (program->pages) checks.Tell("pages", web::CheckHttpOptions(*program->pages));
}

// The two kinds of file are told apart by a key that only one of them has.
void CheckFile(const std::filesystem::path& file, Context& context) {
  const absl::StatusOr<common::ConfigMap> map = common::ConfigMap::Load(file);
  if (!map.ok()) return Report(context, map.status());
  if (map->Has("gateway") || map->Has("source")) return CheckAdapter(file, context);
  if (map->Has("identities") || map->Has("store")) return CheckIndicator(file, context);
  Report(context,
         absl::InvalidArgumentError(
             file.string() + ":1: the configuration of an adapter (with `gateway:` and `source:`) or of the central "
                             "service (with `store:` and `identities:`) was expected"));
}

}  // namespace

void RegisterCheckConfig(CLI::App& program, Context& context) {
  CLI::App* command = program.add_subcommand(
      "check-config", "Tell everything a program would refuse to start with; nothing is changed, nobody is called");
  auto file = std::make_shared<std::string>();
  command->add_option("file", *file, "adapter.yaml or indicator.yaml")->required();
  command->callback([file, &context] { CheckFile(*file, context); });
}

}  // namespace hjerte::tool
