#include "services/tool/results_command.h"

#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <chrono>
#include <map>
#include <memory>

#include "hjertegateway/v1/indicator.grpc.pb.h"
#include "services/tool/central_client.h"
#include "services/tool/results_format.h"

namespace hjerte::tool {
namespace {

namespace v1 = hjertegateway::v1;

struct Options {
  CentralOptions central;
  std::vector<std::string> unit_kinds;
  std::vector<std::string> units;
  std::vector<std::string> indicators;
  std::string indicator_set;
  std::string period = "year";
  std::string from;
  std::string to;
  std::string stratum = "total";
  std::string geography;
  bool unmasked = false;
  bool freshness = false;
  std::string explain;
  std::string reason;
  std::string format = "table";
  std::string lang = "da";
  int timeout_s = 60;

  ResultsLanguage language() const { return lang == "da" ? ResultsLanguage::kDanish : ResultsLanguage::kEnglish; }
};

const std::map<std::string, v1::UnitKind>& UnitKinds() {
  static const std::map<std::string, v1::UnitKind> kinds = {{"municipality", v1::UNIT_KIND_MUNICIPALITY},
                                                            {"cluster", v1::UNIT_KIND_CLUSTER},
                                                            {"region", v1::UNIT_KIND_REGION},
                                                            {"nation", v1::UNIT_KIND_NATION}};
  return kinds;
}

const std::map<std::string, v1::PeriodKind>& PeriodKinds() {
  static const std::map<std::string, v1::PeriodKind> kinds = {{"month", v1::PERIOD_KIND_MONTH},
                                                              {"quarter", v1::PERIOD_KIND_QUARTER},
                                                              {"half-year", v1::PERIOD_KIND_HALF_YEAR},
                                                              {"year", v1::PERIOD_KIND_YEAR},
                                                              {"own", v1::PERIOD_KIND_OWN}};
  return kinds;
}

const std::map<std::string, v1::StratumKind>& StratumKinds() {
  static const std::map<std::string, v1::StratumKind> kinds = {{"total", v1::STRATUM_KIND_UNSPECIFIED},
                                                               {"sex", v1::STRATUM_KIND_SEX},
                                                               {"age-group", v1::STRATUM_KIND_AGE_GROUP},
                                                               {"diagnosis-group", v1::STRATUM_KIND_DIAGNOSIS_GROUP},
                                                               {"legal-basis", v1::STRATUM_KIND_LEGAL_BASIS}};
  return kinds;
}

template <typename Kind>
std::vector<std::string> Words(const std::map<std::string, Kind>& kinds) {
  std::vector<std::string> words;
  for (const auto& [word, kind] : kinds) words.push_back(word);
  return words;
}

v1::GetResultsRequest MakeRequest(const Options& options) {
  v1::GetResultsRequest request;
  request.set_indicator_set(options.indicator_set);
  for (const std::string& id : options.indicators) request.add_indicators(id);
  for (const std::string& kind : options.unit_kinds) request.add_unit_kinds(UnitKinds().at(kind));
  for (const std::string& unit : options.units) request.add_unit_ids(unit);
  request.set_period_kind(PeriodKinds().at(options.period));
  request.set_from(options.from);
  request.set_to(options.to);
  request.set_stratum_kind(StratumKinds().at(options.stratum));
  request.set_geography(options.geography);
  request.set_unmasked(options.unmasked);
  return request;
}

// One call after another to the service, each with the same deadline.
class Calls {
 public:
  Calls(const Options& options, const std::shared_ptr<grpc::Channel>& channel)
      : options_(options), stub_(v1::IndicatorService::NewStub(channel)) {}

  template <typename Method, typename Request, typename Response>
  absl::Status Call(Method method, const Request& request, Response& response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(options_.timeout_s));
    return FromGrpc(((*stub_).*method)(&context, request, &response), options_.central);
  }

 private:
  const Options& options_;
  std::unique_ptr<v1::IndicatorService::Stub> stub_;
};

absl::Status WriteJson(const google::protobuf::Message& message, std::ostream& out) {
  google::protobuf::util::JsonPrintOptions print;
  print.add_whitespace = true;
  print.preserve_proto_field_names = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, print);
  if (!status.ok()) return absl::InternalError("the answer cannot be written as JSON");
  out << text;
  return absl::OkStatus();
}

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
  if (options.format == "json") return WriteJson(response, out);
  WriteExplanation(response, sets, options.language(), out);
  return absl::OkStatus();
}

