#include <algorithm>

#include "mapping/fhirpath/compare.h"
#include "mapping/fhirpath/function.h"

namespace hjerte::fhirpath {

namespace {

bool Single(const Call& call, Collection& out) {
  if (call.input.size() > 1) return call.Fail("single() found several items");
  out.Append(call.input);
  return true;
}

bool First(const Call& call, Collection& out) {
  if (!call.input.empty()) out.Add(call.input.front());
  return true;
}

bool Last(const Call& call, Collection& out) {
  if (!call.input.empty()) out.Add(call.input.back());
  return true;
}

bool Tail(const Call& call, Collection& out) {
  if (!call.input.empty()) out.Append(call.input.items().subspan(1));
  return true;
}

bool Skip(const Call& call, Collection& out) {
  std::optional<int64_t> count;
  if (!call.IntegerArgument(0, count)) return false;
  if (!count.has_value()) return true;
  const size_t skipped = std::min(static_cast<size_t>(std::max<int64_t>(*count, 0)), call.input.size());
  out.Append(call.input.items().subspan(skipped));
  return true;
}

bool Take(const Call& call, Collection& out) {
  std::optional<int64_t> count;
  if (!call.IntegerArgument(0, count)) return false;
  if (!count.has_value()) return true;
  const size_t taken = std::min(static_cast<size_t>(std::max<int64_t>(*count, 0)), call.input.size());
  out.Append(call.input.items().first(taken));
  return true;
}

bool FillSet(const Call& call, const Collection& values, ItemSet& set) {
  for (const Item& item : values) {
    if (!call.frame.Step(call.position)) return false;
    set.Insert(item);
  }
  return true;
}

bool Intersect(const Call& call, Collection& out) {
  Collection other;
  ItemSet wanted(call.frame);
  ItemSet taken(call.frame);
  if (!call.Argument(0, other) || !FillSet(call, other, wanted)) return false;
  for (const Item& item : call.input) {
    if (!call.frame.Step(call.position)) return false;
    if (wanted.Contains(item) && taken.Insert(item)) out.Add(item);
  }
  return true;
}

bool Exclude(const Call& call, Collection& out) {
  Collection other;
  ItemSet unwanted(call.frame);
  if (!call.Argument(0, other) || !FillSet(call, other, unwanted)) return false;
  for (const Item& item : call.input) {
    if (!call.frame.Step(call.position)) return false;
    if (!unwanted.Contains(item)) out.Add(item);
  }
  return true;
}

bool Union(const Call& call, Collection& out) {
  Collection other;
  if (!call.Argument(0, other)) return false;
  ItemSet seen(call.frame);
  for (const Collection* values : {&call.input, static_cast<const Collection*>(&other)}) {
    for (const Item& item : *values) {
      if (!call.frame.Step(call.position)) return false;
      if (seen.Insert(item)) out.Add(item);
    }
  }
  return call.frame.CheckSize(call.position, out);
}

bool Combine(const Call& call, Collection& out) {
  Collection other;
  if (!call.Argument(0, other)) return false;
  // A second argument asks to keep the order; it always is kept.
  out.Append(call.input);
  out.Append(other);
  return call.frame.CheckSize(call.position, out);
}

constexpr FunctionInfo kFunctions[] = {
    {"single", Single, 0, 0, ResultKind::kSameAsInput},
    {"first", First, 0, 0, ResultKind::kSameAsInput},
    {"last", Last, 0, 0, ResultKind::kSameAsInput},
    {"tail", Tail, 0, 0, ResultKind::kSameAsInput},
    {"skip", Skip, 1, 1, ResultKind::kSameAsInput},
    {"take", Take, 1, 1, ResultKind::kSameAsInput},
    {"intersect", Intersect, 1, 1, ResultKind::kSameAsInput},
    {"exclude", Exclude, 1, 1, ResultKind::kSameAsInput},
    {"union", Union, 1, 1},
    {"combine", Combine, 1, 2},
};

}  // namespace

std::span<const FunctionInfo> SubsettingFunctions() { return kFunctions; }

}  // namespace hjerte::fhirpath
