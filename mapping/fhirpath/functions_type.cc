#include <new>
#include <string>

#include "absl/strings/str_cat.h"
#include "mapping/fhirpath/convert.h"
#include "mapping/fhirpath/function.h"

namespace hjerte::fhirpath {

namespace {

// A misspelt type would silently give nothing.
bool CheckKnown(const Call& call) {
  if (call.type->known() || call.type->space == "System" || !call.frame.model.IsComplete()) return true;
  return call.Fail("there is no type of that name");
}

bool Is(const Call& call, Collection& out) {
  std::optional<Item> item;
  if (!CheckKnown(call) || !call.Single(item)) return false;
  if (item.has_value()) out.Add(Item::Boolean(IsOfType(call.frame, *item, *call.type, /*exact=*/false)));
  return true;
}

bool As(const Call& call, Collection& out) {
  std::optional<Item> item;
  if (!CheckKnown(call) || !call.Single(item)) return false;
  if (item.has_value()) AddAs(call.frame, *item, *call.type, out);
  return true;
}

bool OfType(const Call& call, Collection& out) {
  if (!CheckKnown(call)) return false;
  for (const Item& item : call.input) {
    if (!call.frame.Step(call.position)) return false;
    if (IsOfType(call.frame, item, *call.type, /*exact=*/true)) out.Add(item);
  }
  return true;
}

constexpr std::string_view kAny = "System.Any";

TypeInfo InfoOfModelType(const Frame& frame, TypeId type) {
  // What a definition nests has no name of its own: it is a BackboneElement or an Element.
  if (frame.model.Name(type).find('.') != std::string_view::npos) type = frame.model.Base(type);
  TypeInfo info{frame.model.space(), frame.model.Name(type), kAny};
  if (const TypeId base = frame.model.Base(type); base != kUnknownType) {
    const std::string name = absl::StrCat(std::string(info.space), ".", std::string(frame.model.Name(base)));
    info.base = frame.arena.CopyText(name);
  }
  return info;
}

TypeInfo InfoOf(const Frame& frame, const Item& item) {
  if (item.kind() == ItemKind::kTypeInfo) return {"System", "TypeInfo", kAny};
  if (!item.is_node()) return {"System", SystemName(item.kind()), kAny};
  if (item.type() != kUnknownType && item.type() != frame.types.element) return InfoOfModelType(frame, item.type());
  const auto kind = ScalarKind(item.node());
  if (kind.has_value()) return {"System", SystemName(*kind), kAny};
  const json::Value* type = item.node().Find("resourceType");
  if (type != nullptr && type->is_string()) return {frame.model.space(), type->text(), ""};
  return {"", "", ""};
}

bool Type(const Call& call, Collection& out) {
  for (const Item& item : call.input) {
    if (!call.frame.Step(call.position)) return false;
    // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the arena owns it
    auto* info = new (call.frame.arena.Allocate(sizeof(TypeInfo))) TypeInfo(InfoOf(call.frame, item));
    out.Add(Item::TypeOf(info));
  }
  return true;
}

constexpr FunctionInfo kFunctions[] = {
    {"is", Is, 1, 1, ResultKind::kBoolean, ArgumentKind::kType},
    {"as", As, 1, 1, ResultKind::kUnknown, ArgumentKind::kType},
    {"ofType", OfType, 1, 1, ResultKind::kUnknown, ArgumentKind::kType},
    {"type", Type, 0, 0},
};

}  // namespace

std::span<const FunctionInfo> TypeFunctions() { return kFunctions; }

}  // namespace hjerte::fhirpath
