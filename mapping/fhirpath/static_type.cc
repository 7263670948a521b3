#include "mapping/fhirpath/static_type.h"

#include "absl/strings/str_cat.h"

namespace hjerte::fhirpath {

namespace {

bool IsNumber(ItemKind kind) {
  return kind == ItemKind::kInteger || kind == ItemKind::kLong || kind == ItemKind::kDecimal;
}

bool IsDay(ItemKind kind) { return kind == ItemKind::kDate || kind == ItemKind::kDateTime; }

bool IsCalendar(ItemKind kind) { return IsDay(kind) || kind == ItemKind::kTime; }

StaticType OfElement(const Element& element) {
  StaticType type;
  if (!element.choices.empty()) {
    type.kind = StaticType::Kind::kChoice;
    type.choice = &element;
  } else if (element.type != kUnknownType) {
    type = StaticType::Model(element.type);
  }
  return type;
}

StaticType MemberOfChoice(const TypeModel& model, const Element& choice, const std::string& name, bool& missing) {
  const Element* only = nullptr;
  size_t found = 0;
  bool open = false;
  for (const Choice& each : choice.choices) {
    open = open || !model.IsClosed(each.type);
    if (const Element* element = model.FindElement(each.type, name)) {
      only = element;
      ++found;
    }
  }
  missing = found == 0 && !open;
  StaticType type = found == 1 ? OfElement(*only) : StaticType();
  type.certain = false;
  return type;
}

}  // namespace

StaticType StaticType::System(ItemKind kind) {
  StaticType type;
  type.kind = Kind::kSystem;
  type.system = kind;
  return type;
}

StaticType StaticType::Model(TypeId id) {
  StaticType type;
  type.kind = id == kUnknownType ? Kind::kUnknown : Kind::kModel;
  type.type = id;
  return type;
}

std::optional<ItemKind> StaticType::SystemKindIn(const TypeModel& model) const {
  if (!certain) return std::nullopt;
  if (kind == Kind::kSystem) return system;
  if (kind == Kind::kModel) return model.Primitive(type);
  return std::nullopt;
}

StaticType MemberOf(const TypeModel& model, const StaticType& owner, const std::string& name, bool& missing,
                    std::string& hint) {
  StaticType type;
  if (owner.kind == StaticType::Kind::kChoice) {
    type = MemberOfChoice(model, *owner.choice, name, missing);
  } else if (owner.kind == StaticType::Kind::kModel) {
    if (const Element* element = model.FindElement(owner.type, name)) {
      type = OfElement(*element);
    } else if (const auto primitive = model.Primitive(owner.type); primitive.has_value() && name == "value") {
      type = StaticType::System(*primitive);
    } else {
      missing = model.IsClosed(owner.type);
      const Choice* choice = nullptr;
      const Element* element_of_choice = model.FindChoice(owner.type, name, &choice);
      if (element_of_choice != nullptr) {
        hint = absl::StrCat("; write ", std::string(element_of_choice->name), ".ofType(",
                            std::string(model.Name(choice->type)), ")");
      }
    }
    type.certain = owner.certain && type.kind != StaticType::Kind::kUnknown;
  }
  type.unordered = owner.unordered;
  if (owner.path.has_value()) type.path = owner.path->empty() ? name : absl::StrCat(*owner.path, ".", name);
  return type;
}

bool CanCompare(ItemKind left, ItemKind right) {
  if (left == right) return true;
  if (IsNumber(left) && IsNumber(right)) return true;
  if (IsDay(left) && IsDay(right)) return true;
  return (left == ItemKind::kQuantity && IsNumber(right)) || (right == ItemKind::kQuantity && IsNumber(left));
}

bool CanAdd(ItemKind left, ItemKind right) {
  if (IsCalendar(left)) return right == ItemKind::kQuantity;
  if (left == ItemKind::kBoolean || right == ItemKind::kBoolean) return false;
  return CanCompare(left, right);
}

}  // namespace hjerte::fhirpath