absl::Status ShowFreshness(const Options& options, Calls& calls, std::ostream& out) {
  v1::GetFreshnessRequest request;
  for (const std::string& unit : options.units) request.add_authorities(unit);
  v1::GetFreshnessResponse response;
  absl::Status status = calls.Call(&v1::IndicatorService::Stub::GetFreshness, request, response);
  if (!status.ok()) return status;
  if (options.format == "json") return WriteJson(response, out);
  WriteFreshness(response, options.language(), out);
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
  v1::GetResultsResponse results;
  status = calls.Call(&v1::IndicatorService::Stub::GetResults, MakeRequest(options), results);
  if (!status.ok()) return status;
  if (options.format == "json") return WriteJson(results, out);
  if (options.format == "csv") {
    WriteResultsCsv(results, sets, out);
  } else {
    WriteResultsTable(results, sets, options.language(), out);
  }
  return absl::OkStatus();
}

void AddQueryOptions(CLI::App& command, Options& options) {
  command.add_option("--unit-kind", options.unit_kinds, "Kinds of unit; all by default")
      ->check(CLI::IsMember(Words(UnitKinds())));
  command.add_option("--unit", options.units, "Ids of units, e.g. 0751; all by default");
  command.add_option("--indicator", options.indicators, "Ids of indicators, e.g. K1; all by default");
  command.add_option("--set", options.indicator_set, "Indicator set; by default the one in force");
  command.add_option("--period", options.period, "How time is divided")
      ->check(CLI::IsMember(Words(PeriodKinds())))
      ->capture_default_str();
  command.add_option("--from", options.from, "First day of closure, YYYY-MM-DD");
  command.add_option("--to", options.to, "Last day of closure, YYYY-MM-DD");
  command.add_option("--stratum", options.stratum, "Division beside the total")
      ->check(CLI::IsMember(Words(StratumKinds())))
      ->capture_default_str();
  command.add_option("--geography", options.geography, "Geography to group by; by default the one at closure");
  command.add_flag("--unmasked", options.unmasked, "Live, unmasked figures, for those entitled to the records");
}

}  // namespace

void RegisterResults(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("results", "Indicator results of the central service");
  AddCentralOptions(*command, options->central);
  AddQueryOptions(*command, *options);
  command->add_flag("--freshness", options->freshness, "How fresh and complete the data is instead of results");
  CLI::Option* reason = command->add_option("--reason", options->reason, "Why the citizen is looked up; it is logged");
  command->add_option("--explain", options->explain, "Why a course counts as it does: AUTHORITY/COURSE")->needs(reason);
  command->add_option("--format", options->format, "table, json or csv")
      ->check(CLI::IsMember(std::vector<std::string>{"table", "json", "csv"}))
      ->capture_default_str();
  command->add_option("--lang", options->lang, "Language of the table: da or en")
      ->check(CLI::IsMember(std::vector<std::string>{"da", "en"}))
      ->capture_default_str();
  command->add_option("--timeout", options->timeout_s, "Seconds to wait for an answer")->capture_default_str();
  command->callback([options, &context] { Report(context, Show(*options, context.out)); });
}

void RegisterPublish(CLI::App& program, Context& context) {
  auto options = std::make_shared<Options>();
  options->timeout_s = 600;
  CLI::App* command = program.add_subcommand("publish", "Publish a new snapshot of the indicators now");
  AddCentralOptions(*command, options->central);
  command->callback([options, &context] {
    absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = ConnectToCentral(options->central);
    if (!channel.ok()) return Report(context, channel.status());
    Calls calls(*options, *channel);
    v1::PublishSnapshotResponse response;
    absl::Status status =
        calls.Call(&v1::IndicatorService::Stub::PublishSnapshot, v1::PublishSnapshotRequest(), response);
    if (!status.ok()) return Report(context, status);
    context.out << "commit " << response.provenance().commit_seq() << "\n";
  });
}

}  // namespace hjerte::tool
