#include "mapping/fhirpath/path_node.h"

#include <algorithm>

#include "mapping/fhirpath/convert.h"

namespace hjerte::fhirpath {

namespace {

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

// Resource is only what the definitions say; which one it is, the document says.
TypeId Refine(const Frame& frame, TypeId type, const json::Value& value) {
  if (type != frame.types.resource || type == kUnknownType || !value.is_object()) return type;
  return TypeOfRoot(frame.model, frame.types, value);
}

// The type a choice's suffix names: Quantity, and dateTime for DateTime.
TypeId TypeOfSuffix(const TypeModel& model, std::string_view suffix) {
  if (suffix.empty() || !IsUpper(suffix.front())) return kUnknownType;
  if (const TypeId type = model.FindType(suffix)) return type;
  std::string lower(suffix);
  lower.front() = static_cast<char>(lower.front() - 'A' + 'a');
  return model.FindType(lower);
}

const json::Value* SiblingAt(const json::Value* sibling, size_t index) {
  if (sibling == nullptr || index >= sibling->size() || !sibling->is_array()) return nullptr;
  const json::Value& element = sibling->elements()[index];
  return element.is_null() ? nullptr : &element;
}

// Calls `emit(value, sibling)` for each value of a member: each element of an array, with what stands beside it.
template <typename Emit>
bool ForEachValue(const json::Paired& found, Emit emit) {
  static constexpr json::Value kNoValue;
  const bool many =
      (found.value != nullptr && found.value->is_array()) || (found.sibling != nullptr && found.sibling->is_array());
  if (!many) {
    if (found.value == nullptr && found.sibling == nullptr) return true;
    if (found.value != nullptr && found.value->is_null() && found.sibling == nullptr) return true;
    return emit(found.value != nullptr ? *found.value : kNoValue, found.sibling);
  }
  const size_t count =
      std::max(found.value != nullptr ? found.value->size() : 0, found.sibling != nullptr ? found.sibling->size() : 0);
  for (size_t i = 0; i < count; ++i) {
    const bool present = found.value != nullptr && i < found.value->elements().size();
    const json::Value& value = present ? found.value->elements()[i] : kNoValue;
    const json::Value* sibling = SiblingAt(found.sibling, i);
    if (value.is_null() && sibling == nullptr) continue;
    if (!emit(value, sibling)) return false;
  }
  return true;
}

// The object an item's members are in: its own, or what stands beside a primitive.
const json::Value* MembersOf(const Item& item) {
  if (!item.is_node()) return nullptr;
  if (item.node().is_object()) return &item.node();
  return item.sibling() != nullptr && item.sibling()->is_object() ? item.sibling() : nullptr;
}

// `value` of a primitive, which R4's definitions give it; of one of no known type, where the caller asked for what JSON
// has (EvaluationContext::set_json_members).
bool IsOwnValue(const Frame& frame, const Item& item, std::string_view name) {
  if (name != "value" || !item.is_node()) return false;
  if (!frame.context.json_members() && !frame.model.Primitive(item.type()).has_value()) return false;
  const json::Value& value = item.node();
  return value.is_string() || value.is_number() || value.is_bool();
}

TypeId ElementType(const Frame& frame, const Item& item, std::string_view name) {
  if (item.type() == kUnknownType) return kUnknownType;
  const Element* element = frame.model.FindElement(item.type(), name);
  if (element != nullptr && element->type != kUnknownType) return element->type;
  return name == "extension" || name == "modifierExtension" ? frame.types.extension : frame.types.element;
}

// A Quantity made by the expression has the members FHIR's has.
bool QuantityMember(Frame& frame, const Quantity& quantity, std::string_view name, Collection& out) {
  if (name == "value") out.Add(Item::Number(quantity.value));
  if (name == "unit" || name == "code") out.Add(Item::String(frame.arena.CopyText(quantity.unit)));
  if (name == "system" && !quantity.calendar) out.Add(Item::String("http://unitsofmeasure.org"));
  return true;
}

}  // namespace

TypeId TypeOfRoot(const TypeModel& model, const KnownTypes& types, const json::Value& root) {
  const json::Value* name = root.Find("resourceType");
  if (name == nullptr || !name->is_string()) return kUnknownType;
  const TypeId type = model.FindType(name->text());
  return type != kUnknownType ? type : types.resource;
}

bool PathNode::Evaluate(Frame& frame, Collection& out) const {
  if (source_ == nullptr) {
    for (size_t i = 0; i < frame.focus_count; ++i) {
      if (!Walk(frame, 0, frame.focus[i], out)) return false;
    }
    return true;
  }
  Collection source;
  if (!source_->Evaluate(frame, source)) return false;
  for (const Item& item : source) {
    if (!Walk(frame, 0, item, out)) return false;
  }
  return true;
}

Tri PathNode::Test(Frame& frame) const {
  Collection values;
  if (!Evaluate(frame, values)) return Tri::kError;
  return Singleton(frame, position(), values);
}

const std::string* PathNode::MemberOfFocus() const {
  const bool plain = source_ == nullptr && steps_.size() == 1 && !steps_[0].filter.has_value();
  return plain ? &steps_[0].name : nullptr;
}

TextFound FindText(const Frame& frame, std::string_view member, std::string_view& text) {
  if (frame.focus_count != 1 || !frame.focus->is_node()) return TextFound::kOther;
  const Item& item = *frame.focus;
  if (item.type() != kUnknownType || !item.node().is_object()) return TextFound::kOther;
  const json::Paired found = item.node().FindBoth(member);
  if (found.sibling != nullptr) return TextFound::kOther;
  if (found.value == nullptr) return TextFound::kAbsent;
  if (!found.value->is_string()) return TextFound::kOther;
  text = found.value->text();
  return TextFound::kText;
}

bool PathNode::Walk(Frame& frame, size_t step, const Item& item, Collection& out) const {
  if (step == steps_.size()) {
    out.Add(item);
    return out.size() < 1024 || frame.CheckSize(position(), out);
  }
  const PathStep& current = steps_[step];
  if (!frame.Step(current.position)) return false;
  if (current.filter.has_value()) {
    return !IsOfType(frame, item, *current.filter, current.exact) || Walk(frame, step + 1, item, out);
  }
  if (current.may_be_type && item.is_node() && item.type() != kUnknownType) {
    if (item.type() == current.owner) return Walk(frame, step + 1, item, out);
    const TypeId named = frame.model.FindType(current.name);
    if (named != kUnknownType && frame.model.IsA(item.type(), named)) return Walk(frame, step + 1, item, out);
    const json::Value* type = item.node().Find("resourceType");
    if (type != nullptr && type->text() == current.name) return Walk(frame, step + 1, item, out);
  }
  return WalkMember(frame, step, item, out);
}

bool PathNode::WalkMember(Frame& frame, size_t step, const Item& item, Collection& out) const {
  const PathStep& current = steps_[step];
  if (!item.is_node()) {
    Collection members;
    if (!AppendMembers(frame, current.position, item, current.name, members)) return false;
    for (const Item& member : members) {
      if (!Walk(frame, step + 1, member, out)) return false;
    }
    return true;
  }
  if (IsOwnValue(frame, item, current.name)) {
    const bool typed = !frame.context.json_members();
    return Walk(frame, step + 1, typed ? ToSystem(frame, item) : Item::Node(item.node(), item.type()), out);
  }
  const json::Value* object = MembersOf(item);
  if (object == nullptr) return true;
  const Element* element = current.element;
  if (item.type() != current.owner || element == nullptr) {
    element = item.type() == kUnknownType ? nullptr : frame.model.FindElement(item.type(), current.name);
  }
  if (element == nullptr && item.type() == kUnknownType) {
    const json::Paired found = object->FindBoth(current.name);
    return WalkFound(frame, step, kUnknownType, found.value, found.sibling, out);
  }
  if (element == nullptr) return WalkUntyped(frame, step, item, out);
  if (!element->choices.empty()) return WalkChoice(frame, step, *element, *object, out);
  const json::Paired found = object->FindBoth(current.name);
  return WalkFound(frame, step, element->type, found.value, found.sibling, out);
}

bool PathNode::WalkFound(Frame& frame, size_t step, TypeId type, const json::Value* value, const json::Value* sibling,
                         Collection& out) const {
  // One plain value is by far the most common.
  if (value != nullptr && !value->is_array() && sibling == nullptr && !value->is_null()) {
    return Walk(frame, step + 1, Item::Node(*value, Refine(frame, type, *value)), out);
  }
  if (value != nullptr && step + 1 == steps_.size()) out.Reserve(out.size() + value->size());
  return ForEachValue(json::Paired{value, sibling}, [&](const json::Value& each, const json::Value* beside) {
    return frame.Step(steps_[step].position) &&
           Walk(frame, step + 1, Item::Node(each, Refine(frame, type, each), beside), out);
  });
}

bool PathNode::WalkChoice(Frame& frame, size_t step, const Element& element, const json::Value& object,
                          Collection& out) const {
  // `value.ofType(Quantity)` can only be valueQuantity where that is there.
  const PathStep* next = step + 1 < steps_.size() ? &steps_[step + 1] : nullptr;
  if (next != nullptr && next->filter.has_value() && next->filter->type != kUnknownType) {
    for (const Choice& choice : element.choices) {
      if (choice.type != next->filter->type) continue;
      const json::Paired found = object.FindBoth(choice.member);
      if (found.value == nullptr) break;
      return WalkFound(frame, step, choice.type, found.value, found.sibling, out);
    }
  }
  const std::string_view name = element.name;
  for (const json::Member& member : object.members()) {
    const bool beside = member.name.starts_with('_');
    const std::string_view plain = beside ? member.name.substr(1) : member.name;
    if (plain.size() <= name.size() || !IsUpper(plain[name.size()]) || plain.substr(0, name.size()) != name) continue;
    for (const Choice& choice : element.choices) {
      if (choice.member != plain) continue;
      // What stands beside a value is found with it.
      if (beside && object.Find(plain) != nullptr) break;
      const json::Value* sibling = beside ? &member.value : object.FindBeside(plain);
      return WalkFound(frame, step, choice.type, beside ? nullptr : &member.value, sibling, out);
    }
  }
  return true;
}

bool PathNode::WalkUntyped(Frame& frame, size_t step, const Item& item, Collection& out) const {
  const PathStep& current = steps_[step];
  Collection members;
  if (!AppendMembers(frame, current.position, item, current.name, members)) return false;
  for (const Item& member : members) {
    if (!Walk(frame, step + 1, member, out)) return false;
  }
  return true;
}

bool AppendMembers(Frame& frame, Position position, const Item& item, std::string_view name, Collection& out) {
  if (item.kind() == ItemKind::kQuantity) return QuantityMember(frame, item.quantity(), name, out);
  if (item.kind() == ItemKind::kTypeInfo) {
    if (name == "name") out.Add(Item::String(item.type_info().name));
    if (name == "namespace") out.Add(Item::String(item.type_info().space));
    if (name == "baseType" && !item.type_info().base.empty()) out.Add(Item::String(item.type_info().base));
    return true;
  }
  const json::Value* object = MembersOf(item);
  if (object == nullptr) return true;
  const auto emit_as = [&](TypeId type) {
    return [&frame, &out, position, type](const json::Value& value, const json::Value* sibling) {
      out.Add(Item::Node(value, Refine(frame, type, value), sibling));
      return frame.Step(position);
    };
  };
  // resourceType is how JSON writes the type, not an element.
  if (item.type() == kUnknownType) return ForEachValue(object->FindBoth(name), emit_as(kUnknownType));
  const Element* element = frame.model.FindElement(item.type(), name);
  if (element != nullptr && element->choices.empty())
    return ForEachValue(object->FindBoth(name), emit_as(element->type));
  const Choice* spelled = nullptr;
  if (element == nullptr && frame.context.json_members() &&
      frame.model.FindChoice(item.type(), name, &spelled) != nullptr) {
    return ForEachValue(object->FindBoth(name), emit_as(spelled->type));
  }
  if (element != nullptr || !frame.model.IsClosed(item.type())) {
    const json::Paired exact = object->FindBoth(name);
    if (element == nullptr && (exact.value != nullptr || exact.sibling != nullptr)) {
      return ForEachValue(exact, emit_as(ElementType(frame, item, name)));
    }
    for (const json::Member& member : object->members()) {
      if (member.name.size() <= name.size() || !member.name.starts_with(name)) continue;
      const TypeId type = TypeOfSuffix(frame.model, member.name.substr(name.size()));
      if (type != kUnknownType) return ForEachValue(object->FindBoth(member.name), emit_as(type));
    }
  }
  return true;
}

namespace {

// The element a member of JSON belongs to, and the type it has there.
TypeId TypeOfMember(const Frame& frame, TypeId owner, std::string_view name) {
  if (owner == kUnknownType) return kUnknownType;
  if (const Element* element = frame.model.FindElement(owner, name)) return element->type;
  const Choice* choice = nullptr;
  if (frame.model.FindChoice(owner, name, &choice) != nullptr) return choice->type;
  if (name == "extension") return frame.types.extension;
  return frame.types.element;
}

}  // namespace

Item MemberNode(const Frame& frame, const Item& owner, std::string_view name, const json::Value& value) {
  return Item::Node(value, Refine(frame, TypeOfMember(frame, owner.type(), name), value));
}

bool AppendChildren(Frame& frame, Position position, const Item& item, Collection& out) {
  if (item.kind() == ItemKind::kQuantity) {
    for (const std::string_view name : {"value", "unit"}) {
      if (!AppendMembers(frame, position, item, name, out)) return false;
    }
    return true;
  }
  const json::Value* object = MembersOf(item);
  if (object == nullptr) return true;
  const bool fhir = item.type() != kUnknownType;
  const bool has_siblings =
      fhir && std::any_of(object->members().begin(), object->members().end(),
                          [](const json::Member& member) { return member.name.starts_with('_'); });
  for (const json::Member& member : object->members()) {
    // With siblings each member looks through the others; that is counted, so that wide objects end at the limit.
    if (!frame.Step(position, has_siblings ? object->size() : 1)) return false;
    if (fhir && member.name == "resourceType") continue;
    const bool beside = fhir && member.name.starts_with('_');
    const std::string_view name = beside ? member.name.substr(1) : member.name;
    if (beside && object->Find(name) != nullptr) continue;
    const TypeId type = TypeOfMember(frame, item.type(), name);
    const json::Paired found = beside ? json::Paired{nullptr, &member.value}
                                      : json::Paired{&member.value, has_siblings ? object->FindBeside(name) : nullptr};
    const bool ok = ForEachValue(found, [&](const json::Value& value, const json::Value* sibling) {
      out.Add(Item::Node(value, Refine(frame, type, value), sibling));
      return frame.Step(position);
    });
    if (!ok || !frame.CheckSize(position, out)) return false;
  }
  return true;
}

}  // namespace hjerte::fhirpath
