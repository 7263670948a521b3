#include <iostream>

#include "mapping/fhirpath/definitions.h"
#include "mapping/fhirpath/expression.h"
#include "mapping/json/document.h"

int main() {
  using namespace hjerte;
  fhirpath::CompileOptions options;
  options.model = fhirpath::R4Model();  // null: plain JSON, whose names nobody checks
  const auto heavy = fhirpath::Expression::Compile("Observation.value.ofType(Quantity) > 80 'kg'", options);
  if (!heavy.ok()) {
    std::cerr << heavy.status().message() << "\n";  // line, column and what was expected
    return 1;
  }
  const auto document = json::Parse(R"({"resourceType": "Observation", "valueQuantity":
      {"value": 185, "system": "http://unitsofmeasure.org", "code": "[lb_av]"}})");
  fhirpath::EvaluationContext context;  // clock, variables, value sets, limits; one for each thread
  const auto answer = heavy->EvaluateBoolean(document->root(), context);
  std::cout << (answer.ok() && answer->value_or(false) ? "heavy\n" : "not heavy\n");
}
