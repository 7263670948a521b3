#include "mapping/structuremap/loader.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/fhirpath/definitions.h"
#include "mapping/json/document.h"
#include "mapping/structuremap/json_form.h"
#include "mapping/structuremap/linker.h"
#include "mapping/structuremap/parser.h"

namespace hjerte::structuremap {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFilesMax = 10'000;  // of one folder; more is a mistake in the path

absl::StatusOr<std::string> ReadFile(const fs::path& file) {
  const size_t bytes_max = json::Limits().max_bytes;
  std::ifstream in(file, std::ios::binary);
  std::string text;
  std::array<char, 65536> chunk{};
  do {
    in.read(chunk.data(), chunk.size());
    text.append(chunk.data(), static_cast<size_t>(in.gcount()));
    if (text.size() > bytes_max) {
      return absl::InvalidArgumentError(absl::StrCat(file.string(), ": larger than ", bytes_max >> 20, " MiB"));
    }
  } while (in);
  if (in.bad() || !in.eof())
    return absl::NotFoundError(absl::StrCat(file.string(), ": cannot be read, expected a file"));
  return text;
}

absl::StatusOr<json::Document> ReadJson(const fs::path& file) {
  const absl::StatusOr<std::string> text = ReadFile(file);
  if (!text.ok()) return text.status();
  absl::StatusOr<json::Document> document = json::Parse(*text);
  if (!document.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(file.string(), ": ", std::string(document.status().message())));
  }
  return document;
}

// The files of a folder with that ending, by name.
std::vector<fs::path> FilesIn(const fs::path& folder, std::string_view extension) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end && files.size() < kFilesMax;
       entry.increment(error)) {
    if (entry->path().extension() == extension) files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class Loader {
 public:
  absl::StatusOr<MapSet> Run(const std::vector<fs::path>& maps, const std::vector<fs::path>& concept_maps) {
    for (const fs::path& file : maps) {
      absl::StatusOr<StructureMap> map = LoadMap(file);
      if (!map.ok()) return map.status();
      Note(file);
      set_.maps.push_back(*std::move(map));
    }
    // Index based: what is imported may import more.
    for (size_t i = 0; i < set_.maps.size(); ++i) {
      if (absl::Status status = FindImports(i); !status.ok()) return status;
    }
    for (const fs::path& path : concept_maps) {
      std::error_code error;
      const bool folder = fs::is_directory(path, error);
      const std::vector<fs::path> files = folder ? FilesIn(path, ".json") : std::vector<fs::path>{path};
      for (const fs::path& file : files) {
        if (absl::Status status = AddConceptMap(file, /*only_if_one=*/folder); !status.ok()) return status;
      }
    }
    for (const fs::path& folder : folders_) {
      for (const fs::path& below : {folder / "conceptmaps", folder.parent_path() / "conceptmaps"}) {
        for (const fs::path& file : FilesIn(below, ".json")) {
          if (absl::Status status = AddConceptMap(file, /*only_if_one=*/true); !status.ok()) return status;
        }
      }
    }
    return std::move(set_);
  }

 private:
  void Note(const fs::path& file) {
    set_.files.push_back(file);
    std::error_code error;
    folders_.insert(fs::absolute(file, error).lexically_normal().parent_path());
  }

  absl::Status FindImports(size_t index) {
    const std::vector<Import> imports = set_.maps[index].imports;
    for (const Import& import : imports) {
      const auto matches = [&](const StructureMap& map) { return MatchesImport(import.url, map.url); };
      if (import.url.find('*') == std::string::npos && std::any_of(set_.maps.begin(), set_.maps.end(), matches)) {
        continue;
      }
      for (const fs::path& folder : folders_) {
        for (const fs::path& file : FilesIn(folder, ".map")) {
          absl::StatusOr<StructureMap> map = LoadMap(file);
          if (!map.ok() || !matches(*map)) continue;  // a broken map nobody asked for is not this one's fault
          const bool known = std::any_of(set_.maps.begin(), set_.maps.end(),
                                         [&](const StructureMap& other) { return other.url == map->url; });
          if (known) continue;
          set_.maps.push_back(*std::move(map));
          set_.files.push_back(file);
        }
      }
    }
    return absl::OkStatus();
  }

  absl::Status AddConceptMap(const fs::path& file, bool only_if_one) {
    std::error_code error;
    if (!files_.insert(fs::weakly_canonical(file, error)).second) return absl::OkStatus();
    const absl::StatusOr<json::Document> document = ReadJson(file);
    if (!document.ok()) return document.status();
    const json::Value* type = document->root().Find("resourceType");
    if (only_if_one && (type == nullptr || type->text() != "ConceptMap")) return absl::OkStatus();
    const absl::Status status = set_.concept_maps.Add(document->root());
    if (status.ok()) set_.files.push_back(file);
    if (status.ok()) return status;
    return absl::InvalidArgumentError(absl::StrCat(file.string(), ": ", std::string(status.message())));
  }

  MapSet set_;
  std::set<fs::path> folders_;
  std::set<fs::path> files_;
};

}  // namespace

absl::StatusOr<StructureMap> LoadMap(const fs::path& file) {
  if (file.extension() == ".json") {
    const absl::StatusOr<json::Document> document = ReadJson(file);
    if (!document.ok()) return document.status();
    return FromJson(document->root(), file.string());
  }
  const absl::StatusOr<std::string> text = ReadFile(file);
  if (!text.ok()) return text.status();
  return ParseFml(*text, file.string());
}

absl::StatusOr<MapSet> LoadMaps(const std::vector<fs::path>& maps, const std::vector<fs::path>& concept_maps) {
  return Loader().Run(maps, concept_maps);
}

absl::StatusOr<LoadedProgram> LoadProgram(const fs::path& map, const fs::path& concept_maps) {
  absl::StatusOr<MapSet> set = LoadMaps({map}, {concept_maps});
  if (!set.ok()) return set.status();
  CompileOptions options;
  options.allow_uuid = false;
  // Which elements are lists and what a choice is called in JSON stands in FHIR's own definitions.
  options.model = fhirpath::R4Model();
  if (options.model == nullptr) {
    return absl::FailedPreconditionError("this program was built without R4's definitions, which maps need");
  }
  absl::StatusOr<Program> program = Program::Compile(std::move(set->maps), std::move(set->concept_maps), options);
  if (!program.ok()) return program.status();
  return LoadedProgram{*std::move(program), std::move(set->files)};
}

}  // namespace hjerte::structuremap
