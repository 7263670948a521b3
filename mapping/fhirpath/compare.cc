#include "mapping/fhirpath/compare.h"

#include <algorithm>
#include <vector>

#include "mapping/fhirpath/convert.h"
#include "mapping/fhirpath/path_node.h"
#include "mapping/fhirpath/ucum.h"
#include "mapping/fhirpath/utf8.h"

namespace hjerte::fhirpath {

namespace {

bool JsonEqual(const json::Value& left, const json::Value& right);

bool ObjectsEqual(const json::Value& left, const json::Value& right) {
  for (size_t i = 0; i < left.members().size(); ++i) {
    const json::Member& member = left.members()[i];
    const json::Member& opposite = right.members()[i];
    const json::Value* other = opposite.name == member.name ? &opposite.value : right.Find(member.name);
    if (other == nullptr || !JsonEqual(member.value, *other)) return false;
  }
  return true;
}

// Content, with numbers by value; the order of members does not count, that of elements does.
bool JsonEqual(const json::Value& left, const json::Value& right) {
  if (left.kind() != right.kind() || left.size() != right.size()) return false;
  switch (left.kind()) {
    case json::Kind::kNull:
      return true;
    case json::Kind::kBool:
      return left.bool_value() == right.bool_value();
    case json::Kind::kString:
      return left.text() == right.text();
    case json::Kind::kNumber:
      return left.text() == right.text() || Decimal::Parse(left.text()) == Decimal::Parse(right.text());
    case json::Kind::kArray:
      return std::equal(left.elements().begin(), left.elements().end(), right.elements().begin(), JsonEqual);
    case json::Kind::kObject:
      return ObjectsEqual(left, right);
  }
  return false;
}

size_t JsonHash(const json::Value& value) {
  size_t hash = static_cast<size_t>(value.kind()) * 0x9E3779B97F4A7C15ULL;
  switch (value.kind()) {
    case json::Kind::kBool:
      return hash ^ (value.bool_value() ? 1U : 0U);
    case json::Kind::kString:
      return hash ^ std::hash<std::string_view>()(value.text());
    case json::Kind::kNumber: {
      const auto number = Decimal::Parse(value.text());
      return hash ^ (number.has_value() ? number->Hash() : 0);
    }
    case json::Kind::kArray:
      for (const json::Value& element : value.elements()) hash = hash * 31 + JsonHash(element);
      return hash;
    case json::Kind::kObject:
      // A sum, since the order of members does not count.
      for (const json::Member& member : value.members()) {
        hash += std::hash<std::string_view>()(member.name) * 31 ^ JsonHash(member.value);
      }
      return hash;
    default:
      return hash;
  }
}

bool NodesEqual(const Item& left, const Item& right) {
  if (!JsonEqual(left.node(), right.node())) return false;
  // Primitives without a value are told apart by what stands beside them.
  if (!left.node().is_null()) return true;
  if (left.sibling() == nullptr || right.sibling() == nullptr) return left.sibling() == right.sibling();
  return JsonEqual(*left.sibling(), *right.sibling());
}

struct Operands {
  Item left;
  Item right;
};

Operands Prepare(Frame& frame, const Item& left, const Item& right) {
  Operands result{ToSystem(frame, left), ToSystem(frame, right)};
  if (result.left.kind() == result.right.kind()) return result;
  // Only a text or an object of unknown type may be read as what the other operand is.
  const auto open = [](const Item& item) { return item.kind() == ItemKind::kString || item.is_node(); };
  if (left.is_node() && open(result.left)) result.left = ToSystemLike(frame, left, result.right.kind());
  if (right.is_node() && open(result.right)) result.right = ToSystemLike(frame, right, result.left.kind());
  return result;
}

bool IsCalendarPair(const Item& left, const Item& right) {
  const bool times = left.kind() == ItemKind::kTime || right.kind() == ItemKind::kTime;
  return left.is_temporal() && right.is_temporal() && (!times || left.kind() == right.kind());
}

// A number beside a Quantity is one without a unit (FHIRPath 2.0.0, Conversion).
std::optional<Quantity> AsQuantity(const Item& item) {
  if (item.kind() == ItemKind::kQuantity) return item.quantity();
  const std::optional<Decimal> number = ToDecimal(item);
  if (!number.has_value()) return std::nullopt;
  return Quantity{*number, "1", false};
}

Tri EqualQuantities(const Quantity& left, const Quantity& right) {
  const CommonUnit common = InCommonUnit(left, right, /*equivalent=*/false);
  if (common.match == UnitMatch::kUndecided) return Tri::kEmpty;
  if (common.match == UnitMatch::kDifferent) return Tri::kFalse;
  return ToTri(common.left == common.right);
}

// Rounded to the digits of the less precise one.
bool EquivalentDecimals(const Decimal& left, const Decimal& right) {
  const int digits = std::min(left.Normalized().scale(), right.Normalized().scale());
  return left.Rounded(digits, Decimal::Rounding::kHalfUp) == right.Rounded(digits, Decimal::Rounding::kHalfUp);
}

// Lower case, with each whitespace character as a space (FHIRPath 2.0.0, String Equivalence): a run of them stays one.
std::string NormalizedText(std::string_view text) {
  std::string out = ToLower(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
  return out;
}

// The values of one member of two nodes; a member that only one of them has makes them differ.
bool EquivalentMember(Frame& frame, const Item& left, const Item& right, std::string_view name) {
  const json::Value* value = left.node().Find(name);
  const json::Value* other = right.node().Find(name);
  if (value == nullptr || other == nullptr) return value == other;
  return Equivalent(frame, MemberNode(frame, left, name, *value), MemberNode(frame, right, name, *other));
}

// Elements in any order; each stands for one.
bool EquivalentElements(Frame& frame, const Item& left, const Item& right) {
  const auto others = right.node().elements();
  if (left.node().size() != others.size()) return false;
  std::vector<bool> used(others.size(), false);
  for (const json::Value& element : left.node().elements()) {
    const Item item = Item::Node(element, left.type());
    size_t i = 0;
    while (i < used.size() && (used[i] || !Equivalent(frame, item, Item::Node(others[i], right.type())))) ++i;
    if (i == used.size() || !frame.Step({}, i + 1)) return false;
    used[i] = true;
  }
  return true;
}

// Two CodeableConcepts are equivalent if any Coding of the one is to any of the other.
bool ShareCoding(Frame& frame, const Item& left, const Item& right) {
  const json::Value* codings = left.node().Find("coding");
  const json::Value* others = right.node().Find("coding");
  if (codings == nullptr || others == nullptr) return false;
  for (const json::Value& coding : codings->elements()) {
    for (const json::Value& other : others->elements()) {
      if (!frame.Step({})) return false;
      const Item item = MemberNode(frame, left, "coding", coding);
      if (Equivalent(frame, item, MemberNode(frame, right, "coding", other))) return true;
    }
  }
  return false;
}

// R4, Changes to operators: ids do not count, and a Coding is its code and system.
bool EquivalentObjects(Frame& frame, const Item& left, const Item& right) {
  const bool fhir = left.type() != kUnknownType;
  if (fhir && left.type() == right.type()) {
    if (left.type() == frame.types.codeable_concept) return ShareCoding(frame, left, right);
    if (left.type() == frame.types.coding) {
      return EquivalentMember(frame, left, right, "code") && EquivalentMember(frame, left, right, "system");
    }
  }
  const auto counted = [fhir](const json::Value& node) {
    return node.size() - (fhir && node.Find("id") != nullptr ? 1 : 0);
  };
  if (counted(left.node()) != counted(right.node())) return false;
  return std::all_of(left.node().members().begin(), left.node().members().end(), [&](const json::Member& member) {
    return (fhir && member.name == "id") || EquivalentMember(frame, left, right, member.name);
  });
}

// Nodes that have no System value.
bool EquivalentNodes(Frame& frame, const Item& left, const Item& right) {
  if (left.node().kind() != right.node().kind()) return false;
  if (left.node().is_array()) return EquivalentElements(frame, left, right);
  return left.node().is_object() ? EquivalentObjects(frame, left, right) : NodesEqual(left, right);
}

Order ToOrder(int sign) { return sign < 0 ? Order::kLess : sign > 0 ? Order::kGreater : Order::kEqual; }

Order CompareDecimals(const Decimal& left, const Decimal& right) {
  const std::strong_ordering order = left <=> right;
  return order < 0 ? Order::kLess : order > 0 ? Order::kGreater : Order::kEqual;
}

size_t HashSystem(const Item& item) {
  if (const auto number = ToDecimal(item)) return number->Hash();
  switch (item.kind()) {
    case ItemKind::kBoolean:
      return item.boolean() ? 1 : 2;
    case ItemKind::kString:
      return std::hash<std::string_view>()(item.text());
    case ItemKind::kDate:
    case ItemKind::kDateTime:
    case ItemKind::kTime: {
      const Temporal& value = item.temporal();
      const int64_t shift = value.has_offset ? int64_t{value.offset_minutes} * 60'000 : 0;
      return std::hash<int64_t>()(LocalMilliseconds(value) - shift);
    }
    case ItemKind::kQuantity:
      return 3;  // Equal across units; few at a time.
    case ItemKind::kNode:
      return JsonHash(item.node());
    default:
      return 4;
  }
}

}  // namespace

Tri Equal(Frame& frame, const Item& left_item, const Item& right_item) {
  const auto [left, right] = Prepare(frame, left_item, right_item);
  if (left.is_node() && right.is_node()) return ToTri(NodesEqual(left, right));
  if (left.is_node() || right.is_node()) return Tri::kFalse;
  if (left.kind() == ItemKind::kTypeInfo || right.kind() == ItemKind::kTypeInfo) {
    return ToTri(left.kind() == right.kind() && left.type_info().name == right.type_info().name &&
                 left.type_info().space == right.type_info().space);
  }
  if (IsCalendarPair(left, right)) {
    const auto order = Compare(left.temporal(), right.temporal(), left.kind() == ItemKind::kTime);
    return order.has_value() ? ToTri(*order == 0) : Tri::kEmpty;
  }
  const auto left_number = ToDecimal(left);
  const auto right_number = ToDecimal(right);
  if (left_number.has_value() && right_number.has_value()) return ToTri(*left_number == *right_number);
  if (left.kind() == ItemKind::kQuantity || right.kind() == ItemKind::kQuantity) {
    const auto left_quantity = AsQuantity(left);
    const auto right_quantity = AsQuantity(right);
    return left_quantity && right_quantity ? EqualQuantities(*left_quantity, *right_quantity) : Tri::kFalse;
  }
  if (left.kind() != right.kind()) return Tri::kFalse;
  if (left.kind() == ItemKind::kString) return ToTri(left.text() == right.text());
  return ToTri(left.kind() == ItemKind::kBoolean && left.boolean() == right.boolean());
}

Tri EqualCollections(Frame& frame, const Collection& left, const Collection& right) {
  if (left.size() != right.size()) return Tri::kFalse;
  Tri result = Tri::kTrue;
  for (size_t i = 0; i < left.size(); ++i) {
    const Tri equal = Equal(frame, left[i], right[i]);
    if (equal == Tri::kFalse) return Tri::kFalse;
    if (equal == Tri::kEmpty) result = Tri::kEmpty;
  }
  return result;
}

bool Equivalent(Frame& frame, const Item& left_item, const Item& right_item) {
  const auto [left, right] = Prepare(frame, left_item, right_item);
  if (left.is_node() && right.is_node()) return EquivalentNodes(frame, left, right);
  if (IsCalendarPair(left, right)) {
    const auto order = Compare(left.temporal(), right.temporal(), left.kind() == ItemKind::kTime);
    return order == 0;
  }
  const auto left_number = ToDecimal(left);
  const auto right_number = ToDecimal(right);
  if (left_number.has_value() && right_number.has_value()) return EquivalentDecimals(*left_number, *right_number);
  if (left.kind() == ItemKind::kQuantity || right.kind() == ItemKind::kQuantity) {
    const auto left_quantity = AsQuantity(left);
    const auto right_quantity = AsQuantity(right);
    if (!left_quantity || !right_quantity) return false;
    const CommonUnit common = InCommonUnit(*left_quantity, *right_quantity, /*equivalent=*/true);
    return common.match == UnitMatch::kComparable && EquivalentDecimals(common.left, common.right);
  }
  if (left.kind() == ItemKind::kString && right.kind() == ItemKind::kString) {
    return left.text() == right.text() || NormalizedText(left.text()) == NormalizedText(right.text());
  }
  return Equal(frame, left, right) == Tri::kTrue;
}

bool EquivalentCollections(Frame& frame, Position position, const Collection& left, const Collection& right) {
  if (left.size() != right.size()) return false;
  std::vector<bool> used(right.size(), false);
  for (size_t l = 0; l < left.size(); ++l) {
    size_t r = 0;
    while (r < right.size() && (used[r] || !Equivalent(frame, left[l], right[r]))) ++r;
    if (r == right.size() || !frame.Step(position, r + 1)) return false;
    used[r] = true;
  }
  return true;
}

Order Compare(Frame& frame, const Item& left_item, const Item& right_item) {
  const auto [left, right] = Prepare(frame, left_item, right_item);
  if (IsCalendarPair(left, right)) {
    const auto order = Compare(left.temporal(), right.temporal(), left.kind() == ItemKind::kTime);
    return order.has_value() ? ToOrder(*order) : Order::kUnknown;
  }
  const auto left_number = ToDecimal(left);
  const auto right_number = ToDecimal(right);
  if (left_number.has_value() && right_number.has_value()) return CompareDecimals(*left_number, *right_number);
  if (left.kind() == ItemKind::kQuantity || right.kind() == ItemKind::kQuantity) {
    const auto left_quantity = AsQuantity(left);
    const auto right_quantity = AsQuantity(right);
    if (!left_quantity || !right_quantity) return Order::kMismatch;
    const CommonUnit common = InCommonUnit(*left_quantity, *right_quantity, /*equivalent=*/false);
    return common.match == UnitMatch::kComparable ? CompareDecimals(common.left, common.right) : Order::kUnknown;
  }
  // UTF-8 orders by bytes as Unicode orders by code points.
  if (left.kind() == ItemKind::kString && right.kind() == ItemKind::kString)
    return ToOrder(left.text().compare(right.text()));
  // A primitive that has no value orders nowhere; a complex node is an error.
  if ((left.is_node() && left.node().is_null()) || (right.is_node() && right.node().is_null())) return Order::kUnknown;
  return Order::kMismatch;
}

bool ItemSet::ContainsLinear(const Item& item) const {
  return std::any_of(items_.begin(), items_.end(),
                     [&](const Item& each) { return Equal(frame_, each, item) == Tri::kTrue; });
}

bool ItemSet::Contains(const Item& item) const {
  if (index_.empty()) return ContainsLinear(item);
  const auto [first, last] = index_.equal_range(HashSystem(ToSystem(frame_, item)));
  return std::any_of(first, last, [&](const auto& entry) {
    // Counted, so that a run of equal hashes is not free; the limit itself is checked by the caller's next step.
    if (frame_.steps_left > 0) --frame_.steps_left;
    return Equal(frame_, items_[entry.second], item) == Tri::kTrue;
  });
}

bool ItemSet::Insert(const Item& item) {
  constexpr size_t kLinearMax = 8;
  if (Contains(item)) return false;
  items_.Add(item);
  if (items_.size() <= kLinearMax) return true;
  const size_t first = index_.empty() ? 0 : items_.size() - 1;
  for (size_t i = first; i < items_.size(); ++i) index_.emplace(HashSystem(ToSystem(frame_, items_[i])), i);
  return true;
}

}  // namespace hjerte::fhirpath
