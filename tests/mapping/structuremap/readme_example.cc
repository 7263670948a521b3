#include <iostream>

#include "mapping/fhirpath/definitions.h"
#include "mapping/json/document.h"
#include "mapping/json/write.h"
#include "mapping/structuremap/parser.h"
#include "mapping/structuremap/program.h"

int main() {
  using namespace hjerte;
  const auto map = structuremap::ParseFml(R"(
    map "http://example.org/StructureMap/names" = "Names"
    uses "http://hl7.org/fhir/StructureDefinition/Patient" alias Patient as target
    group Names(source src, target tgt : Patient) {
      src.Name as name -> tgt.name as to, to.family = name "name";
    })",
                                          "names.map");
  if (!map.ok()) {
    std::cerr << map.status().message() << "\n";  // names.map:line:column: found …, expected …
    return 1;
  }
  structuremap::CompileOptions options;
  options.model = fhirpath::R4Model();  // so that Patient.name is known to be a list
  const auto program = structuremap::Program::Compile({*map}, {}, options);
  const auto record = json::Parse(R"({"Name": "Hansen"})");
  json::Arena arena;  // the target lives here
  structuremap::Lineage lineage;
  structuremap::RunOptions run;
  run.lineage = lineage.Sink();
  const auto result = program->Run(record->root(), arena, run);
  std::cout << json::Write(result->target) << "\n";
  std::cout << lineage.SourcesOf("Patient.name").front() << "\n";  // src.Name
}
