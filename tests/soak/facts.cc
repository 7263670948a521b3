#include "tests/soak/facts.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "adapters/state/record_memory.h"
#include "adapters/state/state_file.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "services/common/crypto.h"
#include "services/common/encoding.h"
#include "services/common/sqlite.h"
#include "services/indicator/store/sqlite_store.h"
#include "services/indicator/vault/key_ring.h"
#include "tests/temporary_folder.h"

namespace hjerte::soak {
namespace {

using common::Database;
using common::Statement;

// Simulated data lies before this year, what the clock writes after it.
constexpr int kThisYearOrLater = 2026;
constexpr std::int64_t kThisYearMicros = 1'767'225'600'000'000;

// Instants of the clock as they stand in JSON, "2026-…T…", give way to "now".
std::string WithoutClock(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const bool quoted_year = text[at] == '"' && at + 12 < text.size() && text[at + 5] == '-' && text[at + 11] == 'T';
    const int year = quoted_year ? std::atoi(std::string(text.substr(at + 1, 4)).c_str()) : 0;
    if (year >= kThisYearOrLater && year < 2100) {
      out += "\"now\"";
      at = text.find('"', at + 1) + 1;
    } else {
      out += text[at++];
    }
  }
  return out;
}

// A surrogate is random for each run.
std::string WithoutSurrogate(std::string record) {
  const std::size_t begin = record.find("\"citizen\":\"");
  if (begin == std::string::npos) return record;
  return record.replace(begin, record.find('"', begin + 11) + 1 - begin, "\"citizen\":\"\"");
}

// Runs a query and adds a line for each row: its columns as text, blobs in hexadecimal digits.
absl::Status AddRows(Database& database, const std::string& section, const std::string& sql, Facts& facts) {
  auto statement = database.Prepare(sql);
  if (!statement.ok()) return statement.status();
  auto& lines = facts[section];
  while (true) {
    auto row = statement->Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    lines.push_back(WithoutSurrogate(WithoutClock(statement->Text(0))));
  }
}

// A stamp of the care system's own stands beside the version's where a version was made twice, as after a refusal: of
// lines that end in a resource, what it says without that, hashed.
absl::Status HideOwnStamps(std::vector<std::string>& lines) {
  for (std::string& line : lines) {
    json::Arena arena;
    auto resource = json::ParseInto(arena, std::string_view(line).substr(line.find('{')));
    if (!resource.ok()) return resource.status();
    if (const json::Value* found = resource->Find("meta")) {
      json::Value meta = *found;
      meta.Remove("extension");
      if (meta.size() == 0) resource->Remove("meta");
    }
    line = line.substr(0, line.find('{')) + common::ToHex(common::Sha256(json::WriteCanonical(*resource)));
  }
  return absl::OkStatus();
}

// Where the source's reading stands: the file holds it sealed under hidden names, so it is asked for by name.
void ReadCursor(adapters::StateFile& state, const std::filesystem::path& drop, const std::string& section,
                Facts& facts) {
  const adapters::RecordMemory memory(state);
  std::vector<std::string> names = {"newest"};
  for (const auto& entry : std::filesystem::directory_iterator(drop)) {
    for (const char* kind : {"extract:", "file:"})
      names.push_back(std::string(kind) + entry.path().filename().string());
  }
  for (const std::string& name : names) {
    if (const auto value = memory.Find(name)) facts[section].push_back(name + "|" + *value);
  }
}

absl::Status ReadAdapter(const Installation& installation, const std::filesystem::path& run,
                         const std::string& authority, Facts& facts) {
  const std::string name = "adapter-" + authority;
  auto state = adapters::StateFile::Open(run / (name + ".db"), run / "keys" / (name + ".key"));
  if (!state.ok()) return state.status();
  ReadCursor(**state, installation.data() / authority, name + " cursor", facts);
  const std::string stamp = absl::StrCat("CASE WHEN stamp_us < ", kThisYearMicros, " THEN stamp_us ELSE 'now' END");
  const std::string bar = "||'|'||";
  const std::vector<std::pair<std::string, std::string>> tables = {
      {"cursors", "SELECT 'row' FROM progress"},
      {"record", "SELECT key||'|'||hex(content)||'|'||extract||'|'||gone FROM record"},
      {"course-memory", "SELECT record||'|'||course||'|'||state||'|'||hex(carries) FROM course"},
      {"resource-memory", "SELECT ref||'|'||record||'|'||course||'|'||hex(content)||'|'||source_stamp_us||'|'||gone" +
                              bar + stamp + " FROM resource"},
      {"outbox", "SELECT delivery_id FROM outbox"},
      {"quarantine", "SELECT key||'|'||kind||'|'||findings||'|'||requeued||'|'||extract FROM quarantine"},
      {"merged", "SELECT citizen||'|'||ref||'|'||in_error" + bar + stamp + " FROM merged"}};
  for (const auto& [table, sql] : tables) {
    absl::Status status = AddRows((*state)->database(), absl::StrCat(name, " ", table), sql, facts);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// Reads the log once: its reports, the order of each citizen's, its numbers and its chain.
absl::Status ReadLog(Database& database, Facts& facts) {
  auto statement = database.Prepare(
      "SELECT log.commit_seq, log.authority, log.citizen, log.source, log.delivery_mac, log.content_mac, "
      "log.received_at, log.committed_at, log.content, log.chain, hex(citizen.lookup), source.name FROM log "
      "JOIN citizen ON citizen.id = log.citizen JOIN source ON source.id = log.source ORDER BY log.commit_seq");
  if (!statement.ok()) return statement.status();
  std::map<std::string, std::string> order;
  std::string chain;
  std::int64_t last = 0;
  bool whole = true;
  bool numbered = true;
  while (true) {
    auto row = statement->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    const std::int64_t seq = statement->Integer(0);
    const std::string authority(statement->Text(1));
    const indicator::LogEntry entry{.authority = authority,
                                    .citizen = statement->Integer(2),
                                    .source = statement->Integer(3),
                                    .delivery_mac = std::string(statement->Bytes(4)),
                                    .content_mac = std::string(statement->Bytes(5)),
                                    .received_at = common::Instant(std::chrono::microseconds(statement->Integer(6))),
                                    .content = statement->Bytes(8)};
    chain = indicator::LogChain(chain, seq, entry, common::Instant(std::chrono::microseconds(statement->Integer(7))));
    whole = whole && chain == statement->Bytes(9);
    numbered = numbered && seq == last + 1;
    last = seq;
    const std::string citizen =
        authority + "|" + std::string(statement->Text(10)) + "|" + std::string(statement->Text(11));
    const std::string report = common::ToHex(common::Sha256(WithoutClock(statement->Bytes(8))));
    facts["log"].push_back(citizen + "|" + report);
    order[citizen] += " " + report;
  }
  for (const auto& [citizen, reports] : order) facts["order"].push_back(citizen + reports);
  facts["log chain"].push_back(whole ? "whole" : "broken");
  facts["log numbers"].push_back(absl::StrCat(numbered ? "1 to " : "gaps up to ", last));
  return absl::OkStatus();
}

absl::Status ReadVault(Database& database, const indicator::KeyRing& keys, Facts& facts) {
  auto statement = database.Prepare("SELECT surrogate, key, sealed FROM citizen LEFT JOIN vault ON vault.citizen = id");
  if (!statement.ok()) return statement.status();
  while (true) {
    auto row = statement->Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    auto number = keys.OpenNumber({.citizen = 0,
                                   .surrogate = std::string(statement->Text(0)),
                                   .key = statement->Integer(1),
                                   .sealed = std::string(statement->Bytes(2))});
    facts["vault"].push_back(number.ok() ? common::ToHex(common::Sha256(*number)) : "cannot be unsealed");
  }
}

absl::Status ReadCentral(const std::filesystem::path& run, Facts& facts) {
  auto database = Database::Open({.file = run / "indicator.db"});
  if (!database.ok()) return database.status();
  const auto rows = indicator::ReadDataKeys(**database);
  if (!rows.ok()) return rows.status();
  const auto keys = indicator::KeyRing::Read(
      *rows, {.vault = run / "keys" / "vault.key", .pseudonym = run / "keys" / "pseudonym.key"});
  if (!keys.ok()) return keys.status();
  if (absl::Status status = ReadLog(**database, facts); !status.ok()) return status;
  if (absl::Status status = ReadVault(**database, **keys, facts); !status.ok()) return status;
  const std::vector<std::pair<std::string, std::string>> tables = {
      {"resource",
       "SELECT authority||'|'||hex(lookup)||'|'||type||'|'||resource.id||'|'||entered_in_error||'|'||hex(sha) "
       "FROM resource JOIN citizen ON citizen.id = resource.citizen"},
      {"referral",
       "SELECT authority||'|'||referral.id||'|'||hex(citizen.lookup)||'|'||entered_in_error||'|'||hex(sha) "
       "FROM referral JOIN citizen ON citizen.id = referral.citizen"},
      {"resource at the end",
       "SELECT authority||'|'||hex(lookup)||'|'||type||'|'||resource.id||'|'||entered_in_error||'|'||cast(body AS "
       "TEXT) "
       "FROM resource JOIN citizen ON citizen.id = resource.citizen"},
      {"referral at the end",
       "SELECT authority||'|'||referral.id||'|'||hex(citizen.lookup)||'|'||entered_in_error "
       "FROM referral JOIN citizen ON citizen.id = referral.citizen"},
      {"course",
       "SELECT authority||'|'||hex(lookup)||'|'||course_key||'|'||open||'|'||exported||'|'||newest_event||'|'||"
       "cast(record AS TEXT) FROM course JOIN citizen ON citizen.id = course.citizen"},
      {"delivery", "SELECT authority||'|'||reports FROM delivery"},
      {"feed",
       "SELECT authority||'|'||course_key||'|'||row_number() OVER (PARTITION BY authority, course_key ORDER BY "
       "change_seq)||'|'||kind||'|'||cast(record AS TEXT) FROM change"},
      {"feed numbers", "SELECT min(change_seq)||' to '||max(change_seq)||', '||count(*) FROM change"},
      {"bundle", "SELECT authority||'|'||profile||'|'||bundle_id FROM bundle"}};
  for (const auto& [table, sql] : tables) {
    if (absl::Status status = AddRows(**database, table, sql, facts); !status.ok()) return status;
  }
  return HideOwnStamps(facts["resource at the end"]);
}

}  // namespace

absl::Status ReadStores(const Installation& installation, const std::filesystem::path& run, Facts& facts) {
  for (const std::string& authority : installation.authorities()) {
    if (absl::Status status = ReadAdapter(installation, run, authority, facts); !status.ok()) return status;
  }
  if (absl::Status status = ReadCentral(run, facts); !status.ok()) return status;
  for (auto& [section, lines] : facts) std::sort(lines.begin(), lines.end());
  return absl::OkStatus();
}

void AddLines(const std::string& section, const std::string& text, Facts& facts) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) facts[section].push_back(WithoutSurrogate(line));
}

