#include "services/tool/certs_command.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <iomanip>
#include <memory>

#include "services/common/time_text.h"
#include "services/tool/certificate_folder.h"

namespace hjerte::tool {
namespace {

struct Options {
  std::string folder;
  std::string common_name = "HjerteGateway certificate authority";
  std::string certificate;
  CertificateOrder order;
  int days = 0;
  int warn_days = 30;
};

constexpr int kAuthorityDays = 3650;
constexpr int kCertificateDays = 365;
constexpr int kListDays = 90;

CertificateFolder FolderOf(const Options& options, const Context& context) { return {options.folder, context.clock}; }

CLI::App* Add(CLI::App& certs, const std::shared_ptr<Options>& options, const char* name, const char* what, int days) {
  CLI::App* command = certs.add_subcommand(name, what);
  command->add_option("--dir", options->folder, "The folder of the authority")->required();
  if (days > 0) {
    options->days = days;
    command->add_option("--days", options->days, "How many days it is valid")
        ->capture_default_str()
        ->check(CLI::Range(1, 7300));
  }
  return command;
}

void AddInit(CLI::App& certs, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = Add(certs, options, "init", "Make a certificate authority in a folder", kAuthorityDays);
  command->add_option("--name", options->common_name, "What people see as its name")->capture_default_str();
  command->callback([options, &context] {
    Report(context, FolderOf(*options, context).Init(options->common_name, std::chrono::days(options->days)));
    if (context.exit_code == kExitOk) context.out << options->folder << "/ca.pem\n";
  });
}

void AddIssue(CLI::App& certs, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = Add(certs, options, "issue", "Issue a certificate for a role and a name", kCertificateDays);
  command
      ->add_option(
          "--role", options->order.role,
          "adapter, municipality, reader, registry, exporter, admin, or service for the central service itself")
      ->required();
  command->add_option("--name", options->order.name, "Who: for adapter and municipality the code, e.g. 0751")
      ->required();
  command->add_option("--dns", options->order.dns_names, "A host name the service is reached under; may be repeated");
  command->add_option("--ip", options->order.ip_addresses, "An address the service is reached under; may be repeated");
  command->add_flag("--renew", options->order.renew, "Put it in the place of one that is there");
  command->callback([options, &context] {
    options->order.validity = std::chrono::days(options->days);
    const absl::StatusOr<std::filesystem::path> file = FolderOf(*options, context).Issue(options->order);
    Report(context, file.status());
    if (file.ok()) context.out << file->string() << "\n";
  });
}

// One line of the list; `state` says what is wrong with what ends then, "valid" when nothing is.
void PrintEntry(const std::string& file, const std::string& name, common::Instant end, const std::string& state,
                Context& context) {
  context.out << std::left << std::setw(28) << file << "  " << std::setw(44) << name << "  until "
              << common::FormatInstant(end) << "  " << state << "\n";
}

std::string StateOf(common::Instant end, int warn_days, Context& context) {
  const common::Instant now = context.clock.Now();
  if (end > now + std::chrono::days(warn_days)) return "valid";
  context.exit_code = kExitFindings;
  return end <= now ? "EXPIRED" : "expires soon";
}

// One line for each certificate and one for the revocation list, which shuts everybody out when it has expired.
void PrintFolder(const CertificateFolder& folder, int warn_days, Context& context) {
  const absl::StatusOr<std::vector<CertificateEntry>> entries = folder.List();
  Report(context, entries.status());
  if (!entries.ok()) return;
  for (const CertificateEntry& entry : *entries) {
    PrintEntry(entry.file.filename().string(),
               entry.facts.uris.empty() ? entry.facts.common_name : entry.facts.uris.front(), entry.facts.not_after,
               entry.revoked ? "revoked" : StateOf(entry.facts.not_after, warn_days, context), context);
  }
  const absl::StatusOr<common::Instant> end = folder.EndOfList();
  if (end.ok()) {
    PrintEntry("crl", "revocation list", *end, StateOf(*end, warn_days, context), context);
  } else {
    Report(context, end.status());
  }
}

void AddList(CLI::App& certs, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      Add(certs, options, "list", "Show the folder's certificates and its revocation list, and when they expire", 0);
  command->add_option("--warn-days", options->warn_days, "Exit with 1 when one expires within these days")
      ->capture_default_str();
  command->callback([options, &context] { PrintFolder(FolderOf(*options, context), options->warn_days, context); });
}

void AddRevoke(CLI::App& certs, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      Add(certs, options, "revoke", "Take a certificate back; programs refuse it once they read the list", kListDays);
  command->add_option("certificate", options->certificate, "The certificate's PEM file")->required();
  command->callback([options, &context] {
    Report(context, FolderOf(*options, context).Revoke(options->certificate, std::chrono::days(options->days)));
  });
}

void AddRefresh(CLI::App& certs, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = Add(certs, options, "refresh", "Sign the revocation list anew before it expires", kListDays);
  command->callback(
      [options, &context] { Report(context, FolderOf(*options, context).Refresh(std::chrono::days(options->days))); });
}

}  // namespace

void RegisterCerts(CLI::App& program, Context& context) {
  CLI::App* certs = program.add_subcommand("certs", "Make, show and take back the certificates of an installation");
  certs->require_subcommand(1);
  AddInit(*certs, context);
  AddIssue(*certs, context);
  AddList(*certs, context);
  AddRevoke(*certs, context);
  AddRefresh(*certs, context);
}

}  // namespace hjerte::tool
