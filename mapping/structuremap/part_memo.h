#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "mapping/json/value.h"
#include "mapping/structuremap/compiled.h"
#include "mapping/structuremap/frame.h"

namespace hjerte::structuremap {

// What a variable held, as far as a part can tell: two equal keys stand for the same values. Texts and nodes live as
// long as the run.
struct PartKey {
  enum class Kind : uint8_t { kUnset, kText, kNumber, kLiteral, kNode };
  Kind kind = Kind::kUnset;
  fhirpath::ItemKind item = fhirpath::ItemKind::kNode;
  fhirpath::TypeId type = fhirpath::kUnknownType;
  const void* data = nullptr;
  size_t size = 0;

  // Empty for values that are not compared: dates, quantities and what has an id or extension beside it.
  static std::optional<PartKey> Of(const Var& var);

  bool operator==(const PartKey& other) const;
};

// What one part of a program gave for the values it was last built of. Lives in the run's arena.
class PartMemo {
 public:
  struct Entry {
    std::array<PartKey, CompiledPart::kReadsMax> keys;
    // The element's type, and whether names it does not list are accepted.
    fhirpath::TypeId type = fhirpath::kUnknownType;
    bool lenient = false;
    bool recorded = false;  // `members` are there: the values came at least twice
    int depth = 0;          // of the rules it was built within
    std::span<const json::Member> members;
    // What building it cost.
    uint64_t steps = 0;
    uint64_t written = 0;
    int64_t empty = 0;  // elements in it that nothing was written to
  };

  // Whether values have come back so far, or may yet: a part that is another each time is not looked for any more.
  bool IsWorthwhile() const { return misses_ < kMissesMax; }

  // The entry of those values for an element like `target`; null where they are new, for which one is then made.
  Entry* Find(std::span<const PartKey> keys, const TargetNode& target, int depth);

 private:
  static constexpr size_t kEntries = 4;
  static constexpr int kMissesMax = 32;

  std::array<Entry, kEntries> entries_;
  size_t count_ = 0;
  size_t next_ = 0;
  int misses_ = 0;  // since the last hit
};

}  // namespace hjerte::structuremap
