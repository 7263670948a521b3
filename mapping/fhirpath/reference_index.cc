#include "mapping/fhirpath/reference_index.h"

namespace hjerte::fhirpath {

namespace {

std::string_view Text(const json::Value& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  return value != nullptr ? value->text() : std::string_view();
}

}  // namespace

ReferenceIndex::ReferenceIndex(const json::Value& root) : identity_(root.identity()) {
  if (Text(root, "resourceType") == "Bundle") {
    if (const json::Value* entries = root.Find("entry")) AddEntries(*entries);
  } else {
    AddResource(root);
  }
}

void ReferenceIndex::AddEntries(const json::Value& entries) {
  for (const json::Value& entry : entries.elements()) {
    ++steps_;
    const json::Value* resource = entry.Find("resource");
    if (resource == nullptr) continue;
    if (const std::string_view url = Text(entry, "fullUrl"); !url.empty()) by_url_.emplace(url, resource);
    AddResource(*resource);
  }
}

void ReferenceIndex::AddResource(const json::Value& resource) {
  const std::string_view type = Text(resource, "resourceType");
  const std::string_view id = Text(resource, "id");
  if (!type.empty() && !id.empty()) {
    std::string key(type);
    key.append("/").append(id);
    by_url_.emplace(std::move(key), &resource);
  }
  if (resource.Find("contained") != nullptr) AddLocal(resource, resource);
}

void ReferenceIndex::AddLocal(const json::Value& node, const json::Value& resource) {
  ++steps_;
  for (const json::Value& element : node.elements()) AddLocal(element, resource);
  for (const json::Member& member : node.members()) {
    if (member.name == "reference" && member.value.is_string() && member.value.text().starts_with('#')) {
      by_holder_.emplace(node.identity(), &resource);
    }
    AddLocal(member.value, resource);
  }
}

const json::Value* ReferenceIndex::Find(std::string_view reference, const json::Value* holder) const {
  if (reference.starts_with('#')) {
    if (holder == nullptr) return nullptr;
    const auto resource = by_holder_.find(holder->identity());
    if (resource == by_holder_.end()) return nullptr;
    if (reference.size() == 1) return resource->second;
    for (const json::Value& contained : resource->second->Find("contained")->elements()) {
      if (Text(contained, "id") == reference.substr(1)) return &contained;
    }
    return nullptr;
  }
  // A version asked for is not kept apart: a Bundle of one delivery holds one version of each resource.
  reference = reference.substr(0, reference.find("/_history/"));
  const auto exact = by_url_.find(std::string(reference));
  if (exact != by_url_.end()) return exact->second;
  // An absolute address may mean an entry known by Type/id only.
  const size_t id_at = reference.rfind('/');
  if (id_at == std::string_view::npos || id_at == 0) return nullptr;
  const size_t type_at = reference.rfind('/', id_at - 1);
  if (type_at == std::string_view::npos) return nullptr;
  const auto relative = by_url_.find(std::string(reference.substr(type_at + 1)));
  return relative == by_url_.end() ? nullptr : relative->second;
}

}  // namespace hjerte::fhirpath
