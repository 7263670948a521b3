#include "services/common/audit_log.h"

#include <algorithm>
#include <charconv>

#include "services/common/crypto.h"
#include "services/common/encoding.h"
#include "services/common/scrub.h"
#include "services/common/sqlite.h"

namespace hjerte::common {
namespace {

constexpr std::size_t kFaultsMax = 100;
constexpr std::size_t kMacBytes = 32;

void AppendField(std::string& out, std::string_view field) {
  const auto size = static_cast<std::uint64_t>(field.size());
  for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<char>(size >> shift));
  out += field;
}

std::int64_t Micros(Instant instant) { return instant.time_since_epoch().count(); }

std::string MacOf(const SecretKey& key, std::string_view name, const AuditHead& head) {
  return HmacSha256(key, std::string(name) + "|" + FormatHead(head));
}

AuditRecord TakeRecord(const Statement& row) {
  return {.at = Instant(std::chrono::microseconds(row.Integer(1))),
          .who = std::string(row.Text(2)),
          .action = std::string(row.Text(3)),
          .object = std::string(row.Text(4)),
          .reason = std::string(row.Text(5))};
}

constexpr std::string_view kAllRecords =
    "SELECT audit_seq, at, who, action, object, reason, chain FROM audit ORDER BY audit_seq";

// Collects what is wrong while the records pass by.
class Checker {
 public:
  explicit Checker(std::span<const AuditHead> anchors) : anchors_(anchors) {}

  void Take(std::int64_t seq, const AuditRecord& record, std::string_view chain) {
    if (seq != report_.records + 1) {
      Fault(seq, "the record before it is missing: number " + std::to_string(report_.records + 1));
    }
    // After a fault the chain is taken up from what is stored, so that each further fault is told once.
    if (AuditChain(report_.head.chain, record) != chain) {
      Fault(seq, "changed, moved, or the one before it was cut or inserted");
    }
    report_.records = seq;
    report_.head = {.seq = seq, .chain = std::string(chain)};
    for (const AuditHead& anchor : anchors_) {
      if (anchor.seq == seq && anchor.chain != chain) Fault(seq, "differs from what was noted elsewhere (anchor)");
    }
  }

  AuditReport Finish(const std::optional<AuditHead>& sealed) {
    for (const AuditHead& anchor : anchors_) {
      if (anchor.seq > report_.head.seq) {
        Fault(anchor.seq, "was noted elsewhere (anchor) and is not there any more: the end was cut off");
      }
    }
    const bool empty = report_.head.seq == 0;
    if (!sealed.has_value()) {
      if (!empty) Fault(report_.head.seq, "the seal over the last record is missing or was not made with this key");
    } else if (*sealed != report_.head) {
      Fault(std::max(sealed->seq, report_.head.seq), "the seal names record " + std::to_string(sealed->seq) +
                                                         " as the last one: the end was cut off or written anew");
    }
    return std::move(report_);
  }

 private:
  void Fault(std::int64_t seq, std::string what) {
    if (report_.faults.size() < kFaultsMax) report_.faults.push_back({seq, std::move(what)});
  }

  std::span<const AuditHead> anchors_;
  AuditReport report_;
};

absl::StatusOr<std::optional<AuditHead>> ReadSeal(Database& database, const SecretKey& key) {
  absl::StatusOr<Statement> find = database.Prepare("SELECT value FROM meta WHERE key = ?");
  if (!find.ok()) return find.status();
  const absl::StatusOr<bool> row = find->Bind(1, kSealOfAudit).Step();
  if (!row.ok()) return row.status();
  if (!*row) return std::nullopt;
  return OpenHead(key, kSealOfAudit, find->Text(0));
}

}  // namespace

std::string AuditChain(std::string_view previous, const AuditRecord& record) {
  std::string fields;
  AppendField(fields, previous);
  AppendField(fields, std::to_string(Micros(record.at)));
  for (const std::string* text : {&record.who, &record.action, &record.object, &record.reason}) {
    AppendField(fields, *text);
  }
  return Sha256(fields);
}

std::string FormatHead(const AuditHead& head) { return std::to_string(head.seq) + ":" + ToHex(head.chain); }

