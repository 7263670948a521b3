#include "adapters/reports/mapper.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "mapping/structuremap/loader.h"
#include "mapping/structuremap/map_error.h"
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

// What stands in brackets behind a Danish reason: the message itself is English.
std::string DanishPlace(const structuremap::MapErrorPlace& place) {
  std::string text;
  if (!place.source.empty()) text += "feltet " + place.source + ", ";
  if (!place.group.empty()) text += "kortets gruppe " + place.group + ", ";
  if (!place.rule.empty()) text += "regel " + place.rule + ", ";
  return text.empty() ? text : " (" + common::ScrubCpr(text.substr(0, text.size() - 2)) + ")";
}

registry::Finding MapFinding(const absl::Status& status) {
  const structuremap::MapErrorPlace place = structuremap::PlaceOf(status);
  const std::string where = DanishPlace(place);
  const std::string detail = " (" + common::ScrubCpr(std::string(status.message())) + ")";
  registry::Finding finding{.severity = registry::Severity::kError,
                            .code = "map-refused",
                            .location = common::ScrubCpr(place.source),
                            .variable = "",
                            .text = {}};
  if (absl::IsNotFound(status)) {
    const std::string code = place.code.empty() ? "En kode i posten" : "Koden " + common::ScrubCpr(place.code);
    finding.code = "map-unknown-code";
    finding.text = {.da = code +
                          " kendes ikke og kan ikke oversættes. Ret værdien i omsorgssystemet, eller føj den til "
                          "oversættelsen." +
                          where,
                    .en =
                        "A code in the record is not known and cannot be translated. Correct the value in the care "
                        "system or add it to the translation." +
                        detail};
  } else if (absl::IsResourceExhausted(status)) {
    finding.code = "map-limit";
    finding.text = {.da =
                        "Posten er for stor eller for dybt opbygget til at blive oversat. Del den op i "
                        "omsorgssystemet, eller ret kortet." +
                        where,
                    .en =
                        "The record is too large or too deeply nested to be mapped. Split it in the care system, or "
                        "correct the map." +
                        detail};
  } else {
    finding.text = {
        .da =
            "Posten har en værdi, som ikke kan oversættes til en indberetning. Ret den i "
            "omsorgssystemet." +
            where,
        .en = "The record holds a value that cannot be mapped to a report. Correct it in the care system." + detail};
  }
  return finding;
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
