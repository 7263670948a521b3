#include "services/tool/keys_command.h"

#include <grpcpp/grpcpp.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <map>
#include <memory>

#include "hjertegateway/v1/admin.grpc.pb.h"
#include "services/common/key_provider.h"
#include "services/tool/custody.h"

namespace hjerte::tool {
namespace {

namespace v1 = hjertegateway::v1;

struct Options {
  CustodyOptions custody;
  std::string file;
  std::string key;
};

const std::map<std::string, v1::KeyKind>& Kinds() {
  static const std::map<std::string, v1::KeyKind> kinds = {{"vault", v1::KEY_KIND_VAULT},
                                                           {"pseudonym", v1::KEY_KIND_PSEUDONYM},
                                                           {"vault-wrapping", v1::KEY_KIND_VAULT_WRAPPING},
                                                           {"pseudonym-wrapping", v1::KEY_KIND_PSEUDONYM_WRAPPING}};
  return kinds;
}

absl::Status RotateRunning(const Options& options, Context& context) {
  const auto kind = Kinds().find(options.key);
  if (kind == Kinds().end()) {
    return absl::InvalidArgumentError("--which: vault, pseudonym, vault-wrapping or pseudonym-wrapping");
  }
  const auto channel = ConnectToCentral(options.custody.central);
  if (!channel.ok()) return channel.status();
  grpc::ClientContext call;
  v1::RotateKeysRequest request;
  request.set_kind(kind->second);
  request.set_reason(options.custody.reason);
  v1::RotateKeysResponse response;
  const grpc::Status status = v1::AdminService::NewStub(*channel)->RotateKeys(&call, request, &response);
  if (!status.ok()) return FromGrpc(status, options.custody.central);
  context.out << "rotated " << options.key << ", changed " << response.changed() << "\n";
  if (!response.left_to_do().empty()) {
    context.out << response.left_to_do() << "\n";
    context.exit_code = kExitFindings;
  }
  return absl::OkStatus();
}

// An adapter's key file: its successor lies beside it, takes its place, and the old one opens nothing any more. Cut
// short anywhere, one of the two files opens the state, and the command goes on where it stopped.
absl::Status RotateAdapter(const Options& options, Context& context) {
  const auto kept = LoadKept(options.custody.config);
  if (!kept.ok()) return kept.status();
  if (!kept->adapter) {
    return absl::InvalidArgumentError(
        "the central service exchanges its keys while it runs: give --connect and --cert");
  }
  const std::filesystem::path& file = kept->adapter->key_file;
  const auto state = OpenState(*kept->adapter);
  if (!state.ok()) return state.status();
  const auto provider = common::OpenNextKeyFile(file);
  if (!provider.ok()) return provider.status();
  if (absl::Status noted = (*state)->Audit({.at = context.clock.Now(),
                                            .who = OperatorName(),
                                            .action = "rotate-key",
                                            .object = "key file",
                                            .reason = options.custody.reason});
      !noted.ok()) {
    return noted;
  }
  if (absl::Status wrapped = (*state)->AddWrapping(**provider); !wrapped.ok()) return wrapped;
  std::error_code error;
  std::filesystem::rename(common::NextKeyFile(file), file, error);
  if (error) return absl::UnavailableError(file.string() + ": cannot be replaced: " + error.message());
  if (absl::Status retired = (*state)->RetireWrappings(**provider); !retired.ok()) return retired;
  context.out << "rotated the key file; a running adapter needs no restart\n";
  return absl::OkStatus();
}

}  // namespace

void RegisterKeys(CLI::App& program, Context& context) {
  CLI::App* keys = program.add_subcommand("keys", "Key files, and the exchange of keys without downtime");
  keys->require_subcommand(1);
  auto options = std::make_shared<Options>();
  CLI::App* create = keys->add_subcommand("new", "Write a new random key to a file that is not there yet, mode 0600");
  create->add_option("file", options->file, "The key file")->required();
  create->callback([options, &context] { Report(context, common::CreateKeyFile(options->file)); });
  CLI::App* rotate = keys->add_subcommand("rotate", "Exchange a key while the program runs");
  AddCustodyOptions(*rotate, options->custody, "adapter.yaml: exchanges the adapter's key file, at the machine");
  rotate->add_option("--which", options->key,
                     "Of the central service: vault, pseudonym, vault-wrapping or pseudonym-wrapping");
  rotate->callback([options, rotate, &context] {
    const auto running = MeansRunning(options->custody, *rotate);
    if (!running.ok()) return Report(context, running.status());
    Report(context, *running ? RotateRunning(*options, context) : RotateAdapter(*options, context));
  });
}

}  // namespace hjerte::tool
