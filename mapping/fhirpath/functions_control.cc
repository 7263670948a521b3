#include <algorithm>

#include "absl/strings/str_cat.h"
#include "mapping/fhirpath/convert.h"
#include "mapping/fhirpath/function.h"

namespace hjerte::fhirpath {

namespace {

// Evaluates an argument with the single input item as $this, or with no focus where the input is empty. It is no
// iteration: $index stays that of the one around it.
bool WithInput(const Call& call, size_t argument, Collection& out) {
  FocusScope scope(call.frame);
  scope.Set(call.input.empty() ? nullptr : &call.input.front(), call.frame.index);
  return call.arguments[argument]->Evaluate(call.frame, out);
}

bool Iif(const Call& call, Collection& out) {
  if (call.input.size() > 1) return call.Fail("iif() needs one item, found several; use select(iif(…))");
  Collection criterion;
  if (!WithInput(call, 0, criterion)) return false;
  if (criterion.size() > 1) return call.Fail("the criterion of iif() must be one Boolean");
  if (!criterion.empty()) {
    const Item value = ToSystem(call.frame, criterion.front());
    if (value.kind() != ItemKind::kBoolean) return call.Fail("the criterion of iif() must be a Boolean");
    if (value.boolean()) return WithInput(call, 1, out);
  }
  return call.argument_count() < 3 || WithInput(call, 2, out);
}

bool Coalesce(const Call& call, Collection& out) {
  for (size_t i = 0; i < call.argument_count() && out.empty(); ++i) {
    if (!call.Argument(i, out)) return false;
  }
  return true;
}

bool Trace(const Call& call, Collection& out) {
  std::optional<std::string_view> name;
  if (!call.TextArgument(0, name)) return false;
  Collection shown;
  if (call.argument_count() == 1) {
    shown = call.input;
  } else {
    for (size_t i = 0; i < call.input.size(); ++i) {
      if (!call.ForItem(1, call.input[i], static_cast<int64_t>(i), shown)) return false;
    }
  }
  const auto& sink = call.frame.context.hooks().trace;
  if (sink) sink(name.value_or(""), shown);
  out.Append(call.input);
  return true;
}

bool DefineVariable(const Call& call, Collection& out) {
  std::optional<std::string_view> name;
  if (!call.TextArgument(0, name)) return false;
  if (!name.has_value()) return call.Fail("defineVariable() needs a name");
  auto& locals = call.frame.locals;
  const bool defined =
      std::any_of(locals.begin(), locals.end(), [&](const LocalVariable& local) { return local.name == *name; }) ||
      call.frame.context.FindVariable(*name) != nullptr || *name == "context" || *name == "resource" ||
      *name == "rootResource" || *name == "ucum" || *name == "sct" || *name == "loinc";
  if (defined) return call.Fail(absl::StrCat("the variable %", std::string(*name), " is defined already"));
  Collection value = call.input;
  if (call.argument_count() > 1) {
    value.clear();
    // The whole input is the focus: name.defineVariable('second', skip(1).first()).
    FocusScope scope(call.frame);
    scope.Set(call.input.items(), call.frame.index);
    if (!call.arguments[1]->Evaluate(call.frame, value)) return false;
  }
  locals.push_back({*name, std::move(value)});
  out.Append(call.input);
  return true;
}

constexpr FunctionInfo kFunctions[] = {
    {"iif", Iif, 2, 3, ResultKind::kUnknown, ArgumentKind::kLambda},
    {"coalesce", Coalesce, 1, 32},
    {"trace", Trace, 1, 2, ResultKind::kSameAsInput, ArgumentKind::kLambda},
    {"defineVariable", DefineVariable, 1, 2, ResultKind::kSameAsInput, ArgumentKind::kLambda},
};

}  // namespace

std::span<const FunctionInfo> ControlFunctions() { return kFunctions; }

}  // namespace hjerte::fhirpath
