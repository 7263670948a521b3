#include <algorithm>
#include <numeric>
#include <vector>

#include "mapping/fhirpath/compare.h"
#include "mapping/fhirpath/convert.h"
#include "mapping/fhirpath/function.h"

namespace hjerte::fhirpath {

namespace {

bool Where(const Call& call, Collection& out) {
  for (size_t i = 0; i < call.input.size(); ++i) {
    const Tri test = call.TestItem(0, call.input[i], static_cast<int64_t>(i));
    if (test == Tri::kError) return false;
    if (test == Tri::kTrue) out.Add(call.input[i]);
  }
  return true;
}

bool Select(const Call& call, Collection& out) {
  for (size_t i = 0; i < call.input.size(); ++i) {
    if (!call.ForItem(0, call.input[i], static_cast<int64_t>(i), out)) return false;
    if (!call.frame.CheckSize(call.position, out)) return false;
  }
  return true;
}

// Projects the items, then what came of them, until nothing new does.
bool RepeatWith(const Call& call, bool distinct, Collection& out) {
  ItemSet seen(call.frame);
  Collection round = call.input;
  while (!round.empty()) {
    Collection next;
    for (size_t i = 0; i < round.size(); ++i) {
      Collection values;
      if (!call.ForItem(0, round[i], static_cast<int64_t>(i), values)) return false;
      for (const Item& value : values) {
        if (!call.frame.Step(call.position)) return false;
        if (!distinct || seen.Insert(value)) next.Add(value);
      }
    }
    out.Append(next);
    if (!call.frame.CheckSize(call.position, out)) return false;
    round = std::move(next);
  }
  return true;
}

bool Repeat(const Call& call, Collection& out) { return RepeatWith(call, true, out); }
bool RepeatAll(const Call& call, Collection& out) { return RepeatWith(call, false, out); }

struct SortKey {
  std::vector<Collection> parts;
};

bool ReadKeys(const Call& call, std::vector<SortKey>& keys) {
  for (size_t i = 0; i < call.input.size(); ++i) {
    for (size_t part = 0; part < std::max<size_t>(call.argument_count(), 1); ++part) {
      Collection values;
      if (call.argument_count() == 0) {
        values.Add(call.input[i]);
      } else if (!call.ForItem(part, call.input[i], static_cast<int64_t>(i), values)) {
        return false;
      }
      if (values.size() > 1) return call.Fail("a sort key must be one value; use first()");
      keys[i].parts.push_back(std::move(values));
    }
  }
  return true;
}

bool IsDescending(const Call& call, size_t part) { return part < call.descending.size() && call.descending[part]; }

// Whether the left key stands first; `mismatch` is set where two keys have no order.
bool Before(const Call& call, const SortKey& left, const SortKey& right, bool& mismatch) {
  for (size_t part = 0; part < left.parts.size(); ++part) {
    const Collection& a = left.parts[part];
    const Collection& b = right.parts[part];
    const bool down = IsDescending(call, part);
    // Items without a key stand first, whichever way the others are counted.
    if (a.empty() || b.empty()) {
      if (a.empty() == b.empty()) continue;
      return a.empty();
    }
    const Order order = Compare(call.frame, a.front(), b.front());
    if (order == Order::kMismatch) mismatch = true;
    if (order == Order::kLess || order == Order::kGreater) return (order == Order::kLess) != down;
  }
  return false;
}

bool Sort(const Call& call, Collection& out) {
  std::vector<SortKey> keys(call.input.size());
  if (!ReadKeys(call, keys)) return false;
  std::vector<size_t> order(call.input.size());
  std::iota(order.begin(), order.end(), size_t{0});
  bool mismatch = false;
  // Merge sort stays within its memory even where partial dates make the order inconsistent.
  std::stable_sort(order.begin(), order.end(), [&](size_t left, size_t right) {
    if (call.frame.steps_left > 0) --call.frame.steps_left;
    return Before(call, keys[left], keys[right], mismatch);
  });
  if (mismatch) return call.Fail("sort keys of different types have no order");
  for (const size_t index : order) out.Add(call.input[index]);
  return call.frame.Step(call.position);
}

bool Aggregate(const Call& call, Collection& out) {
  Collection total;
  if (call.argument_count() > 1 && !call.Argument(1, total)) return false;
  for (size_t i = 0; i < call.input.size(); ++i) {
    FocusScope scope(call.frame);
    scope.Set(&call.input[i], static_cast<int64_t>(i));
    call.frame.total = &total;
    Collection next;
    if (!call.frame.Step(call.position) || !call.arguments[0]->Evaluate(call.frame, next)) return false;
    total = std::move(next);
  }
  out.Append(total);
  return true;
}

constexpr FunctionInfo kFunctions[] = {
    {"where", Where, 1, 1, ResultKind::kSameAsInput, ArgumentKind::kLambda},
    {"select", Select, 1, 1, ResultKind::kArgument, ArgumentKind::kLambda},
    {"repeat", Repeat, 1, 1, ResultKind::kUnknown, ArgumentKind::kLambda},
    {"repeatAll", RepeatAll, 1, 1, ResultKind::kUnknown, ArgumentKind::kLambda},
    {"sort", Sort, 0, 16, ResultKind::kSameAsInput, ArgumentKind::kLambda},
    {"aggregate", Aggregate, 1, 2, ResultKind::kUnknown, ArgumentKind::kLambda},
};

}  // namespace

std::span<const FunctionInfo> FilteringFunctions() { return kFunctions; }

}  // namespace hjerte::fhirpath
