#include "mapping/fhirpath/compare.h"
#include "mapping/fhirpath/convert.h"
#include "mapping/fhirpath/function.h"

namespace hjerte::fhirpath {

namespace {

bool Answer(Collection& out, bool value) {
  out.Add(Item::Boolean(value));
  return true;
}

bool Empty(const Call& call, Collection& out) { return Answer(out, call.input.empty()); }

bool Exists(const Call& call, Collection& out) {
  if (call.argument_count() == 0) return Answer(out, !call.input.empty());
  for (size_t i = 0; i < call.input.size(); ++i) {
    const Tri test = call.TestItem(0, call.input[i], static_cast<int64_t>(i));
    if (test == Tri::kError) return false;
    if (test == Tri::kTrue) return Answer(out, true);
  }
  return Answer(out, false);
}

bool All(const Call& call, Collection& out) {
  for (size_t i = 0; i < call.input.size(); ++i) {
    const Tri test = call.TestItem(0, call.input[i], static_cast<int64_t>(i));
    if (test == Tri::kError) return false;
    if (test != Tri::kTrue) return Answer(out, false);
  }
  return Answer(out, true);
}

// allTrue and the like: all items must be Booleans, also those behind the one that decides.
bool Quantify(const Call& call, bool wanted, bool any, Collection& out) {
  bool result = !any;
  for (const Item& item : call.input) {
    const Item value = ToSystem(call.frame, item);
    if (value.kind() != ItemKind::kBoolean) return call.Fail("the function needs Booleans only");
    if (any && value.boolean() == wanted) result = true;
    if (!any && value.boolean() != wanted) result = false;
  }
  return Answer(out, result);
}

bool AllTrue(const Call& call, Collection& out) { return Quantify(call, true, false, out); }
bool AnyTrue(const Call& call, Collection& out) { return Quantify(call, true, true, out); }
bool AllFalse(const Call& call, Collection& out) { return Quantify(call, false, false, out); }
bool AnyFalse(const Call& call, Collection& out) { return Quantify(call, false, true, out); }

bool IsSubset(const Call& call, const Collection& part, const Collection& whole, Collection& out) {
  ItemSet set(call.frame);
  for (const Item& item : whole) {
    if (!call.frame.Step(call.position)) return false;
    set.Insert(item);
  }
  for (const Item& item : part) {
    if (!call.frame.Step(call.position)) return false;
    if (!set.Contains(item)) return Answer(out, false);
  }
  return Answer(out, true);
}

bool SubsetOf(const Call& call, Collection& out) {
  Collection other;
  return call.Argument(0, other) && IsSubset(call, call.input, other, out);
}

bool SupersetOf(const Call& call, Collection& out) {
  Collection other;
  return call.Argument(0, other) && IsSubset(call, other, call.input, out);
}

bool Count(const Call& call, Collection& out) {
  out.Add(Item::Integer(static_cast<int64_t>(call.input.size())));
  return true;
}

bool Distinct(const Call& call, Collection& out) {
  ItemSet seen(call.frame);
  for (const Item& item : call.input) {
    if (!call.frame.Step(call.position)) return false;
    if (seen.Insert(item)) out.Add(item);
  }
  return true;
}

bool IsDistinct(const Call& call, Collection& out) {
  Collection distinct;
  return Distinct(call, distinct) && Answer(out, distinct.size() == call.input.size());
}

bool Not(const Call& call, Collection& out) {
  const Tri value = Singleton(call.frame, call.position, call.input);
  if (value == Tri::kError) return false;
  return value == Tri::kEmpty || Answer(out, value == Tri::kFalse);
}

constexpr FunctionInfo kFunctions[] = {
    {"empty", Empty, 0, 0, ResultKind::kBoolean},
    {"exists", Exists, 0, 1, ResultKind::kBoolean, ArgumentKind::kLambda},
    {"all", All, 1, 1, ResultKind::kBoolean, ArgumentKind::kLambda},
    {"allTrue", AllTrue, 0, 0, ResultKind::kBoolean},
    {"anyTrue", AnyTrue, 0, 0, ResultKind::kBoolean},
    {"allFalse", AllFalse, 0, 0, ResultKind::kBoolean},
    {"anyFalse", AnyFalse, 0, 0, ResultKind::kBoolean},
    {"subsetOf", SubsetOf, 1, 1, ResultKind::kBoolean},
    {"supersetOf", SupersetOf, 1, 1, ResultKind::kBoolean},
    {"count", Count, 0, 0, ResultKind::kInteger},
    {"distinct", Distinct, 0, 0, ResultKind::kSameAsInput},
    {"isDistinct", IsDistinct, 0, 0, ResultKind::kBoolean},
    {"not", Not, 0, 0, ResultKind::kBoolean},
};

}  // namespace

std::span<const FunctionInfo> ExistenceFunctions() { return kFunctions; }

}  // namespace hjerte::fhirpath
