#include "services/indicator/store/sqlite_rows.h"

#include "absl/strings/str_split.h"

namespace hjerte::indicator {

absl::StatusOr<SourceRow> ReadSource(common::Database& database, SourceId source) {
  auto find = database.Prepare("SELECT authority, name, software, carries FROM source WHERE id = ?");
  if (!find.ok()) return find.status();
  const absl::StatusOr<bool> row = find->Bind(1, source).Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::NotFoundError("no such source");
  return SourceRow{.authority = std::string(find->Text(0)),
                   .name = std::string(find->Text(1)),
                   .software = std::string(find->Text(2)),
                   .carries = absl::StrSplit(std::string(find->Text(3)), ' ', absl::SkipEmpty())};
}

}  // namespace hjerte::indicator
