#include "tests/bench/store_floor.h"

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "services/common/sqlite.h"

namespace hjerte::bench {
namespace {

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using RawStatement = std::unique_ptr<sqlite3_stmt, Finalize>;

RawStatement Prepare(common::Database& database, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(database.handle(), sql.c_str(), -1, &statement, nullptr);
  return RawStatement(statement);
}

struct Table {
  std::string name;
  std::int64_t rows = 0;
  std::int64_t done = 0;
  RawStatement select;
  RawStatement insert;
};

absl::StatusOr<std::vector<std::string>> Texts(common::Database& database, std::string_view sql) {
  absl::StatusOr<common::Statement> statement = database.Prepare(sql);
  if (!statement.ok()) return statement.status();
  std::vector<std::string> texts;
  absl::StatusOr<bool> more = statement->Step();
  for (; more.ok() && *more; more = statement->Step()) texts.emplace_back(statement->Text(0));
  if (!more.ok()) return more.status();
  return texts;
}

absl::StatusOr<std::vector<Table>> OpenTables(common::Database& source, common::Database* target) {
  auto names = Texts(source, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'");
  if (!names.ok()) return names.status();
  std::vector<Table> tables;
  for (const std::string& name : *names) {
    Table table{.name = name, .select = Prepare(source, "SELECT * FROM " + name), .insert = nullptr};
    const auto rows = source.QueryInteger("SELECT count(*) FROM " + name);
    if (!rows.ok()) return rows.status();
    if (table.select == nullptr) return absl::InternalError(name + ": cannot be read");
    table.rows = *rows;
    if (target != nullptr) {
      std::string values = "?";
      for (int i = 1; i < sqlite3_column_count(table.select.get()); ++i) values += ",?";
      table.insert = Prepare(*target, "INSERT INTO " + name + " VALUES(" + values + ")");
      if (table.insert == nullptr) return absl::InternalError(name + ": cannot be written");
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

// Steps on to row `until` of the table, writing each row where there is somewhere to write it.
absl::Status Advance(Table& table, std::int64_t until) {
  for (; table.done < until && sqlite3_step(table.select.get()) == SQLITE_ROW; ++table.done) {
    const int columns = sqlite3_column_count(table.select.get());
    for (int i = 0; i < columns; ++i) {
      sqlite3_value* value = sqlite3_column_value(table.select.get(), i);
      if (table.insert != nullptr) sqlite3_bind_value(table.insert.get(), i + 1, value);
    }
    if (table.insert == nullptr) continue;
    if (sqlite3_step(table.insert.get()) != SQLITE_DONE) return absl::InternalError(table.name + ": not written");
    sqlite3_reset(table.insert.get());
  }
  return absl::OkStatus();
}

absl::StatusOr<Cost> Pass(common::Database& source, common::Database* target, int commits) {
  auto tables = OpenTables(source, target);
  if (!tables.ok()) return tables.status();
  const Stopwatch watch;
  for (int commit = 1; commit <= commits; ++commit) {
    if (target != nullptr) {
      if (absl::Status status = target->Execute("BEGIN IMMEDIATE"); !status.ok()) return status;
    }
    for (Table& table : *tables) {
      if (absl::Status status = Advance(table, table.rows * commit / commits); !status.ok()) return status;
    }
    if (target != nullptr) {
      if (absl::Status status = target->Execute("COMMIT"); !status.ok()) return status;
    }
  }
  return watch.Read();
}

}  // namespace

absl::StatusOr<Cost> CostOfWritingAgain(const std::filesystem::path& from, const std::filesystem::path& to, int commits,
                                        const std::string& pragmas) {
  auto source = common::Database::Open({.file = from, .read_only = true, .vfs = {}});
  if (!source.ok()) return source.status();
  auto target = common::Database::Open({.file = to, .cache_bytes = 64 << 20, .vfs = {}});
  if (!target.ok()) return target.status();
  if (absl::Status status = (*target)->Execute(pragmas); !status.ok()) return status;
  const auto schema = Texts(**source,
                            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' "
                            "AND type IN ('table', 'index') ORDER BY type DESC, rowid");
  if (!schema.ok()) return schema.status();
  for (const std::string& sql : *schema) {
    if (absl::Status status = (*target)->Execute(sql); !status.ok()) return status;
  }
  const auto reading = Pass(**source, nullptr, commits);
  if (!reading.ok()) return reading.status();
  const auto both = Pass(**source, target->get(), commits);
  if (!both.ok()) return both.status();
  return Cost{.seconds = both->seconds - reading->seconds,
              .processor_seconds = both->processor_seconds - reading->processor_seconds};
}

}  // namespace hjerte::bench
