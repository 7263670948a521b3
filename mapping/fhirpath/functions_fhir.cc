#include <string>

#include "absl/strings/str_cat.h"
#include "mapping/fhirpath/convert.h"
#include "mapping/fhirpath/function.h"
#include "mapping/fhirpath/html_checks.h"
#include "mapping/fhirpath/path_node.h"

namespace hjerte::fhirpath {

namespace {

// extension(url): the same as extension.where(url = …).
bool Extension(const Call& call, Collection& out) {
  std::optional<std::string_view> url;
  if (!call.TextArgument(0, url)) return false;
  if (!url.has_value()) return true;
  for (const Item& item : call.input) {
    Collection extensions;
    if (!AppendMembers(call.frame, call.position, item, "extension", extensions)) return false;
    for (const Item& extension : extensions) {
      const json::Value* found = extension.is_node() ? extension.node().Find("url") : nullptr;
      if (!call.frame.Step(call.position)) return false;
      if (found != nullptr && found->is_string() && found->text() == *url) out.Add(extension);
    }
  }
  return true;
}

bool HasPrimitiveValue(const Item& item) {
  if (!item.is_node()) return true;
  return ScalarKind(item.node()).has_value();
}

bool HasValue(const Call& call, Collection& out) {
  out.Add(Item::Boolean(call.input.size() == 1 && HasPrimitiveValue(call.input.front())));
  return true;
}

bool GetValue(const Call& call, Collection& out) {
  if (call.input.size() == 1 && HasPrimitiveValue(call.input.front())) {
    out.Add(ToSystem(call.frame, call.input.front()));
  }
  return true;
}

// The address an item refers to: a Reference's, or a uri, url or canonical itself.
std::string_view AddressOf(const Item& item) {
  if (!item.is_node()) return item.kind() == ItemKind::kString ? item.text() : std::string_view();
  if (item.node().is_string()) return item.node().text();
  const json::Value* reference = item.node().Find("reference");
  return reference != nullptr && reference->is_string() ? reference->text() : std::string_view();
}

bool Resolve(const Call& call, Collection& out) {
  const auto& resolve = call.frame.context.hooks().resolve;
  for (const Item& item : call.input) {
    if (!call.frame.Step(call.position)) return false;
    const std::string_view address = AddressOf(item);
    if (address.empty()) continue;
    const json::Value* holder = item.is_node() && item.node().is_object() ? &item.node() : nullptr;
    const json::Value* target = call.frame.References().Find(address, holder);
    if (target == nullptr && resolve) target = resolve(address);
    if (target != nullptr) out.Add(Item::Node(*target, TypeOfRoot(call.frame.model, call.frame.types, *target)));
  }
  return true;
}

// Of any element but a narrative's div there is nothing to say (R4, htmlChecks).
bool HtmlChecks(const Call& call, Collection& out) {
  std::optional<Item> item;
  if (!call.Single(item)) return false;
  if (!item.has_value()) return true;
  const bool other = item->type() != kUnknownType && item->type() != call.frame.model.FindType("xhtml");
  const auto text = other ? std::nullopt : PlainText(call.frame, *item);
  if (text.has_value()) out.Add(Item::Boolean(IsAcceptableXhtml(*text)));
  return true;
}

// SQL on FHIR v2: the key a row is joined by; here Type/id, the same as getReferenceKey gives.
bool GetResourceKey(const Call& call, Collection& out) {
  for (const Item& item : call.input) {
    const json::Value* type = item.is_node() ? item.node().Find("resourceType") : nullptr;
    const json::Value* id = item.is_node() ? item.node().Find("id") : nullptr;
    if (type == nullptr || id == nullptr) continue;
    const std::string key = absl::StrCat(std::string(type->text()), "/", std::string(id->text()));
    if (!call.frame.AddText(call.position, key, out)) return false;
  }
  return true;
}

bool GetReferenceKey(const Call& call, Collection& out) {
  for (const Item& item : call.input) {
    const std::string_view address = AddressOf(item);
    const std::string_view plain = address.substr(0, address.find("/_history/"));
    const size_t id_at = plain.rfind('/');
    if (id_at == std::string_view::npos || id_at == 0 || id_at + 1 == plain.size()) continue;
    const size_t type_at = plain.rfind('/', id_at - 1);
    const size_t start = type_at == std::string_view::npos ? 0 : type_at + 1;
    if (call.type != nullptr && plain.substr(start, id_at - start) != call.type->name) continue;
    out.Add(Item::String(plain.substr(start)));
  }
  return true;
}

constexpr FunctionInfo kFunctions[] = {
    {"extension", Extension, 1, 1},
    {"hasValue", HasValue, 0, 0, ResultKind::kBoolean},
    {"getValue", GetValue, 0, 0},
    {"resolve", Resolve, 0, 0},
    {"htmlChecks", HtmlChecks, 0, 0, ResultKind::kBoolean},
    {"getResourceKey", GetResourceKey, 0, 0, ResultKind::kString},
    {"getReferenceKey", GetReferenceKey, 0, 1, ResultKind::kString, ArgumentKind::kType},
};

}  // namespace

std::span<const FunctionInfo> FhirFunctions() { return kFunctions; }

}  // namespace hjerte::fhirpath
