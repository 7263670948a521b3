#include "services/tool/results_query.h"

#include <google/protobuf/util/json_util.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <map>

namespace hjerte::tool {
namespace {

namespace v1 = hjertegateway::v1;

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

}  // namespace

v1::GetResultsRequest MakeRequest(const ResultsQuery& options) {
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
  return request;
}

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

void AddQueryOptions(CLI::App& command, ResultsQuery& options) {
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
}

void AddOutputOptions(CLI::App& command, ResultsOutput& output) {
  command.add_option("--format", output.format, "table, json or csv")
      ->check(CLI::IsMember(std::vector<std::string>{"table", "json", "csv"}))
      ->capture_default_str();
  command.add_option("--lang", output.lang, "Language of the table: da or en")
      ->check(CLI::IsMember(std::vector<std::string>{"da", "en"}))
      ->capture_default_str();
}

}  // namespace hjerte::tool
