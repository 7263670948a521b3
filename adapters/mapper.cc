#include "adapters/mapper.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "mapping/structuremap/loader.h"
#include "services/common/crypto.h"
#include "services/common/encoding.h"
#include "services/common/scrub.h"

namespace hjerte::adapters {
namespace {

absl::StatusOr<std::string> ReadText(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return absl::NotFoundError(file.string() + ": cannot be opened");
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

registry::Finding MapFinding(const absl::Status& status) {
  const std::string detail = common::ScrubCpr(std::string(status.message()));
  if (absl::IsNotFound(status)) {
    return {
        .severity = registry::Severity::kError,
        .code = "map-unknown-code",
        .location = "",
        .variable = "",
        .text = {.da = "En kode i posten kendes ikke og kan ikke oversættes. Ret værdien i omsorgssystemet, eller føj "
                       "den til oversættelsen. (" +
                       detail + ")",
                 .en = "A code in the record is not known and cannot be translated. Correct the value in the care "
                       "system or add it to the translation. (" +
                       detail + ")"}};
  }
  return {
      .severity = registry::Severity::kError,
      .code = absl::IsResourceExhausted(status) ? "map-limit" : "map-refused",
      .location = "",
      .variable = "",
      .text = {.da = "Posten har en værdi, som ikke kan oversættes til en indberetning. Ret den i omsorgssystemet. (" +
                     detail + ")",
               .en = "The record holds a value that cannot be mapped to a report. Correct it in the care system. (" +
                     detail + ")"}};
}

}  // namespace

absl::StatusOr<Mapper> Mapper::Load(const std::filesystem::path& map, const std::filesystem::path& concept_maps) {
  auto loaded = structuremap::LoadProgram(map, concept_maps);
  if (!loaded.ok()) return loaded.status();
  common::Sha256Hasher hasher;
  for (const std::filesystem::path& file : loaded->files) {
    auto text = ReadText(file);
    if (!text.ok()) return text.status();
    hasher.Update(*text);
  }
  return Mapper(std::move(loaded->program), common::ToHex(hasher.Finish()));
}

Mapped Mapper::Run(const json::Value& record, json::Arena& arena) const {
  Mapped mapped;
  auto result = program_.Run(record, arena);
  if (result.ok()) {
    mapped.bundle = result->target;
  } else {
    mapped.findings.push_back(MapFinding(result.status()));
  }
  return mapped;
}

}  // namespace hjerte::adapters
