#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "hjertegateway/v1/indicator.pb.h"
#include "mapping/registry/text.h"

namespace CLI {
class App;
}
namespace google::protobuf {
class Message;
}

namespace hjerte::tool {

// Which results a command is asked for, in the words of its options.
struct ResultsQuery {
  std::vector<std::string> unit_kinds;
  std::vector<std::string> units;
  std::vector<std::string> indicators;
  std::string indicator_set;
  std::string period = "year";
  std::string from;
  std::string to;
  std::string stratum = "total";
  std::string geography;
};

// How results are written.
struct ResultsOutput {
  std::string format = "table";  // table, json or csv
  std::string lang = "da";

  registry::Language language() const {
    return lang == "da" ? registry::Language::kDanish : registry::Language::kEnglish;
  }
};

// Adds --unit-kind, --unit, --indicator, --set, --period, --from, --to, --stratum and --geography to a command.
void AddQueryOptions(CLI::App& command, ResultsQuery& options);
// Adds --format and --lang.
void AddOutputOptions(CLI::App& command, ResultsOutput& output);

// The request for published figures that the options describe; AddQueryOptions has checked their words.
hjertegateway::v1::GetResultsRequest MakeRequest(const ResultsQuery& options);

// Writes a message as indented JSON with the contract's own names.
absl::Status WriteJson(const google::protobuf::Message& message, std::ostream& out);

}  // namespace hjerte::tool
