#include "adapters/mapper.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "mapping/fhirpath/definitions.h"
#include "mapping/json/document.h"
#include "mapping/structuremap/parser.h"
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

absl::StatusOr<std::vector<std::filesystem::path>> FilesOf(const std::filesystem::path& folder,
                                                           std::string_view extension) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == extension) files.push_back(it->path());
  }
  if (error) return absl::NotFoundError(folder.string() + ": cannot be read: " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

// An import names a map by its url; a '*' at its end stands for any rest.
bool Imports(const std::string& import, const std::string& url) {
  const std::size_t star = import.find('*');
  return star == std::string::npos ? import == url : url.starts_with(import.substr(0, star));
}

// The first map and, from `others`, everything it needs directly or through another.
std::vector<structuremap::StructureMap> WithImports(structuremap::StructureMap first,
                                                    std::vector<structuremap::StructureMap> others) {
  std::vector<structuremap::StructureMap> needed = {std::move(first)};
  for (std::size_t i = 0; i < needed.size(); ++i) {
    for (structuremap::StructureMap& other : others) {
      const auto& imports = needed[i].imports;
      const bool wanted = std::any_of(imports.begin(), imports.end(),
                                      [&](const auto& import) { return Imports(import.url, other.url); });
      const bool present =
          std::any_of(needed.begin(), needed.end(), [&](const auto& map) { return map.url == other.url; });
      if (wanted && !present) needed.push_back(other);
    }
  }
  return needed;
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
  common::Sha256Hasher hasher;
  const auto parse = [&](const std::filesystem::path& file) -> absl::StatusOr<structuremap::StructureMap> {
    auto text = ReadText(file);
    if (!text.ok()) return text.status();
    hasher.Update(*text);
    return structuremap::ParseFml(*text, file.filename().string());
  };
  auto first = parse(map);
  if (!first.ok()) return first.status();
  std::vector<structuremap::StructureMap> others;
  const auto map_files = FilesOf(map.parent_path(), ".map");
  if (!map_files.ok()) return map_files.status();
  for (const std::filesystem::path& file : *map_files) {
    if (file.filename() == map.filename()) continue;
    auto other = parse(file);
    if (!other.ok()) return other.status();
    others.push_back(*std::move(other));
  }
  structuremap::ConceptMaps translations;
  const auto files = FilesOf(concept_maps, ".json");
  if (!files.ok()) return files.status();
  for (const std::filesystem::path& file : *files) {
    auto text = ReadText(file);
    if (!text.ok()) return text.status();
    hasher.Update(*text);
    const auto document = json::Parse(*text);
    const absl::Status status = document.ok() ? translations.Add(document->root()) : document.status();
    if (!status.ok())
      return absl::InvalidArgumentError(file.filename().string() + ": " + std::string(status.message()));
  }
  structuremap::CompileOptions options;
  options.allow_uuid = false;
  // Which elements are lists and what a choice is called in JSON stands in FHIR's own definitions.
  options.model = fhirpath::R4Model();
  if (options.model == nullptr) {
    return absl::FailedPreconditionError("this program was built without R4's definitions, which maps need");
  }
  auto program = structuremap::Program::Compile(WithImports(*std::move(first), std::move(others)),
                                                std::move(translations), options);
  if (!program.ok()) return program.status();
  return Mapper(*std::move(program), common::ToHex(hasher.Finish()));
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
