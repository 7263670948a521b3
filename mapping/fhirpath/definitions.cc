#include "mapping/fhirpath/definitions.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mapping/fhirpath/data_types.h"
#include "mapping/json/document.h"

namespace hjerte::fhirpath {

namespace {

// Definitions are ours to trust and large: the limits of records do not suit them.
constexpr json::Limits kLimits{
    .max_bytes = size_t{200} << 20, .max_members = 50'000'000, .max_string_bytes = size_t{16} << 20};

std::string Text(const json::Value& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  return value != nullptr ? std::string(value->text()) : "";
}

std::string LastSegment(const std::string& url) { return url.substr(url.find_last_of('/') + 1); }

// The type's name; System types are written as addresses, with the FHIR type beside them.
std::string TypeCode(const json::Value& type) {
  const std::string code = Text(type, "code");
  if (code.find("fhirpath/System.") == std::string::npos) return code;
  if (const json::Value* extensions = type.Find("extension")) {
    for (const json::Value& extension : extensions->elements()) {
      const std::string url = Text(extension, "valueUrl");
      if (!url.empty()) return url;
      if (const std::string uri = Text(extension, "valueUri"); !uri.empty()) return uri;
    }
  }
  return "string";
}

class Summary {
 public:
  void AddFile(const json::Value& root) {
    if (Text(root, "resourceType") == "Bundle" && root.Find("entry") != nullptr) {
      for (const json::Value& entry : root.Find("entry")->elements()) {
        if (const json::Value* resource = entry.Find("resource")) AddDefinition(*resource);
      }
      return;
    }
    AddDefinition(root);
  }

  const std::string& text() const { return text_; }

 private:
  void AddDefinition(const json::Value& definition) {
    if (Text(definition, "resourceType") != "StructureDefinition" || Text(definition, "derivation") == "constraint")
      return;
    const std::string kind = Text(definition, "kind");
    if (kind == "logical" || !seen_.insert(Text(definition, "type")).second) return;
    const std::string name = Text(definition, "type");
    const std::string base = LastSegment(Text(definition, "baseDefinition"));
    if (kind == "primitive-type") {
      const auto primitive = DataTypes().Primitive(DataTypes().FindType(name));
      absl::StrAppend(&text_, "P ", name, " ", static_cast<int>(primitive.value_or(ItemKind::kString)), " ", base,
                      "\n");
    } else {
      const json::Value* abstract = definition.Find("abstract");
      absl::StrAppend(&text_, "T ", name, " ", abstract != nullptr && abstract->bool_value() ? 0 : 1, " ", base, "\n");
    }
    const json::Value* snapshot = definition.Find("snapshot");
    const json::Value* elements = snapshot != nullptr ? snapshot->Find("element") : nullptr;
    if (elements == nullptr) return;
    for (size_t i = 0; i < elements->size(); ++i) AddElement(name, elements->elements(), i);
  }

  void AddElement(const std::string& type, std::span<const json::Value> elements, size_t index) {
    const json::Value& element = elements[index];
    const std::string path = Text(element, "path");
    const size_t dot = path.rfind('.');
    if (dot == std::string::npos) return;
    const std::string owner = path.substr(0, dot);
    std::string name = path.substr(dot + 1);
    const json::Value* base = element.Find("base");
    const std::string base_path = base != nullptr ? Text(*base, "path") : path;
    // Inherited elements are found by the base type.
    if (base_path.substr(0, base_path.find('.')) != type) return;
    const std::string list = Text(element, "max") == "1" || Text(element, "max") == "0" ? "0" : "1";
    if (name.ends_with("[x]")) {
      name.resize(name.size() - 3);
      absl::StrAppend(&text_, "C ", owner, " ", name, " ", list, Codes(element), "\n");
      return;
    }
    const std::string reference = Text(element, "contentReference");
    if (!reference.empty()) {
      absl::StrAppend(&text_, "E ", owner, " ", name, " ", list, " ", reference.substr(reference.find('#') + 1), "\n");
      return;
    }
    const json::Value* types = element.Find("type");
    if (types == nullptr || types->size() == 0) return;
    // R4's definitions give a resource's id the type string; the specification's page, and its own tests, have id.
    const std::string code = path == "Resource.id" ? "id" : TypeCode(types->elements()[0]);
    const bool nested = index + 1 < elements.size() && Text(elements[index + 1], "path").starts_with(path + ".");
    if (nested) absl::StrAppend(&text_, "T ", path, " 1 ", code, "\n");
    // The value of a primitive is the primitive itself in JSON.
    if (name == "value" && Text(types->elements()[0], "code").find("System.") != std::string::npos) return;
    absl::StrAppend(&text_, "E ", owner, " ", name, " ", list, " ", nested ? path : code, "\n");
  }

