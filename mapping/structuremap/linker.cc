#include "mapping/structuremap/linker.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hjerte::structuremap {
namespace {

std::string LastSegment(std::string_view url) {
  url = url.substr(0, url.find('|'));
  return std::string(url.substr(url.rfind('/') + 1));
}

// True for a definition of the FHIR version the model is of.
bool IsModelVersion(std::string_view url) {
  return url.starts_with("http://hl7.org/fhir/StructureDefinition/") ||
         url.starts_with("http://hl7.org/fhir/4.0/StructureDefinition/");
}

bool IsFhir(std::string_view url) { return url.starts_with("http://hl7.org/fhir/"); }

std::string InputsOf(const Group& group) {
  std::string text;
  for (const Input& input : group.inputs) absl::StrAppend(&text, text.empty() ? "" : ", ", input.name);
  return text;
}

}  // namespace

bool MatchesImport(std::string_view pattern, std::string_view text) {
  pattern = pattern.substr(0, pattern.find('|'));
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;
  size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

absl::Status ErrorAt(const StructureMap& map, Position at, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(map.file, ":", at.line, ":", at.column, ": ", std::string(what)));
}

absl::Status Linker::Declare() {
  for (const StructureMap& map : program_.maps) {
    for (const Group& group : map.groups) {
      auto compiled = std::make_unique<CompiledGroup>();
      compiled->map = &map;
      compiled->ast = &group;
      if (!groups_[&map].emplace(group.name, compiled.get()).second) {
        return ErrorAt(map, group.at, absl::StrCat("a second group named '", group.name, "', expected another name"));
      }
      program_.groups.push_back(std::move(compiled));
    }
  }
  return ResolveImports();
}

absl::Status Linker::ResolveImports() {
  std::map<const StructureMap*, std::vector<const StructureMap*>> direct;
  for (const StructureMap& map : program_.maps) {
    for (const Import& import : map.imports) {
      bool found = false;
      for (const StructureMap& other : program_.maps) {
        if (&other == &map || !MatchesImport(import.url, other.url)) continue;
        direct[&map].push_back(&other);
        found = true;
      }
      if (!found && import.url.find('*') == std::string::npos) {
        return ErrorAt(map, import.at,
                       absl::StrCat("the map ", import.url, " is not there, expected it to be given too"));
      }
    }
  }
  for (const StructureMap& map : program_.maps) {
    std::vector<const StructureMap*>& reachable = imports_[&map];
    reachable.push_back(&map);
    for (size_t i = 0; i < reachable.size(); ++i) {
      for (const StructureMap* next : direct[reachable[i]]) {
        if (std::find(reachable.begin(), reachable.end(), next) == reachable.end()) reachable.push_back(next);
      }
    }
  }
  return absl::OkStatus();
}

const CompiledGroup* Linker::FindGroup(const StructureMap& map, const std::string& name) const {
  for (const StructureMap* candidate : imports_.at(&map)) {
    const auto groups = groups_.find(candidate);
    if (groups == groups_.end()) continue;
    if (const auto found = groups->second.find(name); found != groups->second.end()) return found->second;
  }
  return nullptr;
}

ResolvedType Linker::ResolveType(const StructureMap& map, const std::string& name) const {
  ResolvedType type;
  if (name.empty()) return type;
  const Structure* structure = nullptr;
  for (const Structure& candidate : map.structures) {
    const bool named = candidate.alias.empty() ? LastSegment(candidate.url) == name : candidate.alias == name;
    // A url names the type itself, too.
    if (named || candidate.url == name) structure = &candidate;
    if (named) break;
  }
  type.declared = structure != nullptr;
  type.name = structure != nullptr ? LastSegment(structure->url) : name;
  if (program_.model == nullptr) return type;
  if (structure != nullptr && !IsFhir(structure->url)) return type;
  type.id = program_.model->FindType(type.name);
  type.lenient = type.id == fhirpath::kUnknownType || (structure != nullptr && !IsModelVersion(structure->url));
  if (type.id == fhirpath::kUnknownType && type.name.find('.') != std::string::npos) {
    // A type inside a resource, Bundle.entry: what the path's last element is.
    size_t dot = type.name.find('.');
    fhirpath::TypeId id = program_.model->FindType(type.name.substr(0, dot));
    while (id != fhirpath::kUnknownType && dot != std::string::npos) {
      const size_t next = type.name.find('.', dot + 1);
      const size_t length = next == std::string::npos ? next : next - dot - 1;
      const fhirpath::Element* element = program_.model->FindElement(id, type.name.substr(dot + 1, length));
      id = element == nullptr ? fhirpath::kUnknownType : element->type;
      dot = next;
    }
    type.id = id;
    type.lenient = id == fhirpath::kUnknownType;
  }
  return type;
}

absl::Status Linker::IndexDefaultGroups() {
  // Only what the map that runs can reach; two engines' worth of defaults may lie beside it.
  const std::vector<const StructureMap*>& reachable = imports_.at(&program_.maps[0]);
  for (const std::unique_ptr<CompiledGroup>& group : program_.groups) {
    if (group->ast->type_mode == Group::TypeMode::kNone) continue;
    if (std::find(reachable.begin(), reachable.end(), group->map) == reachable.end()) continue;
    const Group& ast = *group->ast;
    if (group->inputs.size() != 2 || group->inputs[0].mode != Input::Mode::kSource ||
        group->inputs[1].mode != Input::Mode::kTarget || ast.inputs[0].type.empty() || ast.inputs[1].type.empty()) {
      return ErrorAt(*group->map, ast.at,
                     absl::StrCat("the default group '", ast.name, "' has the parameters (", InputsOf(ast),
                                  "), expected one source and one target, both with a type"));
    }
    const std::string& source = group->inputs[0].type.name;
    const std::string& target = group->inputs[1].type.name;
    if (const auto [other, added] = program_.by_types.emplace(std::pair(source, target), group.get()); !added) {
      return ErrorAt(*group->map, ast.at,
                     absl::StrCat("the groups '", other->second->ast->name, "' and '", ast.name,
                                  "' are both the default from ", source, " to ", target, ", expected one"));
    }
    if (ast.type_mode != Group::TypeMode::kTypeAndTypes) continue;
    if (const auto [other, added] = program_.by_source.emplace(source, group.get()); !added) {
      return ErrorAt(*group->map, ast.at,
                     absl::StrCat("the groups '", other->second->ast->name, "' and '", ast.name,
                                  "' are both <<type+>> for ", source, ", expected one"));
    }
  }
  return absl::OkStatus();
}

}  // namespace hjerte::structuremap
