#include "mapping/fhirpath/compare.h"
#include "mapping/fhirpath/convert.h"
#include "mapping/fhirpath/function.h"
#include "mapping/fhirpath/operators.h"

namespace hjerte::fhirpath {

namespace {

bool IsMeasure(ItemKind kind) {
  return kind == ItemKind::kInteger || kind == ItemKind::kLong || kind == ItemKind::kDecimal ||
         kind == ItemKind::kQuantity;
}

bool IsOrdered(ItemKind kind) { return IsMeasure(kind) || kind == ItemKind::kString || kind >= ItemKind::kDate; }

// The System values of the input, all of one type that `accepted` takes.
bool Values(const Call& call, bool (*accepted)(ItemKind), Collection& values) {
  for (const Item& item : call.input) {
    const Item value = ToSystem(call.frame, item);
    if (!call.frame.Step(call.position)) return false;
    if (value.is_node() || !accepted(value.kind())) return call.Fail("the function does not apply to these values");
    if (!values.empty() && value.kind() != values.front().kind()) {
      return call.Fail("the function needs values of one type");
    }
    values.Add(value);
  }
  return true;
}

// `total` stays empty where there are no values, or no sum of them.
bool AddUp(const Call& call, const Collection& values, Collection& total) {
  for (const Item& value : values) {
    Collection next;
    if (total.empty()) {
      next.Add(value);
    } else if (!Calculate(call.frame, call.position, Operator::kPlus, total.front(), value, next)) {
      return false;
    }
    total = std::move(next);
    if (total.empty()) return true;
  }
  return true;
}

bool Sum(const Call& call, Collection& out) {
  Collection values;
  return Values(call, IsMeasure, values) && AddUp(call, values, out);
}

bool Average(const Call& call, Collection& out) {
  Collection values;
  Collection total;
  if (!Values(call, IsMeasure, values) || !AddUp(call, values, total)) return false;
  if (total.empty()) return true;
  const Item count = Item::Integer(static_cast<int64_t>(values.size()));
  return Calculate(call.frame, call.position, Operator::kDivide, total.front(), count, out);
}

// The value that stands on the wanted side of all others; empty where two of them have no order (FHIRPath 3.0.0, min).
bool Extreme(const Call& call, Order wanted, Collection& out) {
  Collection values;
  if (!Values(call, IsOrdered, values) || values.empty()) return call.frame.error.ok();
  size_t best = 0;
  for (size_t i = 1; i < values.size(); ++i) {
    const Order order = Compare(call.frame, values[i], values[best]);
    if (order == Order::kUnknown) return true;
    if (order == wanted) best = i;
  }
  out.Add(call.input[best]);
  return true;
}

bool Min(const Call& call, Collection& out) { return Extreme(call, Order::kLess, out); }
bool Max(const Call& call, Collection& out) { return Extreme(call, Order::kGreater, out); }

constexpr FunctionInfo kFunctions[] = {
    {"sum", Sum, 0, 0},
    {"min", Min, 0, 0, ResultKind::kSameAsInput},
    {"max", Max, 0, 0, ResultKind::kSameAsInput},
    {"avg", Average, 0, 0},
};

}  // namespace

std::span<const FunctionInfo> AggregateFunctions() { return kFunctions; }

}  // namespace hjerte::fhirpath
