#pragma once

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "mapping/json/arena.h"
#include "mapping/json/limits.h"
#include "mapping/json/value.h"

namespace hjerte::json {

// A parsed document: the memory and the root in it. Moving it keeps every handle valid.
class Document {
 public:
  Document(std::unique_ptr<Arena> arena, Value root) : arena_(std::move(arena)), root_(root) {}

  const Value& root() const { return root_; }
  // The document's memory, for whoever extends the document or keeps values beside it.
  Arena& arena() { return *arena_; }

 private:
  std::unique_ptr<Arena> arena_;  // Behind a pointer, so that its address outlives a move.
  Value root_;
};

// Parses one JSON text (RFC 8259, UTF-8, a whole byte order mark is skipped). Refuses what readers disagree on:
// duplicate names, invalid UTF-8, lone surrogates, anything after the value. The error names line, column and byte,
// says what to do, and never quotes the content, which may hold a citizen's number. Linear in the text.
absl::StatusOr<Document> Parse(std::string_view text, const Limits& limits = {});

// The same into the caller's arena, for batches that reuse one. The value lives until the arena is reset.
absl::StatusOr<Value> ParseInto(Arena& arena, std::string_view text, const Limits& limits = {});

}  // namespace hjerte::json
