#include "mapping/structuremap/target_writer.h"

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mapping/structuremap/values.h"

namespace hjerte::structuremap {
namespace {

using fhirpath::Item;
using fhirpath::kUnknownType;
using fhirpath::TypeId;
using json::Value;

bool WantsOne(const Target* target) {
  if (target == nullptr) return false;
  for (const Target::ListMode mode : target->list_modes) {
    if (mode == Target::ListMode::kSingle || mode == Target::ListMode::kCollate) return true;
  }
  return false;
}

bool HasMode(const Target* target, Target::ListMode wanted) {
  if (target == nullptr) return false;
  for (const Target::ListMode mode : target->list_modes) {
    if (mode == wanted) return true;
  }
  return false;
}

bool IsContainer(const Value& value) { return value.is_object() || value.is_array(); }
bool IsEmpty(const Value& value) { return IsContainer(value) && value.size() == 0; }

// What FHIR's JSON writes beside a primitive, its id and extensions; null for none.
const Value* BesideOf(const Item& item) {
  const Value* sibling = item.is_node() ? item.sibling() : nullptr;
  return sibling != nullptr && sibling->is_object() ? sibling : nullptr;
}

bool HasEmpty(const Value& value) {
  if (value.is_null() || IsEmpty(value)) return true;
  for (const Value& element : value.elements()) {
    if (HasEmpty(element)) return true;
  }
  for (const json::Member& member : value.members()) {
    if (HasEmpty(member.value)) return true;
  }
  return false;
}

// The type a value of another one stands for where a choice does not have its own (FHIRPath's implicit conversions).
std::string_view BaseOf(std::string_view type) {
  if (type == "date" || type == "instant") return "dateTime";
  if (type == "positiveInt" || type == "unsignedInt") return "integer";
  for (const std::string_view text : {"code", "id", "uri", "url", "canonical", "oid", "uuid", "markdown"}) {
    if (type == text) return "string";
  }
  return {};
}

}  // namespace

TargetNode* TargetWriter::NewNode() { return std::construct_at(arena_.AllocateArray<TargetNode>(1)); }

TargetNode* TargetWriter::New(TypeId type, std::string_view type_name, bool lenient, const PathNode* path) {
  TargetNode* node = NewNode();
  node->type = type;
  node->lenient = lenient;
  node->path = path;
  if (model_ != nullptr && type != kUnknownType && model_->Primitive(type).has_value()) return node;
  node->object = Value::Object(arena_);
  ++empty_;
  const bool resource = model_ != nullptr && type != kUnknownType && model_->IsA(type, resource_type_);
  if (resource) Add(*node, "resourceType", Value::String(arena_.CopyText(type_name)));
  return node;
}

absl::Status TargetWriter::Count(uint64_t elements) {
  written_ += elements;
  if (written_ <= max_output_) return absl::OkStatus();
  return absl::ResourceExhaustedError("more elements than the limit allows were written");
}

void TargetWriter::SetType(Place& place, TypeId type) const {
  place.type = type;
  if (model_ == nullptr || type == kUnknownType) return;
  place.type_name = model_->Name(type);
  place.primitive = model_->Primitive(type).has_value();
  if (place.primitive) place.form = FormOf(place.type_name);
}

const TargetWriter::Place* TargetWriter::Keep(const Place& place) {
  return new (arena_.AllocateArray<Place>(1)) Place(place);
}

absl::StatusOr<const TargetWriter::Place*> TargetWriter::Find(const TargetNode& node, ElementStep& step) {
  if (step.place != nullptr && step.type == node.type && step.lenient == node.lenient) return step.place;
  absl::StatusOr<Place> place = Describe(node, step.name);
  if (!place.ok()) return place.status();
  step = ElementStep{step.name, node.type, node.lenient, Keep(*place), {}, nullptr};
  return step.place;
}

absl::StatusOr<TargetWriter::Place> TargetWriter::Describe(const TargetNode& node, std::string_view name) const {
  Place place;
  place.member = name;
  place.name = name;
  if (model_ == nullptr || node.type == kUnknownType) return place;
  const fhirpath::Element* element = model_->FindElement(node.type, name);
  if (element != nullptr) {
    place.known = true;
    place.list = element->list;
    if (element->choices.size() == 1) {
      place.member = element->choices[0].member;
      SetType(place, element->choices[0].type);
    } else {
      place.choices = element->choices;
      SetType(place, element->type);
    }
    return place;
  }
  const fhirpath::Choice* choice = nullptr;
  if (const fhirpath::Element* base = model_->FindChoice(node.type, name, &choice); base != nullptr) {
    place.known = true;
    place.name = base->name;
    SetType(place, choice->type);
    return place;
  }
  if (node.lenient || !model_->IsClosed(node.type)) return place;
  return absl::InvalidArgumentError(absl::StrCat("'", std::string(name), "' is no element of ",
                                                 std::string(model_->Name(node.type)), ", expected one that is"));
}

absl::StatusOr<const TargetWriter::Place*> TargetWriter::Choose(const Place* place, std::string_view type,
                                                                ElementStep& step) {
  if (place->choices.empty()) return place;
  if (step.chosen != nullptr && step.chosen_type == type) return step.chosen;
  for (const std::string_view wanted : {type, BaseOf(type)}) {
    for (const fhirpath::Choice& choice : place->choices) {
      if (wanted.empty() || model_->Name(choice.type) != wanted) continue;
      Place chosen = *place;
      chosen.member = choice.member;
      chosen.choices = {};
      SetType(chosen, choice.type);
      const TypeId given = model_->FindType(type);
      step.chosen_type = model_->Name(given != kUnknownType ? given : choice.type);
      step.chosen = Keep(chosen);
      return step.chosen;
    }
  }
  std::string expected;
  for (const fhirpath::Choice& choice : place->choices.first(std::min<size_t>(place->choices.size(), 12))) {
    absl::StrAppend(&expected, expected.empty() ? "" : ", ", std::string(model_->Name(choice.type)));
  }
  return absl::InvalidArgumentError(absl::StrCat("'", std::string(place->name), "' cannot hold ",
                                                 type.empty() ? "a value of unknown type" : "a ", std::string(type),
                                                 ", expected create() or cast() to one of: ", expected));
}

const PathNode* TargetWriter::Path(const TargetNode& node, const Place& place, int64_t index) {
  return new (arena_.AllocateArray<PathNode>(1)) PathNode{node.path, place.name, index};
}

absl::StatusOr<TargetNode*> TargetWriter::Make(TargetNode& node, ElementStep& step, const Target* target) {
  if (node.is_primitive()) {
    absl::StatusOr<TargetNode*> sibling = SiblingOf(node);
    if (!sibling.ok()) return sibling;
    return Make(**sibling, step, target);
  }
  absl::StatusOr<const Place*> found = Find(node, step);
  if (found.ok()) found = Choose(*found, "", step);
  if (!found.ok()) return found.status();
  const Place& place = **found;
  if (place.primitive) {
    TargetNode* slot = NewNode();
    slot->type = place.type;
    slot->parent = &node;
    slot->member = place.member;
    slot->list = place.list;
    slot->path = Path(node, place, -1);
    return slot;
  }
  const Value* present = node.object.Find(place.member);
  const bool keep = (place.known && !place.list) || WantsOne(target);
  if (keep && present != nullptr) {
    const bool list = present->is_array() && present->size() > 0;
    const Value object = list ? present->elements()[0] : *present;
    if (object.is_object()) {
      TargetNode* same = NewNode();
      same->lenient = node.lenient;
      same->path = Path(node, place, list ? 0 : -1);
      same->object = object;
      same->type = TypeOfNode(object, place.type, model_);
      return same;
    }
  }
  const bool lenient = node.lenient || place.type == kUnknownType;
  TargetNode* made = New(kUnknownType, "", lenient, nullptr);
  made->type = place.type;
  absl::StatusOr<int64_t> index = Put(node, place, made->object, target);
  if (!index.ok()) return index.status();
  made->path = Path(node, place, *index);
  return made;
}

absl::StatusOr<TargetNode*> TargetWriter::Set(TargetNode& node, ElementStep& step, const MadeValue& value,
                                              const Target* target, bool wanted) {
  if (node.is_primitive()) {
    if (step.name == "value") {
      if (absl::Status status = Assign(node, value); !status.ok()) return status;
      return &node;
    }
    absl::StatusOr<TargetNode*> sibling = SiblingOf(node);
    if (!sibling.ok()) return sibling;
    return Set(**sibling, step, value, target, wanted);
  }
  absl::StatusOr<const Place*> found = Find(node, step);
  if (found.ok()) found = Choose(*found, value.type, step);
  if (!found.ok()) return found.status();
  const Place& place = **found;
  if (value.node != nullptr && value.node->object.is_null()) {  // create('string'): the value comes later
    ElementStep spelled;
    spelled.name = place.member;
    return Make(node, spelled, target);
  }
  const Value* beside = place.primitive && value.node == nullptr ? BesideOf(value.item) : nullptr;
  absl::StatusOr<Value> fitted = Value::Null();
  if (value.node != nullptr) {
    fitted = value.node->object;
  } else if (beside == nullptr || !value.item.node().is_null()) {
    fitted = Fit(place, value);
  }
  if (!fitted.ok()) return fitted.status();
  if (value.node == nullptr) untidy_ = untidy_ || HasEmpty(*fitted);
  absl::StatusOr<int64_t> index = Put(node, place, *fitted, target);
  if (!index.ok()) return index.status();
  TargetNode* written = value.node;
  if (written == nullptr && !wanted && beside == nullptr) return written;
  if (written == nullptr) {
    written = NewNode();
    written->type = place.type != kUnknownType ? TypeOfNode(*fitted, place.type, model_)
                    : model_ != nullptr        ? model_->FindType(value.type)
                                               : kUnknownType;
    written->lenient = node.lenient || written->type == kUnknownType;
    if (fitted->is_object()) {
      written->object = *fitted;
    } else {
      written->parent = &node;
      written->member = place.member;
      written->list = *index >= 0;
      written->index = *index;
    }
  }
  written->path = Path(node, place, *index);
  if (beside != nullptr) {
    if (absl::Status status = CopyBeside(*written, *beside); !status.ok()) return status;
  }
  return written;
}

absl::StatusOr<Value> TargetWriter::Fit(const Place& place, const MadeValue& value) {
  if (place.type == kUnknownType || model_ == nullptr) {
    return value.fresh ? value.item.node() : CopyToJson(value.item, arena_);
  }
  if (place.primitive) {
    absl::StatusOr<Value> fitted =
        AssignPrimitive(value.item, {place.type_name, place.form}, value.lasting || value.fresh, arena_);
    if (fitted.ok()) return fitted;
    return absl::InvalidArgumentError(
        absl::StrCat("'", std::string(place.name), "': ", std::string(fitted.status().message())));
  }
  if (!IsPrimitive(value.item)) {
    const bool same = value.type.empty() || value.type == place.type_name;
    const TypeId type = same ? place.type : model_->FindType(value.type);
    if (same || type == kUnknownType || model_->IsA(type, place.type) || model_->IsA(place.type, type)) {
      return value.fresh ? value.item.node() : CopyToJson(value.item, arena_);
    }
  }
  absl::StatusOr<Value> fitted = FitComplex(place.type_name, value);
  if (fitted.ok()) return fitted;
  return absl::InvalidArgumentError(
      absl::StrCat("'", std::string(place.name), "': ", std::string(fitted.status().message())));
}

// The conversions FHIR engines make of themselves: a Coding is a CodeableConcept's only coding, a text its text, a
// Reference's reference, or the whole of what only has a value.
absl::StatusOr<Value> TargetWriter::FitComplex(std::string_view type, const MadeValue& value) {
  Value object = Value::Object(arena_);
  if (type == "CodeableConcept" && value.type == "Coding") {
    Value codings = Value::Array(arena_);
    codings.Append(arena_, value.fresh ? value.item.node() : CopyToJson(value.item, arena_));
    object.Add(arena_, "coding", codings);
    return object;
  }
  if (IsPrimitive(value.item)) {
    const std::string text = *TextOf(value.item);
    const char* member = type == "CodeableConcept" ? "text"
                         : type == "Reference"     ? "reference"
                         : type == "Annotation"    ? "text"
                         : type == "HumanName"     ? "text"
                         : type == "Address"       ? "text"
                         : type == "Coding"        ? "code"
                                                   : nullptr;
    if (member != nullptr) {
      object.Add(arena_, member, Value::String(arena_.CopyText(text)));
      return object;
    }
  }
  return absl::InvalidArgumentError(absl::StrCat(value.type.empty() ? "a value" : "a ", std::string(value.type),
                                                 " where a ", std::string(type), " was expected"));
}

absl::Status TargetWriter::Insert(Value list, Value value, const Target* target, size_t& index) {
  const bool first = HasMode(target, Target::ListMode::kFirst);
  const bool last = HasMode(target, Target::ListMode::kLast);
  list.Append(arena_, value);
  index = list.size() - 1;
  if (!first && !last && orders_.empty()) return absl::OkStatus();
  Order& order = orders_[list.identity()];
  if (last) {
    if (order.last != nullptr && order.last != target) {
      return absl::InvalidArgumentError("two rules write the last element of one list, expected one");
    }
    order.last = target;
    ++order.last_count;
    return absl::OkStatus();
  }
  if (first && order.first != nullptr && order.first != target) {
    return absl::InvalidArgumentError("two rules write the first element of one list, expected one");
  }
  size_t place = list.size() - 1 - order.last_count;
  if (first) {
    order.first = target;
    place = order.first_count++;
  }
  for (; index > place; --index) list.SetElement(index, list.elements()[index - 1]);
  list.SetElement(place, value);
  return absl::OkStatus();
}

absl::StatusOr<int64_t> TargetWriter::Put(TargetNode& node, const Place& place, Value value, const Target* target) {
  if (absl::Status status = Count(); !status.ok()) return status;
  if (!node.object.is_object()) return absl::InvalidArgumentError("a value without children cannot be given any");
  const Value* present = node.object.Find(place.member);
  const bool list = place.list || (present != nullptr && present->is_array());
  size_t index = 0;
  if (list) {
    if (present != nullptr && present->is_array()) {
      const Value elements = *present;
      if (absl::Status status = Insert(elements, value, target, index); !status.ok()) return status;
      return static_cast<int64_t>(index);
    }
    Value elements = Value::Array(arena_);
    if (absl::Status status = Insert(elements, value, target, index); !status.ok()) return status;
    if (present == nullptr) {
      Add(node, place.member, elements);
    } else {
      node.object.Set(arena_, place.member, elements);
    }
    return 0;
  }
  if (present == nullptr) {
    Add(node, place.member, value);
    return -1;
  }
  if (place.known || place.member == "resourceType") {
    node.object.Set(arena_, place.member, value);
    return -1;
  }
  // Nothing is known of this element, and it is there already: it is a list.
  Value elements = Value::Array(arena_);
  elements.Append(arena_, *present);
  if (absl::Status status = Insert(elements, value, target, index); !status.ok()) return status;
  node.object.Set(arena_, place.member, elements);
  return static_cast<int64_t>(index);
}

absl::Status TargetWriter::PutPrimitive(TargetNode& node, Value value) {
  if (absl::Status status = Count(); !status.ok()) return status;
  Value& object = node.parent->object;
  Fill(object);
  if (!node.list) {
    object.Set(arena_, node.member, value);
    return absl::OkStatus();
  }
  const Value* present = object.Find(node.member);
  Value list = present != nullptr && present->is_array() ? *present : Value::Array(arena_);
  if (node.index >= 0 && static_cast<size_t>(node.index) < list.size()) {
    list.SetElement(static_cast<size_t>(node.index), value);
  } else {
    node.index = static_cast<int64_t>(list.size());
    list.Append(arena_, value);
  }
  if (present == nullptr) object.Set(arena_, node.member, list);
  if (node.path != nullptr) {
    node.path = new (arena_.AllocateArray<PathNode>(1)) PathNode{node.path->parent, node.path->name, node.index};
  }
  return absl::OkStatus();
}

absl::Status TargetWriter::Assign(TargetNode& node, const MadeValue& value) {
  if (node.is_primitive()) {
    const std::string_view type = model_ != nullptr ? model_->Name(node.type) : std::string_view();
    absl::StatusOr<Value> fitted =
        AssignPrimitive(value.item, {type, FormOf(type)}, value.lasting || value.fresh, arena_);
    if (!fitted.ok()) return fitted.status();
    return PutPrimitive(node, *fitted);
  }
  const Value copy = value.node != nullptr ? value.node->object
                     : value.fresh         ? value.item.node()
                                           : CopyToJson(value.item, arena_);
  if (!copy.is_object() || !node.object.is_object()) {
    return absl::InvalidArgumentError("a value without children where an object was expected");
  }
  untidy_ = untidy_ || HasEmpty(copy);
  for (const json::Member& member : copy.members()) {
    if (absl::Status status = Count(); !status.ok()) return status;
    Fill(node.object);
    node.object.Set(arena_, member.name, member.value);
  }
  return absl::OkStatus();
}

absl::Status TargetWriter::CopyBeside(TargetNode& node, const Value& beside) {
  if (absl::Status status = Count(beside.size()); !status.ok()) return status;
  absl::StatusOr<TargetNode*> sibling = SiblingOf(node);
  if (!sibling.ok()) return sibling.status();
  for (const json::Member& member : beside.members()) {
    (*sibling)->object.Set(arena_, member.name, json::Copy(arena_, member.value));
  }
  return absl::OkStatus();
}

// The object beside a primitive that holds its id and extensions: `_given`, at the primitive's index in a list.
absl::StatusOr<TargetNode*> TargetWriter::SiblingOf(TargetNode& node) {
  Value& object = node.parent->object;
  untidy_ = true;
  const std::string name = absl::StrCat("_", std::string(node.member));
  if (node.list && node.index < 0) {
    if (absl::Status status = PutPrimitive(node, Value::Null()); !status.ok()) return status;
  }
  const Value* present = object.Find(name);
  Value holder;
  if (!node.list) {
    holder = present != nullptr ? *present : Value::Object(arena_);
    if (present == nullptr) object.Add(arena_, name, holder);
  } else {
    Value list = present != nullptr ? *present : Value::Array(arena_);
    if (present == nullptr) object.Add(arena_, name, list);
    while (list.size() <= static_cast<size_t>(node.index)) list.Append(arena_, Value::Null());
    holder = list.elements()[static_cast<size_t>(node.index)];
    if (!holder.is_object()) {
      holder = Value::Object(arena_);
      list.SetElement(static_cast<size_t>(node.index), holder);
    }
  }
  auto* sibling = NewNode();
  sibling->object = holder;
  sibling->type = model_ == nullptr ? kUnknownType : model_->FindType("Element");
  sibling->lenient = true;
  sibling->path = node.path;
  return sibling;
}

std::string_view TargetWriter::ElementType(const TargetNode& node, ElementStep& step) {
  if (model_ == nullptr || node.type == kUnknownType) return {};
  if (step.name.empty()) return model_->Name(node.type);
  const absl::StatusOr<const Place*> place = Find(node, step);
  return place.ok() ? (*place)->type_name : std::string_view();
}

bool TargetWriter::IsRepeating(const TargetNode& node, ElementStep& step) {
  const absl::StatusOr<const Place*> place = Find(node, step);
  return place.ok() && ((*place)->list || !(*place)->known);
}

Item TargetWriter::Read(const TargetNode& node) const {
  if (!node.is_primitive()) return Item::Node(node.object, node.type);
  const Value* present = node.parent->object.Find(node.member);
  if (present == nullptr) return Item::Node(Value::Null(), node.type);
  if (!node.list) return Item::Node(*present, node.type);
  const bool written = node.index >= 0 && static_cast<size_t>(node.index) < present->size();
  return Item::Node(written ? present->elements()[static_cast<size_t>(node.index)] : Value::Null(), node.type);
}

json::Value TargetWriter::WithoutEmpty(const Value& value, json::Arena& arena) {
  if (value.is_object()) {
    bool clean = true;
    for (const json::Member& member : value.members()) {
      if (IsContainer(member.value)) const_cast<json::Member&>(member).value = WithoutEmpty(member.value, arena);
      clean &= !IsEmpty(member.value) && !member.value.is_null();
    }
    if (clean) return value;
    Value object = Value::Object(arena);
    for (const json::Member& member : value.members()) {
      if (!IsEmpty(member.value) && !member.value.is_null()) object.Add(arena, member.name, member.value);
    }
    return object;
  }
  if (!value.is_array()) return value;
  size_t filled = 0;
  size_t empty = 0;
  Value same = value;
  for (size_t i = 0; i < value.size(); ++i) {
    const Value kept = WithoutEmpty(value.elements()[i], arena);
    if (kept.identity() != value.elements()[i].identity()) same.SetElement(i, kept);
    if (IsEmpty(kept)) ++empty;
    if (!IsEmpty(kept) && !kept.is_null()) ++filled;
  }
  if (filled == 0) return Value::Array(arena);
  if (empty == 0) return same;
  Value list = Value::Array(arena);
  for (const Value& element : same.elements()) {
    if (!IsEmpty(element)) list.Append(arena, element);  // a null keeps the place of a primitive with an extension only
  }
  return list;
}

}  // namespace hjerte::structuremap