  static std::string Codes(const json::Value& element) {
    std::string codes;
    std::set<std::string> seen;
    const json::Value* types = element.Find("type");
    if (types == nullptr) return codes;
    for (const json::Value& type : types->elements()) {
      const std::string code = TypeCode(type);
      if (seen.insert(code).second) absl::StrAppend(&codes, " ", code);
    }
    return codes;
  }

  std::string text_;
  std::set<std::string> seen_;
};

absl::Status AddPath(const std::filesystem::path& path, Summary& summary) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(path.string(), ": cannot be read"));
  std::ostringstream content;
  content << file.rdbuf();
  absl::StatusOr<json::Document> document = json::Parse(content.str(), kLimits);
  if (!document.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path.string(), ": ", document.status().message()));
  }
  summary.AddFile(document->root());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> SummariseDefinitions(const std::filesystem::path& path) {
  Summary summary;
  std::vector<std::filesystem::path> files;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
      const std::string name = entry.path().filename().string();
      const bool defines = name.starts_with("StructureDefinition-") || name == "profiles-types.json" ||
                           name == "profiles-resources.json";
      if (defines && name.ends_with(".json")) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
  } else {
    files.push_back(path);
  }
  for (const auto& file : files) {
    if (absl::Status status = AddPath(file, summary); !status.ok()) return status;
  }
  if (summary.text().empty()) return absl::NotFoundError(absl::StrCat(path.string(), ": holds no StructureDefinition"));
  return summary.text();
}

absl::StatusOr<std::shared_ptr<const TypeTable>> ReadSummary(std::string_view summary) {
  TypeTable::Builder builder("FHIR");
  size_t number = 0;
  for (absl::string_view line : absl::StrSplit(absl::string_view(summary.data(), summary.size()), '\n')) {
    ++number;
    const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.empty()) continue;
    int kind = 0;
    if (words[0] == "P" && words.size() >= 3 && absl::SimpleAtoi(words[2], &kind)) {
      builder.AddPrimitive(words[1], static_cast<ItemKind>(kind), words.size() > 3 ? words[3] : "");
    } else if (words[0] == "T" && words.size() >= 3) {
      builder.AddType(words[1], words.size() > 3 ? words[3] : "", words[2] == "1");
    } else if (words[0] == "E" && words.size() == 5) {
      builder.AddElement(words[1], words[2], words[4], words[3] == "1");
    } else if (words[0] == "C" && words.size() >= 5) {
      builder.AddChoice(words[1], words[2], std::vector<std::string>(words.begin() + 4, words.end()), words[3] == "1");
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, " of the summary of types is no type and no element"));
    }
  }
  return std::move(builder).Build();
}

absl::StatusOr<std::shared_ptr<const TypeTable>> LoadDefinitions(const std::filesystem::path& path) {
  absl::StatusOr<std::string> summary = SummariseDefinitions(path);
  if (!summary.ok()) return summary.status();
  return ReadSummary(*summary);
}

}  // namespace hjerte::fhirpath
