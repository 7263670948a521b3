#include "mapping/registry/content/content.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/registry/content/content_loader.h"

namespace hjerte::registry {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFileBytes = size_t{4} << 20;

struct File {
  std::string name;  // Relative to the content's folder, with forward slashes.
  std::string text;
};

// The files of one pattern, ordered by name so that the hash does not depend on the file system.
std::vector<File> ReadFiles(const fs::path& dir, const std::string& folder, std::string_view prefix,
                            std::string_view suffix) {
  std::vector<File> files;
  std::error_code error;
  for (fs::directory_iterator it(dir / folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(prefix) || !name.ends_with(suffix)) continue;
    std::ifstream in(it->path(), std::ios::binary);
    File file{folder.empty() ? name : absl::StrCat(folder, "/", name), {}};
    file.text.assign(std::istreambuf_iterator<char>(in), {});
    if (!in.is_open() || in.bad()) throw ContentError{absl::StrCat(file.name, ":1: cannot be read")};
    if (file.text.size() > kMaxFileBytes)
      throw ContentError{absl::StrCat(file.name, ":1: larger than 4 MiB, split it")};
    files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end(), [](const File& left, const File& right) { return left.name < right.name; });
  return files;
}

// Each file's name, size and bytes, so that no two contents share a hash.
std::string HashOf(const std::vector<const File*>& files) {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  for (const File* file : files) {
    const std::string head = absl::StrCat(file->name, "\n", file->text.size(), "\n");
    EVP_DigestUpdate(context.get(), head.data(), head.size());
    EVP_DigestUpdate(context.get(), file->text.data(), file->text.size());
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_DigestFinal_ex(context.get(), digest.data(), &size);
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += kHex[digest[i] >> 4];
    hex += kHex[digest[i] & 0x0f];
  }
  return hex;
}

void LoadAgeBands(const YamlReader& file, CompiledContent& content) {
  file.AllowOnly({"version", "status", "bands"});
  content.draft = content.draft || file.DraftOf();
  for (const YamlReader& node : file.ItemsOf("bands")) {
    node.AllowOnly({"id", "from", "to", "label"});
    AgeBand band;
    band.id = node.StringOf("id");
    band.from_years = node.At("from").Integer();
    if (node.Has("to")) band.to_years = node.At("to").Integer();
    band.label = node.TextOf("label");
    if (!content.age_bands.empty()) {
      const AgeBand& before = content.age_bands.back();
      if (!before.to_years || *before.to_years >= band.from_years) {
        node.At("from").Fail("age bands overlap or are not in ascending order");
      }
    }
    content.age_bands.push_back(std::move(band));
  }
}

void LoadGeography(const File& file, CompiledContent& content) {
  absl::StatusOr<Geography> geography = ParseGeography(file.name, file.text);
  if (!geography.ok()) throw ContentError{std::string(geography.status().message())};
  for (const Geography& other : content.geographies) {
    if (other.id() == geography->id()) {
      throw ContentError{absl::StrCat(file.name, ":1: geography `", other.id(), "` exists twice, rename one")};
    }
    if (other.validity().Overlaps(geography->validity())) {
      throw ContentError{absl::StrCat(file.name, ":1: the validity overlaps that of `", other.id(),
                                      "`; end the older geography with valid_to")};
    }
  }
  for (const Geography::Row& row : geography->rows()) content.municipalities.insert(row.municipality);
  content.geographies.push_back(*std::move(geography));
}

// Sorts sets and their compiled twins by validity.
template <typename Set, typename Compiled>
void SortByValidity(std::vector<Set>& sets, std::vector<Compiled>& compiled) {
  std::vector<size_t> order(sets.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](size_t left, size_t right) { return sets[left].validity.from < sets[right].validity.from; });
  std::vector<Set> sorted_sets;
  std::vector<Compiled> sorted_compiled;
  for (const size_t index : order) {
    sorted_sets.push_back(std::move(sets[index]));
    sorted_compiled.push_back(std::move(compiled[index]));
  }
  sets = std::move(sorted_sets);
  compiled = std::move(sorted_compiled);
}

// A part the content cannot do without: named by its whole path, since most often the folder above is the wrong one.
ContentError Missing(const fs::path& path, std::string_view expected) {
  std::error_code error;
  const bool there = fs::exists(path, error);
  return ContentError{absl::StrCat(path.string(), there ? ": empty; " : ": missing; ", std::string(expected),
                                   " was expected. Put it there, or correct the path of the registry's content")};
}

