#pragma once

#include <unordered_map>

#include "mapping/fhirpath/node.h"

namespace hjerte::fhirpath {

// = of two items (FHIRPath 2.0.0, Equals): empty where partial dates or calendar durations leave it open.
Tri Equal(Frame& frame, const Item& left, const Item& right);
// = of two collections: same items in the same order. Neither may be empty.
Tri EqualCollections(Frame& frame, const Collection& left, const Collection& right);

// ~ of two items, and of two collections in any order (FHIRPath 2.0.0, Equivalent).
bool Equivalent(Frame& frame, const Item& left, const Item& right);
bool EquivalentCollections(Frame& frame, Position position, const Collection& left, const Collection& right);

// How two items order. kUnknown: empty; kMismatch: types that have no order between them.
enum class Order : uint8_t { kLess, kEqual, kGreater, kUnknown, kMismatch };
Order Compare(Frame& frame, const Item& left, const Item& right);

// The items seen so far, for distinct and the like: each look-up takes about constant time.
class ItemSet {
 public:
  explicit ItemSet(Frame& frame) : frame_(frame) {}

  // True if an equal item is in the set.
  bool Contains(const Item& item) const;
  // Adds it; false if an equal one was there.
  bool Insert(const Item& item);

 private:
  bool ContainsLinear(const Item& item) const;

  Frame& frame_;
  Collection items_;
  std::unordered_multimap<size_t, size_t> index_;  // Hash to position; filled only once there are many.
};

}  // namespace hjerte::fhirpath
