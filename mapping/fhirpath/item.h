#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include "mapping/fhirpath/decimal.h"
#include "mapping/fhirpath/quantity.h"
#include "mapping/fhirpath/temporal.h"
#include "mapping/json/value.h"

namespace hjerte::fhirpath {

// A type of a TypeModel; 0 is "not known".
using TypeId = uint32_t;
inline constexpr TypeId kUnknownType = 0;

enum class ItemKind : uint8_t {
  kNode,  // A node of the document, with its FHIR type where that is known.
  kBoolean,
  kInteger,
  kLong,
  kDecimal,
  kString,
  kDate,
  kDateTime,
  kTime,
  kQuantity,
  kTypeInfo,  // What type() returns.
};

// What type() says of a value.
struct TypeInfo {
  std::string_view space;  // "System" or the model's namespace; empty where nothing is known.
  std::string_view name;
  std::string_view base;  // The qualified name of the type it specialises; empty where nothing is known.
};

// One value of a collection: a small handle, cheap to copy. Text, nodes and quantities live in the document or in the
// evaluation's arena and must not outlive them.
class Item {
 public:
  Item() : kind_(ItemKind::kBoolean), integer_(0) {}

  // A node. `sibling` is what stands beside a primitive in FHIR's JSON (`_birthDate`), or null.
  static Item Node(json::Value value, TypeId type = kUnknownType, const json::Value* sibling = nullptr);
  static Item Boolean(bool value);
  static Item Integer(int64_t value);
  static Item Long(int64_t value);
  static Item Number(Decimal value);
  static Item String(std::string_view text);
  static Item Date(Temporal value);
  static Item DateTime(Temporal value);
  static Item Time(Temporal value);
  static Item QuantityOf(const Quantity* quantity);
  static Item TypeOf(const TypeInfo* info);

  ItemKind kind() const { return kind_; }
  bool is_node() const { return kind_ == ItemKind::kNode; }
  bool is_temporal() const { return kind_ >= ItemKind::kDate && kind_ <= ItemKind::kTime; }
  // The node's FHIR type; kUnknownType for System values.
  TypeId type() const { return type_; }

  // Each of these may only be asked of its own kind.
  const json::Value& node() const { return node_.value; }
  const json::Value* sibling() const { return node_.sibling; }
  bool boolean() const { return integer_ != 0; }
  int64_t integer() const { return integer_; }
  const Decimal& decimal() const { return decimal_; }
  std::string_view text() const { return {text_.data, text_.size}; }
  const Temporal& temporal() const { return temporal_; }
  const Quantity& quantity() const { return *quantity_; }
  const TypeInfo& type_info() const { return *type_info_; }

 private:
  struct NodeRep {
    json::Value value;
    const json::Value* sibling;
  };
  struct TextRep {
    const char* data;
    size_t size;
  };

  ItemKind kind_;
  TypeId type_ = kUnknownType;
  union {
    NodeRep node_;
    int64_t integer_;
    Decimal decimal_;
    TextRep text_;
    Temporal temporal_;
    const Quantity* quantity_;
    const TypeInfo* type_info_;
  };
};

static_assert(std::is_trivially_copyable_v<Item> && sizeof(Item) == 32);

inline Item Item::Node(json::Value value, TypeId type, const json::Value* sibling) {
  Item item;
  item.kind_ = ItemKind::kNode;
  item.type_ = type;
  item.node_ = {value, sibling};
  return item;
}

inline Item Item::Boolean(bool value) {
  Item item;
  item.integer_ = value ? 1 : 0;
  return item;
}

inline Item Item::Integer(int64_t value) {
  Item item;
  item.kind_ = ItemKind::kInteger;
  item.integer_ = value;
  return item;
}

inline Item Item::Long(int64_t value) {
  Item item = Integer(value);
  item.kind_ = ItemKind::kLong;
  return item;
}

inline Item Item::Number(Decimal value) {
  Item item;
  item.kind_ = ItemKind::kDecimal;
  item.decimal_ = value;
  return item;
}

inline Item Item::String(std::string_view text) {
  Item item;
  item.kind_ = ItemKind::kString;
  item.text_ = {text.data(), text.size()};
  return item;
}

inline Item Item::Date(Temporal value) {
  Item item;
  item.kind_ = ItemKind::kDate;
  item.temporal_ = value;
  return item;
}

inline Item Item::DateTime(Temporal value) {
  Item item = Date(value);
  item.kind_ = ItemKind::kDateTime;
  return item;
}

inline Item Item::Time(Temporal value) {
  Item item = Date(value);
  item.kind_ = ItemKind::kTime;
  return item;
}

inline Item Item::QuantityOf(const Quantity* quantity) {
  Item item;
  item.kind_ = ItemKind::kQuantity;
  item.quantity_ = quantity;
  return item;
}

inline Item Item::TypeOf(const TypeInfo* info) {
  Item item;
  item.kind_ = ItemKind::kTypeInfo;
  item.type_info_ = info;
  return item;
}

}  // namespace hjerte::fhirpath
