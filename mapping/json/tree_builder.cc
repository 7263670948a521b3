#include "mapping/json/tree_builder.h"

#include <algorithm>

namespace hjerte::json {

namespace {

// RapidJSON 1.1.0 turns a lone \uDC00 into the bytes ED B0 80, which is no UTF-8.
bool HasSurrogate(std::string_view text) {
  for (size_t at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return true;
  }
  return false;
}

}  // namespace

bool TreeBuilder::Refuse(Refusal refusal) {
  refusal_ = refusal;
  return false;
}

bool TreeBuilder::Add(Value value) {
  if (++count_ > limits_.max_members) return Refuse(Refusal::kMembers);
  pending_.push_back({name_, value});
  return true;
}

bool TreeBuilder::RawNumber(const char* text, uint32_t size, bool) {
  if (size > limits_.max_number_chars) return Refuse(Refusal::kNumber);
  return Add(Value::Number({text, size}));
}

bool TreeBuilder::String(const char* text, uint32_t size, bool) {
  if (size > limits_.max_string_bytes) return Refuse(Refusal::kString);
  if (HasSurrogate({text, size})) return Refuse(Refusal::kSurrogate);
  return Add(Value::String({text, size}));
}

bool TreeBuilder::Key(const char* text, uint32_t size, bool) {
  if (size > limits_.max_string_bytes) return Refuse(Refusal::kString);
  if (HasSurrogate({text, size})) return Refuse(Refusal::kSurrogate);
  name_ = {text, size};
  return true;
}

bool TreeBuilder::Open() {
  if (++depth_ > limits_.max_depth) return Refuse(Refusal::kDepth);
  names_.push_back(name_);
  return true;
}

bool TreeBuilder::HasDuplicate(const Member* first, size_t count) {
  constexpr size_t kPairwiseMax = 12;  // Below this, comparing all pairs is cheaper than sorting.
  if (count <= kPairwiseMax) {
    for (size_t i = 1; i < count; ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (first[i].name == first[j].name) return true;
      }
    }
    return false;
  }
  sorted_.clear();
  for (size_t i = 0; i < count; ++i) sorted_.push_back(first[i].name);
  std::sort(sorted_.begin(), sorted_.end());
  return std::adjacent_find(sorted_.begin(), sorted_.end()) != sorted_.end();
}

Value TreeBuilder::MakeBox(Kind kind, void* items, size_t count) {
  Value value;
  value.kind_ = kind;
  auto* box = arena_.AllocateArray<Value::Box>(1);
  *box = {items, static_cast<uint32_t>(count), static_cast<uint32_t>(count)};
  value.pointer_ = box;
  return value;
}

bool TreeBuilder::EndObject(uint32_t size) {
  const Member* first = pending_.data() + (pending_.size() - size);
  if (HasDuplicate(first, size)) return Refuse(Refusal::kDuplicate);
  auto* items = arena_.AllocateArray<Member>(size);
  std::copy(first, first + size, items);
  pending_.resize(pending_.size() - size);
  name_ = names_.back();
  names_.pop_back();
  --depth_;
  return Add(MakeBox(Kind::kObject, items, size));
}

bool TreeBuilder::EndArray(uint32_t size) {
  const Member* first = pending_.data() + (pending_.size() - size);
  auto* items = arena_.AllocateArray<Value>(size);
  for (size_t i = 0; i < size; ++i) items[i] = first[i].value;
  pending_.resize(pending_.size() - size);
  name_ = names_.back();
  names_.pop_back();
  --depth_;
  return Add(MakeBox(Kind::kArray, items, size));
}

}  // namespace hjerte::json
