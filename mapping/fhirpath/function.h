#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "mapping/fhirpath/node.h"
#include "mapping/fhirpath/type_spec.h"

namespace hjerte::fhirpath {

// What a function makes of a first argument that is a literal, once, when the expression is compiled.
struct Prepared {
  virtual ~Prepared() = default;
};

// One call of a function: its input collection and its arguments, not yet evaluated.
struct Call {
  Frame& frame;
  const Collection& input;
  std::span<const NodePtr> arguments;
  std::span<const bool> descending;  // For sort(): which keys count down.
  const TypeSpec* type;              // For is(), as(), ofType().
  const Prepared* prepared;          // What FunctionInfo::prepare made; null where it could not.
  Position position;

  size_t argument_count() const { return arguments.size(); }
  bool Fail(std::string_view message) const { return frame.Fail(position, message); }

  // Each of these is false if the evaluation failed. An empty collection leaves the value empty, several items are an
  // error.
  bool Single(std::optional<Item>& item) const;
  bool Argument(size_t index, Collection& values) const;
  bool SingleArgument(size_t index, std::optional<Item>& item) const;
  bool TextInput(std::optional<std::string_view>& text) const;
  bool TextArgument(size_t index, std::optional<std::string_view>& text) const;
  bool IntegerArgument(size_t index, std::optional<int64_t>& value) const;

  // Evaluates an argument for one item of the input, with $this and $index set.
  bool ForItem(size_t argument, const Item& item, int64_t index, Collection& values) const;
  Tri TestItem(size_t argument, const Item& item, int64_t index) const;
};

using Function = bool (*)(const Call& call, Collection& out);

// What an argument is evaluated against.
enum class ArgumentKind : uint8_t {
  kValue,   // The focus of the whole expression ($this of the caller).
  kLambda,  // Each item of the input.
  kType,    // Not at all: a type specifier.
};

// What is known of a result when compiling.
enum class ResultKind : uint8_t { kUnknown, kSameAsInput, kArgument, kBoolean, kInteger, kDecimal, kString, kChildren };

// What the input must be, as far as types are known when compiling.
enum class InputKind : uint8_t { kAny, kText };

struct FunctionInfo {
  std::string_view name;
  Function run;
  uint8_t least_arguments = 0;
  uint8_t most_arguments = 0;
  ResultKind result = ResultKind::kUnknown;
  ArgumentKind argument = ArgumentKind::kValue;
  InputKind input = InputKind::kAny;
  std::unique_ptr<const Prepared> (*prepare)(std::string_view literal) = nullptr;
};

// The functions of each family, each in a file of its own.
std::span<const FunctionInfo> ExistenceFunctions();
std::span<const FunctionInfo> SubsettingFunctions();
std::span<const FunctionInfo> FilteringFunctions();
std::span<const FunctionInfo> ControlFunctions();
std::span<const FunctionInfo> StringFunctions();
std::span<const FunctionInfo> RegexFunctions();
std::span<const FunctionInfo> EncodingFunctions();
std::span<const FunctionInfo> MathFunctions();
std::span<const FunctionInfo> ConversionFunctions();
std::span<const FunctionInfo> TypeFunctions();
std::span<const FunctionInfo> CalendarFunctions();
std::span<const FunctionInfo> BoundaryFunctions();
std::span<const FunctionInfo> IntervalFunctions();
std::span<const FunctionInfo> AggregateFunctions();
std::span<const FunctionInfo> TreeFunctions();
std::span<const FunctionInfo> FhirFunctions();
std::span<const FunctionInfo> TerminologyFunctions();
std::span<const FunctionInfo> ProfileFunctions();

// All of the above, for whoever lists what there is.
std::vector<std::span<const FunctionInfo>> FunctionFamilies();

// The function of that name; null if there is none.
const FunctionInfo* FindFunction(std::string_view name);

}  // namespace hjerte::fhirpath
