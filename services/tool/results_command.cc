#include "services/tool/results_command.h"

#include <google/protobuf/util/time_util.h>
#include <grpcpp/grpcpp.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <chrono>
#include <memory>

#include "absl/strings/numbers.h"
#include "hjertegateway/v1/delivery.grpc.pb.h"
#include "hjertegateway/v1/indicator.grpc.pb.h"
#include "services/common/time_text.h"
#include "services/tool/central_client.h"
#include "services/tool/results_format.h"
#include "services/tool/results_query.h"

namespace hjerte::tool {
namespace {

namespace v1 = hjertegateway::v1;

using google::protobuf::util::TimeUtil;

struct Options {
  CentralOptions central;
  ResultsQuery query;
  bool unmasked = false;
  std::string as_known_at;
  bool freshness = false;
  std::string explain;
  std::string reason;
  ResultsOutput output;
  int timeout_s = 60;
  std::string new_series_after;
};

// A past moment: an instant, a commit's number, or both as a result's provenance has them: 1234@2026-01-31T12:00:00Z.
absl::Status SetMoment(const std::string& text, v1::GetResultsRequest& request) {
  if (text.empty()) return absl::OkStatus();
  request.set_unmasked(true);
  const std::size_t sign = text.find('@');
  const bool has_commit = sign != std::string::npos || text.find_first_not_of("0123456789") == std::string::npos;
  const std::string commit = has_commit ? text.substr(0, sign) : "";
  const std::string instant = sign != std::string::npos ? text.substr(sign + 1) : has_commit ? "" : text;
  std::int64_t number = 0;
  if (has_commit && (!absl::SimpleAtoi(commit, &number) || number <= 0)) {
    return absl::InvalidArgumentError("--as-known-at: \"" + commit + "\" is no commit's number");
  }
  request.set_as_known_at_commit(number);
  if (instant.empty()) return absl::OkStatus();
  const auto at = common::ParseInstant(instant);
  if (!at.has_value()) {
    return absl::InvalidArgumentError(
        "--as-known-at: \"" + instant +
        "\" is no instant; expected e.g. 2026-01-31T12:00:00Z, a commit's number, or both "
        "as 1234@2026-01-31T12:00:00Z");
  }
  *request.mutable_as_known_at() = TimeUtil::MicrosecondsToTimestamp(at->time_since_epoch().count());
  return absl::OkStatus();
}

// One call after another to the service, each with the same deadline.
class Calls {
 public:
  Calls(const Options& options, const std::shared_ptr<grpc::Channel>& channel)
      : options_(options),
        stub_(v1::IndicatorService::NewStub(channel)),
        variables_(v1::DeliveryService::NewStub(channel)) {}

  template <typename Method, typename Request, typename Response>
  absl::Status Call(Method method, const Request& request, Response& response) {
    return CallOn(*stub_, method, request, response);
  }

  absl::Status ListVariables(v1::ListVariablesResponse& response) {
    return CallOn(*variables_, &v1::DeliveryService::Stub::ListVariables, v1::ListVariablesRequest(), response);
  }

 private:
  template <typename Stub, typename Method, typename Request, typename Response>
  absl::Status CallOn(Stub& stub, Method method, const Request& request, Response& response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(options_.timeout_s));
    return FromGrpc((stub.*method)(&context, request, &response), options_.central);
  }

