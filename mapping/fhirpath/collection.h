#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "mapping/fhirpath/item.h"

namespace hjerte::fhirpath {

// An ordered collection of items. The first few live inside the object, so that the result of a simple path costs no
// allocation.
class Collection {
 public:
  Collection() {}  // NOLINT: the inline memory stays unwritten on purpose
  explicit Collection(const Item& item) { Add(item); }
  Collection(const Collection& other) { *this = other; }
  Collection(Collection&& other) noexcept { Take(std::move(other)); }
  Collection& operator=(const Collection& other) {
    if (this != &other) {
      size_ = 0;
      Append(other);
    }
    return *this;
  }
  Collection& operator=(Collection&& other) noexcept {
    if (this != &other) Take(std::move(other));
    return *this;
  }
  ~Collection() = default;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Item* begin() const { return data(); }
  const Item* end() const { return data() + size_; }
  const Item& operator[](size_t index) const { return data()[index]; }
  const Item& front() const { return data()[0]; }
  const Item& back() const { return data()[size_ - 1]; }
  std::span<const Item> items() const { return {data(), size_}; }
  std::span<Item> mutable_items() { return {heap_ ? heap_.get() : inline_items(), size_}; }

  void Add(const Item& item) {
    if (size_ == capacity_) Grow(size_ + 1);
    std::memcpy(static_cast<void*>(mutable_data() + size_), &item, sizeof(Item));
    ++size_;
  }
  void Append(const Collection& other) { Append(other.items()); }
  void Append(std::span<const Item> items) {
    if (items.empty()) return;
    if (size_ + items.size() > capacity_) Grow(size_ + items.size());
    std::memcpy(static_cast<void*>(mutable_data() + size_), items.data(), items.size() * sizeof(Item));
    size_ += items.size();
  }
  // Room for that many items in all.
  void Reserve(size_t size) {
    if (size > capacity_) Grow(size);
  }
  void clear() { size_ = 0; }
  void Truncate(size_t size) { size_ = size < size_ ? size : size_; }

 private:
  static constexpr size_t kInline = 3;

  const Item* inline_items() const { return reinterpret_cast<const Item*>(inline_); }
  Item* inline_items() { return reinterpret_cast<Item*>(inline_); }
  const Item* data() const { return heap_ ? heap_.get() : inline_items(); }
  Item* mutable_data() { return heap_ ? heap_.get() : inline_items(); }

  void Grow(size_t needed) {
    const size_t capacity = needed > capacity_ * 2 ? needed : capacity_ * 2;
    std::unique_ptr<Item[]> grown(new Item[capacity]);
    std::memcpy(static_cast<void*>(grown.get()), data(), size_ * sizeof(Item));
    heap_ = std::move(grown);
    capacity_ = capacity;
  }

  void Take(Collection&& other) {
    heap_ = std::move(other.heap_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, kInline);
    if (!heap_) std::memcpy(inline_, other.inline_, size_ * sizeof(Item));
  }

  size_t size_ = 0;
  size_t capacity_ = kInline;
  std::unique_ptr<Item[]> heap_;
  alignas(Item) unsigned char inline_[kInline * sizeof(Item)];
};

}  // namespace hjerte::fhirpath
