#include "mapping/structuremap/part_memo.h"

#include <algorithm>
#include <cstring>

namespace hjerte::structuremap {
namespace {

// Longer texts are the same only where they stand in the same place.
constexpr size_t kComparedBytesMax = 256;

}  // namespace

std::optional<PartKey> PartKey::Of(const Var& var) {
  if (!var.set) return PartKey{};
  const fhirpath::Item& item = var.item;
  PartKey key;
  key.item = item.kind();
  key.type = item.type();
  if (item.kind() == fhirpath::ItemKind::kString) {
    key.kind = Kind::kText;
    key.data = item.text().data();
    key.size = item.text().size();
    return key;
  }
  if (var.target != nullptr || !item.is_node() || item.sibling() != nullptr) return std::nullopt;
  const json::Value& value = item.node();
  switch (value.kind()) {
    case json::Kind::kString:
    case json::Kind::kNumber:
      key.kind = value.is_string() ? Kind::kText : Kind::kNumber;
      key.data = value.text().data();
      key.size = value.text().size();
      return key;
    case json::Kind::kBool:
    case json::Kind::kNull:
      key.kind = Kind::kLiteral;
      key.size = value.is_null() ? 2 : value.bool_value() ? 1 : 0;
      return key;
    default:
      if (value.identity() == nullptr) return std::nullopt;
      key.kind = Kind::kNode;
      key.data = value.identity();
      return key;
  }
}

bool PartKey::operator==(const PartKey& other) const {
  if (kind != other.kind || item != other.item || type != other.type || size != other.size) return false;
  if (data == other.data) return true;
  if ((kind != Kind::kText && kind != Kind::kNumber) || size > kComparedBytesMax) return false;
  return std::memcmp(data, other.data, size) == 0;
}

PartMemo::Entry* PartMemo::Find(std::span<const PartKey> keys, const TargetNode& target, int depth) {
  for (Entry& entry : std::span(entries_).first(count_)) {
    if (entry.type != target.type || entry.lenient != target.lenient || depth > entry.depth) continue;
    if (!std::equal(keys.begin(), keys.end(), entry.keys.begin())) continue;
    misses_ = 0;
    return &entry;
  }
  ++misses_;
  Entry& entry = entries_[next_];
  next_ = (next_ + 1) % kEntries;
  count_ = std::max(count_, next_ == 0 ? kEntries : next_);
  entry = Entry();
  entry.type = target.type;
  entry.lenient = target.lenient;
  entry.depth = depth;
  std::copy(keys.begin(), keys.end(), entry.keys.begin());
  return nullptr;
}

}  // namespace hjerte::structuremap
