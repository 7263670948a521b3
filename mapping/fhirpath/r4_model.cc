#include <string>
#include <string_view>

#include "mapping/fhirpath/definitions.h"

namespace hjerte::fhirpath {

namespace {

constexpr std::string_view kLines[] = {
    "",  // An empty table is an array still.
#include "r4_types.inc"
};

std::shared_ptr<const TypeTable> ReadTable() {
  if (std::size(kLines) == 1) return nullptr;
  std::string summary;
  for (const std::string_view line : kLines) summary.append(line).push_back('\n');
  absl::StatusOr<std::shared_ptr<const TypeTable>> table = ReadSummary(summary);
  return table.ok() ? *std::move(table) : nullptr;
}

}  // namespace

const TypeModel* R4Model() {
  static const std::shared_ptr<const TypeTable> table = ReadTable();
  return table.get();
}

}  // namespace hjerte::fhirpath
