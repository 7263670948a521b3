#include <cstdint>
#include <string_view>

#include "mapping/fhirpath/definitions.h"
#include "mapping/fhirpath/expression.h"
#include "mapping/json/document.h"

namespace {

using hjerte::fhirpath::CompileOptions;
using hjerte::fhirpath::EvaluationContext;
using hjerte::fhirpath::Expression;

const hjerte::json::Document& Record() {
  static const hjerte::json::Document record = *hjerte::json::Parse(R"({"resourceType":"Patient","id":"p","active":true,
    "name":[{"use":"official","given":["Ida","Bo",null],"_given":[null,null,{"id":"g"}],"family":"Lund"},{"given":["Kit"]}],
    "birthDate":"1960-05-04","_birthDate":{"extension":[{"url":"u","valueDateTime":"1960-05-04T10:00:00+01:00"}]},
    "multipleBirthInteger":2,"contained":[{"resourceType":"Observation","id":"o","valueQuantity":{"value":1.50,"unit":"mg",
    "system":"http://unitsofmeasure.org","code":"mg"}}],"link":[{"other":{"reference":"#o"}}]})");
  return record;
}

void Evaluate(std::string_view source, const CompileOptions& options) {
  const auto expression = Expression::Compile(source, options);
  if (!expression.ok()) return;
  EvaluationContext context;
  context.limits() = {.max_steps = 20'000, .max_items = 5'000, .max_bytes = size_t{4} << 20};
  context.set_now(*hjerte::fhirpath::Temporal::ParseDateTime("2026-01-02T03:04:05Z"));
  const auto values = expression->Evaluate(Record().root(), context);
  if (!values.ok()) return;
  for (const hjerte::fhirpath::Item& item : *values) {
    static_cast<void>(hjerte::fhirpath::TypeName(item, expression->model()));
    static_cast<void>(hjerte::fhirpath::ToText(item, expression->model()));
  }
}

}  // namespace

// Any text compiles or is refused, and what compiles ends within its limits, with types and without.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  Evaluate(source, {});
  CompileOptions typed;
  typed.model = hjerte::fhirpath::R4Model();
  Evaluate(source, typed);
  return 0;
}
