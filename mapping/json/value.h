#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "mapping/json/arena.h"

namespace hjerte::json {

// The kinds of RFC 8259.
enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

struct Member;
struct Paired;

// A JSON value: a 16-byte handle to memory of an Arena (or, for text, to memory of the caller that lives as long).
// Copies of an array or object are handles to the same content, as references are in JavaScript: a change through one
// is seen through all. Reading is thread-safe while nobody changes. Numbers keep their text, since 1.50 is not 1.5 in
// FHIR.
class Value {
 public:
  // null.
  Value() = default;

  static Value Null() { return {}; }
  static Value Bool(bool value);
  // `text` must be a JSON number and outlive the value.
  static Value Number(std::string_view text);
  // `text` must be UTF-8 and outlive the value; Arena::CopyText makes it so.
  static Value String(std::string_view text);
  // An empty array or object, shared between copies from the start.
  static Value Array(Arena& arena);
  static Value Object(Arena& arena);
  // An empty array or object without an arena: copies made before its first Append or Set do not share.
  static Value Array();
  static Value Object();

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_bool() const { return kind_ == Kind::kBool; }
  bool is_number() const { return kind_ == Kind::kNumber; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_array() const { return kind_ == Kind::kArray; }
  bool is_object() const { return kind_ == Kind::kObject; }

  // True for the JSON value true only.
  bool bool_value() const { return kind_ == Kind::kBool && size_ != 0; }
  // The string's content or the number's text as written; empty for other kinds.
  std::string_view text() const;
  // Number of elements or members; 0 for other kinds.
  size_t size() const;
  // An array's elements; empty for other kinds.
  std::span<const Value> elements() const;
  // An object's members in their order; empty for other kinds.
  std::span<const Member> members() const;
  // The member's value, or null where it is absent or this is no object. Valid until the object is changed.
  const Value* Find(std::string_view name) const;
  // The member and what FHIR's JSON writes beside it, in one pass.
  Paired FindBoth(std::string_view name) const;
  // What FHIR's JSON writes beside the member of that name (`_name`), or null.
  const Value* FindBeside(std::string_view name) const;

  // Adds an element. Requires an array.
  void Append(Arena& arena, Value element);
  // Replaces the element at `index`. Requires an array with more elements than `index`.
  void SetElement(size_t index, Value element);
  // Replaces or adds a member; the order of the others is kept. Requires an object; `name` is copied when added.
  void Set(Arena& arena, std::string_view name, Value value);
  // Adds a member whose name the caller knows to be new: constant time where Set looks through the others first.
  void Add(Arena& arena, std::string_view name, Value value);
  // Add without a copy of the name, which must live as long as the object.
  void AddLasting(Arena& arena, std::string_view name, Value value);
  // Takes the member out; false if there was none.
  bool Remove(std::string_view name);

  // The identity of an array's or object's content, for "is it the same node"; null for scalars.
  const void* identity() const { return is_array() || is_object() ? pointer_ : nullptr; }

 private:
  friend class TreeBuilder;
  friend Value CopyContainers(Arena& arena, const Value& value);
  struct Box;

  // An array or object with room for that many elements, whose memory is one piece.
  static Value Container(Arena& arena, Kind kind, uint32_t capacity, size_t element_bytes);
  void Grow(Arena& arena, size_t element_bytes);

  const void* pointer_ = nullptr;
  uint32_t size_ = 0;
  Kind kind_ = Kind::kNull;
};

static_assert(sizeof(Value) == 16 && std::is_trivially_copyable_v<Value>);

// One member of an object.
struct Member {
  std::string_view name;
  Value value;

  bool Is(std::string_view other) const;
  // Whether this is what FHIR's JSON writes beside the member of that name: `_name`.
  bool IsBeside(std::string_view other) const {
    return name.size() == other.size() + 1 && name.front() == '_' && name.substr(1) == other;
  }
};

// A member and what stands beside it; null where there is none.
struct Paired {
  const Value* value = nullptr;
  const Value* sibling = nullptr;
};

// A deep copy of `value` whose containers and texts all live in `arena`.
Value Copy(Arena& arena, const Value& value);

// A deep copy of `value` whose containers are its own and whose names and texts are those of `value`: they must live as
// long.
Value CopyContainers(Arena& arena, const Value& value);

// Same kind and same content; members in any order, numbers compared as written.
bool DeepEqual(const Value& left, const Value& right);

// ---- inline, since reading is the innermost loop of every evaluation ----

struct Value::Box {
  void* items;  // Value[] of an array, Member[] of an object.
  uint32_t size;
  uint32_t capacity;
};

inline Value Value::Bool(bool value) {
  Value result;
  result.kind_ = Kind::kBool;
  result.size_ = value ? 1 : 0;
  return result;
}

inline std::string_view Value::text() const {
  if (kind_ != Kind::kString && kind_ != Kind::kNumber) return {};
  return {static_cast<const char*>(pointer_), size_};
}

inline size_t Value::size() const {
  if ((kind_ != Kind::kArray && kind_ != Kind::kObject) || pointer_ == nullptr) return 0;
  return static_cast<const Box*>(pointer_)->size;
}

inline std::span<const Value> Value::elements() const {
  if (kind_ != Kind::kArray || pointer_ == nullptr) return {};
  const Box* box = static_cast<const Box*>(pointer_);
  return {static_cast<const Value*>(box->items), box->size};
}

inline std::span<const Member> Value::members() const {
  if (kind_ != Kind::kObject || pointer_ == nullptr) return {};
  const Box* box = static_cast<const Box*>(pointer_);
  return {static_cast<const Member*>(box->items), box->size};
}

inline bool Member::Is(std::string_view other) const {
  if (name.size() != other.size()) return false;
  if (name.data() == other.data() || name.empty()) return true;
  // Names of one object seldom begin alike.
  return name.front() == other.front() && name == other;
}

inline const Value* Value::Find(std::string_view name) const {
  for (const Member& member : members()) {
    if (member.Is(name)) return &member.value;
  }
  return nullptr;
}

inline Paired Value::FindBoth(std::string_view name) const {
  Paired found;
  for (const Member& member : members()) {
    if (member.Is(name)) {
      found.value = &member.value;
    } else if (member.IsBeside(name)) {
      found.sibling = &member.value;
    }
  }
  return found;
}

inline const Value* Value::FindBeside(std::string_view name) const {
  for (const Member& member : members()) {
    if (member.IsBeside(name)) return &member.value;
  }
  return nullptr;
}

}  // namespace hjerte::json
