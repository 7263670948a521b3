#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "mapping/json/arena.h"
#include "mapping/json/limits.h"
#include "mapping/json/value.h"

namespace hjerte::json {

// Why a document was refused by us rather than by the grammar.
enum class Refusal : uint8_t { kNone, kDepth, kMembers, kString, kNumber, kDuplicate, kSurrogate };

// Receives RapidJSON's events, keeps to the limits, and builds the tree. Every limit is checked before memory is taken.
class TreeBuilder {
 public:
  TreeBuilder(Arena& arena, const Limits& limits) : arena_(arena), limits_(limits) {}

  bool Null() { return Add(Value::Null()); }
  bool Bool(bool value) { return Add(Value::Bool(value)); }
  bool RawNumber(const char* text, uint32_t size, bool copy);
  bool String(const char* text, uint32_t size, bool copy);
  bool Key(const char* text, uint32_t size, bool copy);
  bool StartObject() { return Open(); }
  bool EndObject(uint32_t size);
  bool StartArray() { return Open(); }
  bool EndArray(uint32_t size);

  // RapidJSON's concept has these; with numbers kept as text they are never called.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }

  Refusal refusal() const { return refusal_; }
  Value root() const { return pending_.empty() ? Value() : pending_.back().value; }

 private:
  bool Add(Value value);
  bool Open();
  bool Refuse(Refusal refusal);
  bool HasDuplicate(const Member* first, size_t count);
  Value MakeBox(Kind kind, void* items, size_t count);

  Arena& arena_;
  const Limits& limits_;
  Refusal refusal_ = Refusal::kNone;
  size_t depth_ = 0;
  size_t count_ = 0;
  std::string_view name_;
  std::vector<Member> pending_;          // Finished values whose container is still open.
  std::vector<std::string_view> names_;  // The names of the open containers' members, outermost first.
  std::vector<std::string_view> sorted_;
};

}  // namespace hjerte::json
