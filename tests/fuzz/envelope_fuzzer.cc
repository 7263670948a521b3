#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>

#include "hjertegateway/v1/delivery.pb.h"
#include "mapping/registry/content.h"
#include "services/common/random.h"
#include "services/indicator/course_json.h"
#include "services/indicator/prepare.h"
#include "services/indicator/pseudonymise.h"

namespace {

using namespace hjerte::indicator;
namespace common = hjerte::common;

// Content, maps and keys of a run, loaded once.
struct World {
  std::shared_ptr<const hjerte::registry::Content> content;
  std::unique_ptr<const ReportMaps> maps;
  Keys keys;
};

common::SecretKey Key(char fill) { return common::SecretKey(std::string(common::SecretKey::kBytes, fill)); }

World Load() {
  const std::filesystem::path folder = std::filesystem::path(HJERTE_SOURCE_DIR) / "mapping" / "dhrd";
  return {.content = *hjerte::registry::LoadContent(folder),
          .maps = *LoadReportMaps(folder),
          .keys = {.vault = Key('a'), .lookup = Key('b'), .patient = Key('c'), .integrity = Key('d')}};
}

// The request as the service reads it; false where it holds no report.
bool ReadReport(hjertegateway::v1::DeliverRequest& request, Report& report) {
  report.delivery_id = request.delivery_id();
  report.source = {.authority = request.authority(),
                   .name = request.source().id(),
                   .software = request.source().software(),
                   .carries = {request.source().carries().begin(), request.source().carries().end()}};
  report.received_at = common::Instant(std::chrono::sys_days(std::chrono::year(2026) / 2 / 1));
  if (request.has_fhir_bundle_json()) {
    report.json = request.fhir_bundle_json();
    return true;
  }
  if (!request.has_course()) return false;
  request.mutable_course()->set_authority(request.authority());
  auto json = CourseToJson(request.course());
  if (!json.ok()) return false;
  report.form = Report::Form::kCourse;
  report.json = *std::move(json);
  return true;
}

}  // namespace

// The bytes of one Deliver request, from protobuf's parser to what the writer would get: a refusal with its reasons, or
// a report without the citizen's number.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const World world = Load();
  hjertegateway::v1::DeliverRequest request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) return 0;
  Report report;
  if (!ReadReport(request, report)) return 0;
  const PrepareContext context{.content = *world.content,
                               .maps = *world.maps,
                               .keys = world.keys,
                               .today = hjerte::registry::Date(std::chrono::year(2026) / 2 / 1)};
  common::SystemRandom random;
  const auto outcome = PrepareReport(context, report, random);
  if (const auto* refused = std::get_if<DeliveryOutcome>(&outcome)) {
    if (refused->accepted || refused->findings.empty()) std::abort();
  } else if (HoldsNumber(std::get<PreparedReport>(outcome).content, "0102030000")) {
    std::abort();  // The number the seeds are made with.
  }
  return 0;
}
