#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "hjertegateway/v1/delivery.pb.h"
#include "mapping/registry/content/content.h"
#include "services/common/random.h"
#include "services/indicator/ingest/delivery_request.h"
#include "services/indicator/ingest/prepare.h"
#include "services/indicator/ingest/pseudonymise.h"
#include "services/indicator/vault/key_ring.h"
#include "tests/fuzz/json_splice.h"
#include "tests/shared.h"

namespace {

using namespace hjerte::indicator;
namespace common = hjerte::common;
namespace v1 = hjertegateway::v1;

// The citizen of the seeds.
constexpr std::string_view kCprSystem = "urn:oid:1.2.208.176.1.2";
constexpr std::string_view kNumber = "0102030000";

// Content, maps and keys of a run, loaded once.
struct World {
  std::shared_ptr<const hjerte::registry::Content> content;
  std::unique_ptr<const ReportMaps> maps;
  Keys keys;
};

common::SecretKey Key(char fill) { return common::SecretKey(std::string(common::SecretKey::kBytes, fill)); }

World Load() {
  const std::filesystem::path folder = hjerte::tests::SourceDir() / "mapping" / "dhrd";
  return {.content = *hjerte::registry::LoadContent(folder),
          .maps = *LoadReportMaps(folder),
          .keys = {.vault = Key('a'), .lookup = Key('b'), .patient = Key('c'), .integrity = Key('d')}};
}

// Every text of a typed report.
std::vector<std::string*> TextsOf(v1::Course& course) {
  std::vector<std::string*> texts{course.mutable_course_key(), course.mutable_citizen()->mutable_cpr()};
  for (v1::VariableValue& value : *course.mutable_values()) {
    texts.push_back(value.mutable_variable());
    texts.push_back(value.mutable_observed_on());
    if (value.has_code()) texts.push_back(value.mutable_code());
    if (value.has_text()) texts.push_back(value.mutable_text());
    if (value.has_date()) texts.push_back(value.mutable_date());
    if (value.has_quantity()) texts.push_back(value.mutable_quantity()->mutable_value());
  }
  return texts;
}

}  // namespace

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace {

void MutateText(std::string& text) {
  constexpr size_t kGrowthMax = 256;
  const size_t size = text.size();
  text.resize(size + kGrowthMax);
  text.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(text.data()), size, text.size()));
}

// Any text but UTF-8 is refused by protobuf's parser and would never reach us.
void KeepAscii(std::string& text) {
  for (char& c : text) c = static_cast<char>(c & 0x7F);
}

}  // namespace

// Changes the report inside the request: a change of the bytes alone mostly breaks the lengths around it, and
// protobuf's parser, which is not ours, refuses the rest.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  std::minstd_rand random(seed);
  v1::DeliverRequest request;
  if (random() % 8 == 0 || !request.ParseFromArray(data, static_cast<int>(size))) {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  if (request.has_fhir_bundle_json()) {
    std::string& json = *request.mutable_fhir_bundle_json();
    if (random() % 2 == 0) {
      json = hjerte::fuzz::Splice(json, random);
    } else {
      MutateText(json);
    }
  } else if (request.has_course()) {
    const std::vector<std::string*> texts = TextsOf(*request.mutable_course());
    std::string& text = *texts[random() % texts.size()];
    MutateText(text);
    KeepAscii(text);
  } else {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  const std::string bytes = request.SerializeAsString();
  if (bytes.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::copy(bytes.begin(), bytes.end(), data);
  return bytes.size();
}

// The bytes of one Deliver request, from protobuf's parser to what the writer would get: a refusal with its reasons, or
// a report without the citizen's number.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const World world = Load();
  v1::DeliverRequest request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) return 0;
  const common::Instant now(std::chrono::sys_days(std::chrono::year(2026) / 2 / 1));
  const std::string delivery_id = request.delivery_id();
  auto report = ReadReport(request, *world.content, now);
  if (!std::holds_alternative<Report>(report)) return 0;
  std::get<Report>(report).delivery_id = delivery_id;
  const PrepareContext context{.content = *world.content,
                               .maps = *world.maps,
                               .keys = world.keys,
                               .today = hjerte::registry::Date(std::chrono::year(2026) / 2 / 1)};
  common::SystemRandom random;
  const auto outcome = PrepareReport(context, std::get<Report>(report), random);
  if (const auto* refused = std::get_if<DeliveryOutcome>(&outcome)) {
    if (refused->accepted || refused->findings.empty()) std::abort();
    return 0;
  }
  // A changed Bundle may be another citizen's; then the number of the seeds is a text like any other.
  const auto& prepared = std::get<PreparedReport>(outcome);
  if (prepared.number.lookup == LookupOf(world.keys, std::string(kCprSystem) + "|" + std::string(kNumber)) &&
      HoldsNumber(prepared.content, kNumber)) {
    std::abort();
  }
  return 0;
}