std::optional<AuditHead> ParseHead(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  AuditHead head;
  const auto [end, error] = std::from_chars(text.data(), text.data() + colon, head.seq);
  std::optional<std::string> chain = FromHex(text.substr(colon + 1));
  if (error != std::errc() || end != text.data() + colon || head.seq < 0 || !chain.has_value()) return std::nullopt;
  if (chain->size() != (head.seq == 0 ? 0 : kMacBytes)) return std::nullopt;
  head.chain = *std::move(chain);
  return head;
}

std::string SealHead(const SecretKey& key, std::string_view name, const AuditHead& head) {
  return FormatHead(head) + ":" + ToHex(MacOf(key, name, head));
}

std::optional<AuditHead> OpenHead(const SecretKey& key, std::string_view name, std::string_view sealed) {
  const std::size_t colon = sealed.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::optional<AuditHead> head = ParseHead(sealed.substr(0, colon));
  const std::optional<std::string> mac = FromHex(sealed.substr(colon + 1));
  if (!head.has_value() || !mac.has_value() || !EqualInConstantTime(*mac, MacOf(key, name, *head))) return std::nullopt;
  return head;
}

absl::StatusOr<AuditHead> AppendAudit(Database& database, const SecretKey& seal_key, const AuditRecord& given) {
  AuditRecord record = given;
  record.reason = ScrubCpr(given.reason);  // people write numbers of citizens into reasons
  AuditHead head;
  {
    absl::StatusOr<Statement> last =
        database.Prepare("SELECT audit_seq, chain FROM audit ORDER BY audit_seq DESC LIMIT 1");
    if (!last.ok()) return last.status();
    const absl::StatusOr<bool> row = last->Step();
    if (!row.ok()) return row.status();
    if (*row) head = {.seq = last->Integer(0), .chain = std::string(last->Bytes(1))};
  }
  head.chain = AuditChain(head.chain, record);
  ++head.seq;
  if (absl::Status added = database.Run("INSERT INTO audit VALUES(?, ?, ?, ?, ?, ?, ?)", head.seq, Micros(record.at),
                                        record.who, record.action, record.object, record.reason, Blob{head.chain});
      !added.ok()) {
    return added;
  }
  if (absl::Status sealed = database.Run("INSERT OR REPLACE INTO meta VALUES(?, ?)", kSealOfAudit,
                                         SealHead(seal_key, kSealOfAudit, head));
      !sealed.ok()) {
    return sealed;
  }
  return head;
}

absl::StatusOr<AuditReport> VerifyAudit(Database& database, const SecretKey& seal_key,
                                        std::span<const AuditHead> anchors) {
  // One snapshot: records appended meanwhile must not look like a broken seal.
  if (absl::Status begun = database.Execute("BEGIN"); !begun.ok()) return begun;
  const auto check = [&]() -> absl::StatusOr<AuditReport> {
    Checker checker(anchors);
    absl::StatusOr<Statement> all = database.Prepare(kAllRecords);
    if (!all.ok()) return all.status();
    while (true) {
      const absl::StatusOr<bool> row = all->Step();
      if (!row.ok()) return row.status();
      if (!*row) break;
      checker.Take(all->Integer(0), TakeRecord(*all), all->Bytes(6));
    }
    const absl::StatusOr<std::optional<AuditHead>> seal = ReadSeal(database, seal_key);
    if (!seal.ok()) return seal.status();
    return checker.Finish(*seal);
  };
  absl::StatusOr<AuditReport> report = check();
  if (absl::Status ended = database.Execute("ROLLBACK"); !ended.ok() && report.ok()) return ended;
  return report;
}

absl::Status EachAudit(Database& database,
                       const std::function<absl::Status(std::int64_t seq, const AuditRecord&)>& take) {
  absl::StatusOr<Statement> all = database.Prepare(kAllRecords);
  if (!all.ok()) return all.status();
  while (true) {
    const absl::StatusOr<bool> row = all->Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    if (absl::Status taken = take(all->Integer(0), TakeRecord(*all)); !taken.ok()) return taken;
  }
}

}  // namespace hjerte::common
