#include "adapters/state/schema_moves.h"

#include <string>
#include <vector>

#include "adapters/state/delivery_id.h"
#include "adapters/state/state_keys.h"
#include "services/common/encoding.h"

namespace hjerte::adapters {
namespace {

using common::Blob;
using common::Database;
using Row = std::vector<std::string>;

constexpr std::int64_t kRefusedDelivery = 2;

// Every row of a query as bytes; what is moved is read whole before anything is written. Numbers come as text.
absl::StatusOr<std::vector<Row>> ReadAll(Database& database, std::string_view sql, int columns) {
  auto statement = database.Prepare(sql);
  if (!statement.ok()) return statement.status();
  std::vector<Row> rows;
  while (true) {
    const auto row = statement->Step();
    if (!row.ok()) return row.status();
    if (!*row) return rows;
    Row& values = rows.emplace_back();
    for (int i = 0; i < columns; ++i) values.emplace_back(statement->Bytes(i));
  }
}

absl::Status MoveProgress(Database& database, const StateKeys& keys) {
  const auto rows = ReadAll(database, "SELECT key, value FROM progress_1", 2);
  if (!rows.ok()) return rows.status();
  for (const Row& row : *rows) {
    absl::Status status = database.Run("INSERT INTO progress VALUES (?, ?)", Blob{keys.Hide("progress", row[0])},
                                       Blob{keys.Seal("progress", row[0], row[1])});
    if (!status.ok()) return status;
  }
  return database.Execute("DROP TABLE progress_1");
}

absl::Status MoveRecords(Database& database, const StateKeys& keys) {
  const auto rows = ReadAll(database, "SELECT key, content, extract FROM record", 3);
  if (!rows.ok()) return rows.status();
  for (const Row& row : *rows) {
    absl::Status status = database.Run("UPDATE record SET content = ?, extract = ?, key = ? WHERE key = ?",
                                       Blob{keys.Hide("record", row[1])}, common::ToHex(keys.Hide("extract", row[2])),
                                       keys.SafeKey(row[0]), row[0]);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status MoveCourses(Database& database, const StateKeys& keys) {
  const auto rows = ReadAll(database, "SELECT record, course, sealed_frame FROM course", 3);
  if (!rows.ok()) return rows.status();
  for (const Row& row : *rows) {
    const std::string safe = keys.SafeKey(row[0]);
    if (safe == row[0]) continue;
    absl::Status status =
        database.Run("UPDATE course SET record = ? WHERE record = ? AND course = ?", safe, row[0], row[1]);
    if (!status.ok()) return status;
    if (row[2].empty()) continue;
    const auto frame = keys.Unseal("course", row[0] + "|" + row[1], row[2]);
    if (!frame.ok()) return frame.status();
    status = database.Run("UPDATE course SET sealed_frame = ? WHERE record = ? AND course = ?",
                          Blob{keys.Seal("course", safe + "|" + row[1], *frame)}, safe, row[1]);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status MoveResources(Database& database, const StateKeys& keys) {
  const auto rows = ReadAll(database, "SELECT ref, record, course, content FROM resource", 4);
  if (!rows.ok()) return rows.status();
  for (const Row& row : *rows) {
    absl::Status status =
        database.Run("UPDATE resource SET content = ?, record = ? WHERE ref = ? AND record = ? AND course = ?",
                     Blob{keys.Hide("resource", row[3])}, keys.SafeKey(row[1]), row[0], row[1], row[2]);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status MoveOutbox(Database& database, const StateKeys& keys) {
  const auto rows = ReadAll(database, "SELECT delivery_id, record, sealed FROM outbox", 3);
  if (!rows.ok()) return rows.status();
  for (const Row& row : *rows) {
    const auto payload = keys.Unseal("outbox", row[0], row[2]);
    if (!payload.ok()) return payload.status();
    const std::string id = common::ToHex(keys.Hide("delivery", row[0]));
    const auto renamed = RenameDelivery(*payload, id);
    if (!renamed.ok()) return renamed.status();
    const std::string sealed = keys.Seal("outbox", id, *renamed);
    absl::Status status =
        database.Run("UPDATE outbox SET delivery_id = ?, record = ?, bytes = ?, sealed = ? WHERE delivery_id = ?", id,
                     keys.SafeKey(row[1]), static_cast<std::int64_t>(sealed.size()), Blob{sealed}, row[0]);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status MoveQuarantine(Database& database, const StateKeys& keys) {
  const auto rows = ReadAll(database, "SELECT key, kind, extract, sealed FROM quarantine", 4);
  if (!rows.ok()) return rows.status();
  for (const Row& row : *rows) {
    auto payload = keys.Unseal("quarantine", row[0], row[3]);
    if (payload.ok() && row[1] == std::to_string(kRefusedDelivery)) {
      payload = RenameDelivery(*payload, common::ToHex(keys.Hide("delivery", DeliveryIdOf(*payload))));
    }
    if (!payload.ok()) return payload.status();
    const std::string safe = keys.SafeKey(row[0]);
    absl::Status status = database.Run("UPDATE quarantine SET key = ?, extract = ?, sealed = ? WHERE key = ?", safe,
                                       common::ToHex(keys.Hide("extract", row[2])),
                                       Blob{keys.Seal("quarantine", safe, *payload)}, row[0]);
    if (!status.ok()) return status;
  }
  const auto refs = ReadAll(database, "SELECT ref, key FROM quarantine_ref", 2);
  if (!refs.ok()) return refs.status();
  for (const Row& row : *refs) {
    absl::Status status = database.Run("UPDATE quarantine_ref SET ref = ?, key = ? WHERE ref = ? AND key = ?",
                                       keys.SafeKey(row[0]), keys.SafeKey(row[1]), row[0], row[1]);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MoveToVersion2(Database& database, const common::KeyProvider& provider) {
  // A payload of version 1 opens with the key version 1 had.
  const auto sealed = database.QueryInteger(
      "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM quarantine) + (SELECT count(*) FROM merged) + "
      "(SELECT count(*) FROM course WHERE sealed_frame IS NOT NULL)");
  if (!sealed.ok()) return sealed.status();
  const auto keys = CreateKeys(database, provider, *sealed > 0);
  if (!keys.ok()) return keys.status();
  for (const auto move : {MoveProgress, MoveRecords, MoveCourses, MoveResources, MoveOutbox, MoveQuarantine}) {
    if (absl::Status status = move(database, *keys); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace hjerte::adapters
