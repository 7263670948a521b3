#include <algorithm>
#include <utility>

#include "mapping/structuremap/executor.h"

// Elements that several rules read, looked up once for all of them.

namespace hjerte::structuremap {
namespace {

using fhirpath::Item;

constexpr size_t kWalksKept = 4;  // of one element, for rules that go to and fro between records

}  // namespace

// An element that is being written may change between two rules.
bool Executor::MayShareWalk(const Var& context) {
  if (!context.set || context.target != nullptr || !context.item.is_node()) return false;
  return context.item.node().is_object() && context.item.node().identity() != nullptr;
}

absl::StatusOr<const Executor::SharedWalk*> Executor::FindWalk(const Place& place, const CompiledSource& source,
                                                               const Var& context) {
  KeptWalks& kept = walks_[*source.walk];
  const void* of = context.item.node().identity();
  for (const SharedWalk& walk : kept.walks) {
    if (walk.of == of && walk.type == context.item.type() && walk.list == place.list) return &walk;
  }
  if (kept.walks.size() < kWalksKept) kept.walks.resize(kept.walks.size() + 1);
  SharedWalk& walk = kept.walks[kept.next];
  kept.next = (kept.next + 1) % kWalksKept;
  walk = SharedWalk();
  if (absl::Status status = FillWalk(source, context, walk); !status.ok()) return status;
  walk.of = of;
  walk.type = context.item.type();
  walk.list = place.list;
  return &walk;
}

absl::Status Executor::FillWalk(const CompiledSource& source, const Var& context, SharedWalk& walk) {
  if (absl::Status status = Walk(context, source.ast->element, walk.values); !status.ok()) return status;
  if (source.key_member.empty()) return absl::OkStatus();
  for (size_t i = 0; i < walk.values.size(); ++i) {
    const Item& item = walk.values[i].item;
    std::string_view text;
    if (fhirpath::PlainMemberText(item, source.key_member, text)) {
      walk.keyed.emplace_back(text, i);
    } else {
      walk.unkeyed.push_back(i);
    }
  }
  std::sort(walk.keyed.begin(), walk.keyed.end());
  walk.alike.resize(walk.values.size());
  for (const size_t i : walk.unkeyed) walk.alike[i] = i;
  for (size_t i = 0, first = 0; i < walk.keyed.size(); ++i) {
    if (walk.keyed[i].first != walk.keyed[first].first) first = i;
    walk.alike[walk.keyed[i].second] = walk.keyed[first].second;
  }
  return absl::OkStatus();
}

absl::Status Executor::MatchShared(const Place& place, const CompiledSource& source, const Var& context) {
  const size_t base = matches_.size();
  absl::StatusOr<const SharedWalk*> walk = FindWalk(place, source, context);
  if (!walk.ok()) return walk.status();
  if (absl::Status status = CheckCardinality(source, (*walk)->values.size()); !status.ok()) return status;
  absl::Status status = source.key.has_value() ? JudgeKeyed(place, source, **walk) : JudgeAll(place, source, **walk);
  return status.ok() ? ApplyListMode(source, base) : status;
}

absl::Status Executor::JudgeKeyed(const Place& place, const CompiledSource& source, const SharedWalk& walk) {
  const std::string_view key = *source.key;
  auto next = std::lower_bound(walk.keyed.begin(), walk.keyed.end(), std::pair(key, size_t{0}));
  auto other = walk.unkeyed.begin();
  const auto keyed = [&] { return next != walk.keyed.end() && next->first == key; };
  std::optional<bool> verdict;
  if (absl::Status status = Step(); !status.ok()) return status;
  // Both run upwards, so that the values keep their order.
  while (keyed() || other != walk.unkeyed.end()) {
    const bool first = keyed() && (other == walk.unkeyed.end() || next->second < *other);
    std::optional<bool> alone;
    std::optional<bool>& judged = first && source.judged_by_key ? verdict : alone;
    absl::Status status = Judge(place, source, walk.values[first ? (next++)->second : *other++], judged);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Executor::JudgeAll(const Place& place, const CompiledSource& source, const SharedWalk& walk) {
  std::vector<std::optional<bool>> verdicts(source.judged_by_key ? walk.values.size() : 0);
  if (absl::Status status = Step(); !status.ok()) return status;
  for (size_t i = 0; i < walk.values.size(); ++i) {
    std::optional<bool> alone;
    std::optional<bool>& judged = source.judged_by_key ? verdicts[walk.alike[i]] : alone;
    if (absl::Status status = Judge(place, source, walk.values[i], judged); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Executor::Judge(const Place& place, const CompiledSource& source, const Var& match,
                             std::optional<bool>& verdict) {
  if (absl::Status status = Step(); !status.ok()) return status;
  if (!verdict.has_value()) {
    absl::StatusOr<bool> keeps = Keeps(place, source, match);
    if (!keeps.ok()) return keeps.status();
    verdict = *keeps;
  }
  if (*verdict) matches_.push_back(match);
  return absl::OkStatus();
}

}  // namespace hjerte::structuremap
