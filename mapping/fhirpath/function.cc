#include "mapping/fhirpath/function.h"

#include "mapping/fhirpath/convert.h"

namespace hjerte::fhirpath {

namespace {

bool TextOf(const Call& call, const std::optional<Item>& item, std::optional<std::string_view>& text) {
  if (!item.has_value()) return true;
  // Every FHIR primitive that JSON writes as a string can be taken for one: birthDate.substring(0, 4).
  if (item->is_node() && item->node().is_string()) {
    text = item->node().text();
    return true;
  }
  const Item value = ToSystem(call.frame, *item);
  if (value.is_node() && value.node().is_null()) return true;
  if (value.kind() != ItemKind::kString) return call.Fail("the function needs a string; use toString()");
  text = value.text();
  return true;
}

bool SingleOf(const Call& call, const Collection& values, std::optional<Item>& item) {
  if (values.size() > 1) return call.Fail("the function needs one value, found several; use first() or select()");
  if (!values.empty()) item = values.front();
  return true;
}

}  // namespace

bool Call::Single(std::optional<Item>& item) const { return SingleOf(*this, input, item); }

bool Call::Argument(size_t index, Collection& values) const {
  FocusScope scope(frame);
  return arguments[index]->Evaluate(frame, values);
}

bool Call::SingleArgument(size_t index, std::optional<Item>& item) const {
  Collection values;
  return Argument(index, values) && SingleOf(*this, values, item);
}

bool Call::TextInput(std::optional<std::string_view>& text) const {
  std::optional<Item> item;
  return Single(item) && TextOf(*this, item, text);
}

bool Call::TextArgument(size_t index, std::optional<std::string_view>& text) const {
  std::optional<Item> item;
  return SingleArgument(index, item) && TextOf(*this, item, text);
}

bool Call::IntegerArgument(size_t index, std::optional<int64_t>& value) const {
  std::optional<Item> item;
  if (!SingleArgument(index, item)) return false;
  if (!item.has_value()) return true;
  const Item number = ToSystem(frame, *item);
  if (number.kind() != ItemKind::kInteger && number.kind() != ItemKind::kLong)
    return Fail("the argument must be an Integer");
  value = number.integer();
  return true;
}

bool Call::ForItem(size_t argument, const Item& item, int64_t index, Collection& values) const {
  FocusScope scope(frame);
  scope.Set(&item, index);
  return frame.Step(position) && arguments[argument]->Evaluate(frame, values);
}

Tri Call::TestItem(size_t argument, const Item& item, int64_t index) const {
  FocusScope scope(frame);
  scope.Set(&item, index);
  return frame.Step(position) ? arguments[argument]->Test(frame) : Tri::kError;
}

std::vector<std::span<const FunctionInfo>> FunctionFamilies() {
  return {ExistenceFunctions(), SubsettingFunctions(),  FilteringFunctions(), ControlFunctions(),    StringFunctions(),
          RegexFunctions(),     EncodingFunctions(),    MathFunctions(),      ConversionFunctions(), TypeFunctions(),
          CalendarFunctions(),  BoundaryFunctions(),    IntervalFunctions(),  AggregateFunctions(),  TreeFunctions(),
          FhirFunctions(),      TerminologyFunctions(), ProfileFunctions()};
}

const FunctionInfo* FindFunction(std::string_view name) {
  for (const auto family : FunctionFamilies()) {
    for (const FunctionInfo& function : family) {
      if (function.name == name) return &function;
    }
  }
  return nullptr;
}

}  // namespace hjerte::fhirpath
