#include "tests/soak/simulation/end_state.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "services/common/crypto.h"
#include "services/common/encoding.h"
#include "services/indicator/courses/resource_versions.h"
#include "services/indicator/return_if_error.h"

namespace hjerte::soak {
namespace {

using indicator::StoreReader;

constexpr std::size_t kEntriesMax = 10'000;

absl::StatusOr<std::unique_ptr<StoreReader>> Reader(const CentralNode& central, SimDisk& disk) {
  return indicator::OpenSqliteReader({.file = central.file(), .cache_bytes = 1 << 20, .vfs = disk.vfs()});
}

// A report by what it says; without the stamps when they are the adapter's.
absl::StatusOr<std::string> Fingerprint(const std::string& content, bool stamped) {
  if (stamped) return common::ToHex(common::Sha256(content)).substr(0, 12);
  const auto document = json::Parse(content);
  if (!document.ok()) return document.status();
  const auto versions = indicator::VersionsOf(document->root(), nullptr);
  if (!versions.ok()) return versions.status();
  std::string said;
  for (const indicator::SourcedResource& version : *versions) said += version.row.id + version.row.sha;
  return common::ToHex(common::Sha256(said)).substr(0, 12);
}

absl::Status ReadLog(StoreReader& reader, bool stamped, EndState& state) {
  const auto entries = reader.LogAfter(0, kEntriesMax);
  if (!entries.ok()) return entries.status();
  for (const indicator::LoggedReport& entry : *entries) {
    const auto citizen = reader.Citizen(entry.citizen);
    if (!citizen.ok()) return citizen.status();
    const auto fingerprint = Fingerprint(entry.content, stamped);
    if (!fingerprint.ok()) return fingerprint.status();
    state.log[common::ToHex(citizen->lookup)].push_back(*fingerprint);
    state.content_macs.push_back(entry.content_mac);
  }
  return absl::OkStatus();
}

absl::Status ReadResources(const CentralNode& central, SimDisk& disk, bool stamped, EndState& state) {
  const auto database = common::Database::Open({.file = central.file(), .read_only = true, .vfs = disk.vfs()});
  if (!database.ok()) return database.status();
  auto rows = (*database)->Prepare(
      "SELECT hex(lookup), type, resource.id, stamp, entered_in_error, hex(sha) FROM resource JOIN citizen ON "
      "citizen.id = citizen ORDER BY stamp, entered_in_error, sha");
  if (!rows.ok()) return rows.status();
  while (true) {
    const auto row = rows->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    std::string name = absl::StrCat(std::string(rows->Text(0)), "/", std::string(rows->Text(1)), "/");
    name += rows->Text(2);
    state.resources[name] = absl::StrCat(stamped ? rows->Integer(3) : 0, " ", rows->Integer(4), " ");
    state.resources[name] += rows->Text(5);
    if (rows->Text(1) == "Patient") continue;
    std::string& live = state.live[name.substr(name.find('/') + 1)];
    live = rows->Integer(4) == 0 ? name.substr(0, name.find('/')) + " " + std::string(rows->Text(5)) : "";
  }
  std::erase_if(state.live, [](const auto& resource) { return resource.second.empty(); });
  return absl::OkStatus();
}

// A course record without the citizen's surrogate.
absl::StatusOr<std::string> WithoutCitizen(const std::string& record) {
  auto document = json::Parse(record);
  if (!document.ok()) return document.status();
  json::Value root = document->root();
  root.Remove("citizen");
  return json::WriteCanonical(root);
}

absl::Status ReadCourses(StoreReader& reader, EndState& state) {
  HJERTE_RETURN_IF_ERROR(reader.EachCourse([&](const indicator::CourseRow& row) -> absl::Status {
    const auto record = WithoutCitizen(row.record);
    if (!record.ok()) return record.status();
    state.courses[row.authority + "/" + row.course_key] +=
        absl::StrCat(*record, row.open ? " open" : "", row.exported ? " exported " : " ", row.newest_event);
    return absl::OkStatus();
  }));
  const auto changes = reader.ChangesAfter(0, kEntriesMax);
  if (!changes.ok()) return changes.status();
  std::int64_t expected = 0;
  for (const indicator::ChangeRow& change : *changes) {
    if (change.change_seq != ++expected) return absl::DataLossError("the export's feed has a gap");
    const std::string name = change.authority + "/" + change.course_key;
    if (change.kind == indicator::ChangeKind::kRetraction) {
      state.exported.erase(name);
      continue;
    }
    const auto record = WithoutCitizen(change.record);
    if (!record.ok()) return record.status();
    state.exported[name] = *record;
  }
  return absl::OkStatus();
}

absl::Status ReadFigures(const CentralNode& central, EndState& state) {
  registry::Query query;
  query.period_kind = registry::PeriodKind::kYear;
  query.from = *registry::ParseDate("2025-01-01");
  query.to = *registry::ParseDate("2025-12-31");
  query.unit_kinds = {registry::UnitKind::kNation, registry::UnitKind::kMunicipality};
  query.skip_empty = true;
  const auto answer = central.cube().Run(query);
  if (!answer.ok()) return answer.status();
  for (const registry::Cell& cell : answer->cells) {
    absl::StrAppend(&state.figures, cell.indicator, " ", cell.unit, " ", cell.numerator, "/", cell.denominator, " ",
                    cell.unknown, "\n");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<EndState> ReadEndState(const CentralNode& central, SimDisk& disk, bool stamped) {
  EndState state;
  const auto reader = Reader(central, disk);
  if (!reader.ok()) return reader.status();
  HJERTE_RETURN_IF_ERROR(ReadLog(**reader, stamped, state));
  HJERTE_RETURN_IF_ERROR(ReadResources(central, disk, stamped, state));
  HJERTE_RETURN_IF_ERROR(ReadCourses(**reader, state));
  HJERTE_RETURN_IF_ERROR(ReadFigures(central, state));
  return state;
}

std::string DeliveryMac(const Ground& ground, const std::string& delivery_id) {
  return common::HmacSha256(ground.keys.integrity, absl::StrCat("delivery|", delivery_id)).substr(0, 16);
}

absl::StatusOr<std::map<std::string, std::int64_t>> ReadDeliveries(const CentralNode& central, SimDisk& disk) {
  const auto reader = Reader(central, disk);
  if (!reader.ok()) return reader.status();
  const auto entries = (*reader)->LogAfter(0, kEntriesMax);
  if (!entries.ok()) return entries.status();
  std::map<std::string, std::int64_t> deliveries;
  for (const indicator::LoggedReport& entry : *entries) deliveries[entry.delivery_mac] = entry.commit_seq;
  return deliveries;
}

}  // namespace hjerte::soak
