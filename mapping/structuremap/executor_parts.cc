#include <array>
#include <memory>
#include <new>
#include <optional>
#include <span>

#include "mapping/structuremap/executor.h"

// Parts of elements that a run builds once and copies from then on.

namespace hjerte::structuremap {
namespace {

// Whether the element has none of the part's yet, so that building the part only adds to it. A choice's names begin
// with that of its element, and what stands beside a primitive with _ before it.
bool IsOpen(const TargetNode& target, const CompiledPart& part) {
  if (!target.object.is_object() || target.type == fhirpath::kUnknownType) return false;
  for (const json::Member& member : target.object.members()) {
    if (member.name.empty()) continue;
    const char first = member.name.front();
    for (const std::string& written : part.names) {
      if (first == written.front() && member.name.starts_with(written)) return false;
      if (first == '_' && member.name.substr(1).starts_with(written)) return false;
    }
  }
  return true;
}

}  // namespace

absl::Status Executor::ApplyPart(const Place& place) {
  const CompiledPart& part = *place.rule->part;
  const Var& var = At(place, part.target);
  PartMemo*& memo = parts_[part.number];
  if (memo == nullptr) memo = std::construct_at(arena_.AllocateArray<PartMemo>(1));
  if (!memo->IsWorthwhile() || !var.set || var.target == nullptr || !IsOpen(*var.target, part)) return Build(place);
  std::array<PartKey, CompiledPart::kReadsMax> keys;
  for (size_t i = 0; i < part.reads.size(); ++i) {
    const std::optional<PartKey> key = PartKey::Of(At(place, part.reads[i]));
    const bool may_change = program_.reads_targets && key.has_value() && key->kind == PartKey::Kind::kNode;
    if (!key.has_value() || may_change) return Build(place);
    keys[i] = *key;
  }
  TargetNode& target = *var.target;
  PartMemo::Entry* entry = memo->Find(std::span(keys).first(part.reads.size()), target, place.depth);
  if (entry == nullptr) return Build(place);
  return entry->recorded ? CopyPart(target, *entry) : RecordPart(place, target, *entry);
}

absl::Status Executor::RecordPart(const Place& place, TargetNode& target, PartMemo::Entry& entry) {
  const size_t size = target.object.size();
  const uint64_t steps = steps_;
  const uint64_t written = writer_.written();
  const int64_t empty = writer_.empty();
  if (absl::Status status = Build(place); !status.ok()) return status;
  // What stands in the target now may be written to by rules to come.
  const std::span<const json::Member> built = target.object.members().subspan(size);
  auto* members = arena_.AllocateArray<json::Member>(built.size());
  for (size_t i = 0; i < built.size(); ++i) {
    new (&members[i]) json::Member{built[i].name, json::CopyContainers(arena_, built[i].value)};
  }
  entry.members = {members, built.size()};
  entry.steps = steps_ - steps;
  entry.written = writer_.written() - written;
  // That the element itself is empty no more is not the part's.
  entry.empty = writer_.empty() - empty + (size == 0 && !built.empty() ? 1 : 0);
  entry.recorded = true;
  return absl::OkStatus();
}

absl::Status Executor::CopyPart(TargetNode& target, const PartMemo::Entry& entry) {
  if (absl::Status status = Step(entry.steps); !status.ok()) return status;
  if (absl::Status status = writer_.Count(entry.written); !status.ok()) return status;
  writer_.CountEmpty(entry.empty);
  for (const json::Member& member : entry.members) {
    writer_.Add(target, member.name, json::CopyContainers(arena_, member.value));
  }
  return absl::OkStatus();
}

}  // namespace hjerte::structuremap