std::unique_ptr<CompiledContent> Load(const fs::path& dir) {
  auto content = std::make_unique<CompiledContent>();
  const std::vector<File> geography = ReadFiles(dir, "geography", "", ".csv");
  const std::vector<File> bands = ReadFiles(dir, "", "age-bands", ".yaml");
  const std::vector<File> variables = ReadFiles(dir, "", "variables", ".yaml");
  const std::vector<File> indicators = ReadFiles(dir, "indicators", "", ".yaml");
  if (geography.empty()) throw Missing(dir / "geography", "a folder with one *.csv of municipalities per division");
  if (variables.empty()) throw Missing(dir / "variables.yaml", "the variable set");
  if (indicators.empty()) throw Missing(dir / "indicators", "a folder with one *.yaml per indicator set");
  for (const File& file : geography) LoadGeography(file, *content);
  std::sort(content->geographies.begin(), content->geographies.end(),
            [](const Geography& left, const Geography& right) { return left.validity().from < right.validity().from; });
  for (const File& file : bands) LoadAgeBands(YamlReader::Parse(file.name, file.text), *content);
  for (const File& file : variables) LoadVariableSet(YamlReader::Parse(file.name, file.text), *content);
  SortByValidity(content->variable_sets, content->compiled_variable_sets);
  for (const File& file : indicators) LoadIndicatorSet(YamlReader::Parse(file.name, file.text), *content);
  SortByValidity(content->indicator_sets, content->compiled_indicator_sets);
  std::vector<const File*> all;
  for (const std::vector<File>* part : {&bands, &geography, &indicators, &variables}) {
    for (const File& file : *part) all.push_back(&file);
  }
  content->sha256 = HashOf(all);
  return content;
}

}  // namespace

size_t CompiledContent::VariableSetOn(Date date) const {
  size_t found = 0;
  for (size_t i = 0; i < variable_sets.size(); ++i) {
    if (variable_sets[i].validity.from <= date) found = i;
  }
  return found;
}

std::optional<size_t> CompiledContent::IndicatorSetOn(Date date) const {
  for (size_t i = 0; i < indicator_sets.size(); ++i) {
    if (indicator_sets[i].validity.Holds(date)) return i;
  }
  return std::nullopt;
}

Content::Content(std::unique_ptr<const CompiledContent> compiled) : compiled_(std::move(compiled)) {}
Content::~Content() = default;

const std::vector<VariableSet>& Content::variable_sets() const { return compiled_->variable_sets; }
const std::vector<IndicatorSet>& Content::indicator_sets() const { return compiled_->indicator_sets; }
const std::vector<Geography>& Content::geographies() const { return compiled_->geographies; }
const std::vector<AgeBand>& Content::age_bands() const { return compiled_->age_bands; }

const VariableSet& Content::variables_on(Date date) const {
  return compiled_->variable_sets[compiled_->VariableSetOn(date)];
}

const IndicatorSet* Content::indicator_set_for(Date date) const {
  const std::optional<size_t> index = compiled_->IndicatorSetOn(date);
  return index ? &compiled_->indicator_sets[*index] : nullptr;
}

const IndicatorSet* Content::FindIndicatorSet(std::string_view id) const {
  for (const IndicatorSet& set : compiled_->indicator_sets) {
    if (set.id == id) return &set;
  }
  return nullptr;
}

const Geography& Content::geography_on(Date date) const {
  const Geography* found = &compiled_->geographies.front();
  for (const Geography& geography : compiled_->geographies) {
    if (geography.validity().from <= date) found = &geography;
  }
  return *found;
}

const Geography* Content::FindGeography(std::string_view id) const {
  for (const Geography& geography : compiled_->geographies) {
    if (geography.id() == id) return &geography;
  }
  return nullptr;
}

const std::string& Content::sha256() const { return compiled_->sha256; }
bool Content::draft() const { return compiled_->draft; }

absl::StatusOr<std::shared_ptr<const Content>> LoadContent(const std::filesystem::path& dir) {
  std::error_code unreadable;
  if (!fs::is_directory(dir, unreadable)) {
    return absl::NotFoundError(dir.string() +
                               ": no such folder; a registry's content was expected (variables.yaml, indicators, "
                               "geography), e.g. mapping/dhrd of the sources");
  }
  try {
    return std::make_shared<const Content>(Load(dir));
  } catch (const ContentError& error) {
    return absl::InvalidArgumentError(error.message);
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat("registry content cannot be read: ", error.what()));
  }
}

}  // namespace hjerte::registry
