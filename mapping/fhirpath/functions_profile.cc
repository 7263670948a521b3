#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mapping/fhirpath/function.h"
#include "mapping/fhirpath/path_node.h"

namespace hjerte::fhirpath {

namespace {

// Without profiles loaded, only the definitions of FHIR itself can be answered.
std::optional<bool> ConformsToBase(const Frame& frame, const Item& item, std::string_view profile) {
  constexpr std::string_view kBase = "http://hl7.org/fhir/StructureDefinition/";
  if (!profile.starts_with(kBase) || !item.is_node()) return std::nullopt;
  const TypeId type = frame.model.FindType(profile.substr(kBase.size()));
  if (type == kUnknownType) return std::nullopt;
  return frame.model.IsA(item.type(), type);
}

bool ConformsTo(const Call& call, Collection& out) {
  std::optional<Item> item;
  std::optional<std::string_view> profile;
  if (!call.Single(item) || !call.TextArgument(0, profile)) return false;
  if (!item.has_value() || !profile.has_value()) return true;
  const auto& conforms_to = call.frame.context.hooks().conforms_to;
  std::optional<bool> answer = conforms_to ? conforms_to(*item, *profile) : std::nullopt;
  if (!answer.has_value()) answer = ConformsToBase(call.frame, *item, *profile);
  if (!answer.has_value()) return call.Fail("the profile is not loaded");
  out.Add(Item::Boolean(*answer));
  return true;
}

bool ElementDefinition(const Call& call, Collection& out) {
  const auto& hook = call.frame.context.hooks().element_definition;
  for (const Item& item : call.input) {
    if (!call.frame.Step(call.position)) return false;
    const json::Value* definition = hook ? hook(item) : nullptr;
    if (definition == nullptr) return call.Fail("the element's definition is not loaded");
    out.Add(Item::Node(*definition, call.frame.model.FindType("ElementDefinition")));
  }
  return true;
}

bool Slice(const Call& call, Collection& out) {
  std::optional<std::string_view> structure, name;
  if (!call.TextArgument(0, structure) || !call.TextArgument(1, name)) return false;
  if (!structure.has_value() || !name.has_value()) return true;
  const auto& hook = call.frame.context.hooks().in_slice;
  for (const Item& item : call.input) {
    if (!call.frame.Step(call.position)) return false;
    const std::optional<bool> inside = hook ? hook(item, *structure, *name) : std::nullopt;
    if (!inside.has_value()) return call.Fail("the structure or its slice is not loaded");
    if (*inside) out.Add(item);
  }
  return true;
}

// Gives the input back if it has no modifier extension but the named ones; any other is an error (R4).
bool CheckModifiers(const Call& call, Collection& out) {
  std::vector<std::string_view> known;
  for (size_t i = 0; i < call.argument_count(); ++i) {
    std::optional<std::string_view> url;
    if (!call.TextArgument(i, url)) return false;
    if (url.has_value()) known.push_back(*url);
  }
  for (const Item& item : call.input) {
    Collection modifiers;
    if (!AppendMembers(call.frame, call.position, item, "modifierExtension", modifiers)) return false;
    for (const Item& modifier : modifiers) {
      const json::Value* url = modifier.is_node() ? modifier.node().Find("url") : nullptr;
      const std::string_view name = url != nullptr ? url->text() : std::string_view();
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        return call.Fail(absl::StrCat("an element carries the modifier extension ", std::string(name)));
      }
    }
  }
  out.Append(call.input);
  return true;
}

constexpr FunctionInfo kFunctions[] = {
    {"conformsTo", ConformsTo, 1, 1, ResultKind::kBoolean},
    {"elementDefinition", ElementDefinition, 0, 0},
    {"slice", Slice, 2, 2, ResultKind::kSameAsInput},
    {"checkModifiers", CheckModifiers, 0, 32, ResultKind::kSameAsInput},
};

}  // namespace

std::span<const FunctionInfo> ProfileFunctions() { return kFunctions; }

}  // namespace hjerte::fhirpath
