#include "mapping/json/value.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace hjerte::json {

namespace {
constexpr uint32_t kFirstCapacity = 4;
}

Value Value::Number(std::string_view text) {
  Value result;
  result.kind_ = Kind::kNumber;
  result.pointer_ = text.data();
  result.size_ = static_cast<uint32_t>(text.size());
  return result;
}

Value Value::String(std::string_view text) {
  Value result = Number(text);
  result.kind_ = Kind::kString;
  return result;
}

Value Value::Array() {
  Value result;
  result.kind_ = Kind::kArray;
  return result;
}

Value Value::Object() {
  Value result;
  result.kind_ = Kind::kObject;
  return result;
}

Value Value::Container(Arena& arena, Kind kind, uint32_t capacity, size_t element_bytes) {
  auto* box = static_cast<Box*>(arena.Allocate(sizeof(Box) + capacity * element_bytes));
  *box = {box + 1, 0, capacity};
  Value result;
  result.kind_ = kind;
  result.pointer_ = box;
  return result;
}

Value Value::Array(Arena& arena) { return Container(arena, Kind::kArray, kFirstCapacity, sizeof(Value)); }

Value Value::Object(Arena& arena) { return Container(arena, Kind::kObject, kFirstCapacity, sizeof(Member)); }

void Value::Grow(Arena& arena, size_t element_bytes) {
  Box* box = const_cast<Box*>(static_cast<const Box*>(pointer_));
  if (box == nullptr) {
    box = arena.AllocateArray<Box>(1);
    *box = {nullptr, 0, 0};
    pointer_ = box;
  }
  const uint32_t capacity = box->capacity == 0 ? kFirstCapacity : box->capacity * 2;
  char* items = arena.AllocateArray<char>(capacity * element_bytes);
  if (box->size > 0) std::memcpy(items, box->items, box->size * element_bytes);
  box->items = items;
  box->capacity = capacity;
}

void Value::Append(Arena& arena, Value element) {
  assert(is_array());
  const Box* seen = static_cast<const Box*>(pointer_);
  if (seen == nullptr || seen->size == seen->capacity) Grow(arena, sizeof(Value));
  Box* box = const_cast<Box*>(static_cast<const Box*>(pointer_));
  static_cast<Value*>(box->items)[box->size++] = element;
}

void Value::SetElement(size_t index, Value element) {
  assert(is_array() && index < size());
  static_cast<Value*>(static_cast<const Box*>(pointer_)->items)[index] = element;
}

void Value::Set(Arena& arena, std::string_view name, Value value) {
  assert(is_object());
  if (const Value* present = Find(name)) {
    *const_cast<Value*>(present) = value;
    return;
  }
  Add(arena, name, value);
}

void Value::Add(Arena& arena, std::string_view name, Value value) { AddLasting(arena, arena.CopyText(name), value); }

void Value::AddLasting(Arena& arena, std::string_view name, Value value) {
  assert(is_object());
  const Box* seen = static_cast<const Box*>(pointer_);
  if (seen == nullptr || seen->size == seen->capacity) Grow(arena, sizeof(Member));
  Box* box = const_cast<Box*>(static_cast<const Box*>(pointer_));
  static_cast<Member*>(box->items)[box->size++] = Member{name, value};
}

bool Value::Remove(std::string_view name) {
  for (size_t i = 0; i < members().size(); ++i) {
    if (members()[i].name != name) continue;
    Box* box = const_cast<Box*>(static_cast<const Box*>(pointer_));
    Member* items = static_cast<Member*>(box->items);
    std::copy(items + i + 1, items + box->size, items + i);
    --box->size;
    return true;
  }
  return false;
}

Value Copy(Arena& arena, const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
    case Kind::kBool:
      return value;
    case Kind::kNumber:
      return Value::Number(arena.CopyText(value.text()));
    case Kind::kString:
      return Value::String(arena.CopyText(value.text()));
    case Kind::kArray: {
      Value copy = Value::Array(arena);
      for (const Value& element : value.elements()) copy.Append(arena, Copy(arena, element));
      return copy;
    }
    case Kind::kObject: {
      Value copy = Value::Object(arena);
      for (const Member& member : value.members()) copy.Add(arena, member.name, Copy(arena, member.value));
      return copy;
    }
  }
  return {};
}

Value CopyContainers(Arena& arena, const Value& value) {
  const auto count = static_cast<uint32_t>(value.size());
  if (value.is_array()) {
    const Value copy = Value::Container(arena, Kind::kArray, count, sizeof(Value));
    auto* box = const_cast<Value::Box*>(static_cast<const Value::Box*>(copy.pointer_));
    auto* items = static_cast<Value*>(box->items);
    for (const Value& element : value.elements()) items[box->size++] = CopyContainers(arena, element);
    return copy;
  }
  if (value.is_object()) {
    const Value copy = Value::Container(arena, Kind::kObject, count, sizeof(Member));
    auto* box = const_cast<Value::Box*>(static_cast<const Value::Box*>(copy.pointer_));
    auto* items = static_cast<Member*>(box->items);
    for (const Member& member : value.members()) {
      items[box->size++] = Member{member.name, CopyContainers(arena, member.value)};
    }
    return copy;
  }
  return value;
}

bool DeepEqual(const Value& left, const Value& right) {
  if (left.kind() != right.kind() || left.size() != right.size()) return false;
  if (left.is_bool()) return left.bool_value() == right.bool_value();
  if (left.is_number() || left.is_string()) return left.text() == right.text();
  for (size_t i = 0; i < left.elements().size(); ++i) {
    if (!DeepEqual(left.elements()[i], right.elements()[i])) return false;
  }
  for (size_t i = 0; i < left.members().size(); ++i) {
    const Member& member = left.members()[i];
    // The same order is the common case, and keeps the comparison of large objects linear.
    const Member& opposite = right.members()[i];
    const Value* other = opposite.name == member.name ? &opposite.value : right.Find(member.name);
    if (other == nullptr || !DeepEqual(member.value, *other)) return false;
  }
  return true;
}

}  // namespace hjerte::json