Facts EndOf(const Facts& facts) {
  constexpr std::array<std::string_view, 8> kCentral = {
      "resource at the end", "referral at the end", "course",    "vault",
      "figures by year",     "figures by quarter",  "published", "exported records"};
  constexpr std::array<std::string_view, 4> kAdapter = {" cursor", " outbox", " quarantine", " course-memory"};
  Facts end;
  for (const auto& [section, lines] : facts) {
    const bool central = std::ranges::find(kCentral, section) != kCentral.end();
    const bool adapter = section.starts_with("adapter-") &&
                         std::ranges::any_of(kAdapter, [&](std::string_view name) { return section.ends_with(name); });
    if (central || adapter) end[section] = lines;
  }
  return end;
}

Difference Compare(const Facts& undisturbed, const Facts& run) {
  constexpr std::size_t kExamples = 6;
  Difference difference;
  std::vector<std::string> sections;
  for (const Facts* facts : {&undisturbed, &run}) {
    for (const auto& [section, lines] : *facts) sections.push_back(section);
  }
  std::sort(sections.begin(), sections.end());
  sections.erase(std::unique(sections.begin(), sections.end()), sections.end());
  for (const std::string& section : sections) {
    const auto lines_of = [&](const Facts& facts) {
      const auto found = facts.find(section);
      return found == facts.end() ? std::vector<std::string>() : found->second;
    };
    const std::vector<std::string> before = lines_of(undisturbed);
    const std::vector<std::string> after = lines_of(run);
    std::vector<std::string> missing;
    std::vector<std::string> extra;
    std::set_difference(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(missing));
    std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(extra));
    (section == "log" ? difference.lost : difference.different) += static_cast<int>(missing.size());
    (section == "log" ? difference.duplicated : difference.different) += static_cast<int>(extra.size());
    for (const auto& [sign, lines] : {std::pair("-", &missing), std::pair("+", &extra)}) {
      for (const std::string& line : *lines) {
        if (difference.examples.size() >= kExamples) break;
        difference.examples.push_back(absl::StrCat(sign, " ", section, ": ", line.substr(0, 300)));
      }
    }
  }
  return difference;
}

}  // namespace hjerte::soak