  const Options& options_;
  std::unique_ptr<v1::IndicatorService::Stub> stub_;
  std::unique_ptr<v1::DeliveryService::Stub> variables_;
};

absl::Status ShowExplanation(const Options& options, Calls& calls, const v1::ListIndicatorSetsResponse& sets,
                             std::ostream& out) {
  const std::size_t slash = options.explain.find('/');
  if (slash == std::string::npos) return absl::InvalidArgumentError("--explain: expected AUTHORITY/COURSE");
  v1::ExplainCourseRequest request;
  request.set_authority(options.explain.substr(0, slash));
  request.set_course_key(options.explain.substr(slash + 1));
  request.set_reason(options.reason);
  v1::ExplainCourseResponse response;
  absl::Status status = calls.Call(&v1::IndicatorService::Stub::ExplainCourse, request, response);
  if (!status.ok()) return status;
  if (options.output.format == "json") return WriteJson(response, out);
  v1::ListVariablesResponse variables;
  if (status = calls.ListVariables(variables); !status.ok()) return status;
  WriteExplanation(response, sets, variables, options.output.language(), out);
  return absl::OkStatus();
}

absl::Status ShowFreshness(const Options& options, Calls& calls, std::ostream& out) {
  v1::GetFreshnessRequest request;
  for (const std::string& unit : options.query.units) request.add_authorities(unit);
  v1::GetFreshnessResponse response;
  absl::Status status = calls.Call(&v1::IndicatorService::Stub::GetFreshness, request, response);
  if (!status.ok()) return status;
  if (options.output.format == "json") return WriteJson(response, out);
  WriteFreshness(response, options.output.language(), out);
  return absl::OkStatus();
}

absl::Status Show(const Options& options, std::ostream& out) {
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = ConnectToCentral(options.central);
  if (!channel.ok()) return channel.status();
  Calls calls(options, *channel);
  if (options.freshness) return ShowFreshness(options, calls, out);
  v1::ListIndicatorSetsResponse sets;
  absl::Status status =
      calls.Call(&v1::IndicatorService::Stub::ListIndicatorSets, v1::ListIndicatorSetsRequest(), sets);
  if (!status.ok()) return status;
  if (!options.explain.empty()) return ShowExplanation(options, calls, sets, out);
  v1::GetResultsRequest request = MakeRequest(options.query);
  request.set_unmasked(options.unmasked);
  v1::GetResultsResponse results;
  if (status = SetMoment(options.as_known_at, request); !status.ok()) return status;
  status = calls.Call(&v1::IndicatorService::Stub::GetResults, request, results);
  if (!status.ok()) return status;
  if (options.output.format == "json") return WriteJson(results, out);
  if (options.output.format == "csv") {
    WriteResultsCsv(results, sets, out);
  } else {
    WriteResultsTable(results, sets, options.output.language(), out);
  }
  return absl::OkStatus();
}

absl::Status Publish(const Options& options, std::ostream& out) {
  v1::PublishSnapshotRequest request;
  request.set_reason(options.reason);
  if (!options.new_series_after.empty()) {
    const auto at = common::ParseInstant(options.new_series_after);
    if (!at.has_value()) {
      return absl::InvalidArgumentError("--new-series-after: \"" + options.new_series_after +
                                        "\" is no instant; expected e.g. 2026-01-31T12:00:00Z");
    }
    *request.mutable_new_series_after() = TimeUtil::MicrosecondsToTimestamp(at->time_since_epoch().count());
  }
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = ConnectToCentral(options.central);
  if (!channel.ok()) return channel.status();
  Calls calls(options, *channel);
  v1::PublishSnapshotResponse response;
  absl::Status status = calls.Call(&v1::IndicatorService::Stub::PublishSnapshot, request, response);
  if (!status.ok()) return status;
  out << "commit " << response.provenance().commit_seq() << "\n";
  return absl::OkStatus();
}

}  // namespace

void RegisterResults(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("results", "Indicator results of the central service");
  AddCentralOptions(*command, options->central);
  AddQueryOptions(*command, options->query);
  command->add_flag("--unmasked", options->unmasked, "Live, unmasked figures, for those entitled to the records");
  command->add_option("--as-known-at", options->as_known_at,
                      "Unmasked figures as they were known at an instant or after a commit, rebuilt from the log: "
                      "INSTANT, COMMIT or COMMIT@INSTANT as a result's provenance has them; see --timeout");
  command->add_flag("--freshness", options->freshness, "How fresh and complete the data is instead of results");
  CLI::Option* reason = command->add_option("--reason", options->reason, "Why the citizen is looked up; it is logged");
  command->add_option("--explain", options->explain, "Why a course counts as it does: AUTHORITY/COURSE")->needs(reason);
  AddOutputOptions(*command, options->output);
  command->add_option("--timeout", options->timeout_s, "Seconds to wait for an answer")->capture_default_str();
  command->callback([options, &context] { Report(context, Show(*options, context.out)); });
}

void RegisterPublish(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  options->timeout_s = 600;
  CLI::App* command = program.add_subcommand("publish", "Publish a new snapshot of the indicators now");
  AddCentralOptions(*command, options->central);
  CLI::Option* reason = command->add_option("--reason", options->reason, "Why now; it is kept in the audit log");
  command
      ->add_option(
          "--new-series-after", options->new_series_after,
          "Begin a new series after what was published at that instant, where indicators, units or reasons are "
          "others now: two series may be compared to find what either hides")
      ->needs(reason);
  command->callback([options, &context] { Report(context, Publish(*options, context.out)); });
}

}  // namespace hjerte::tool
