#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/fhirpath/type_table.h"
#include "mapping/registry/content/compiled_content.h"
#include "mapping/registry/content/yaml_reader.h"

// The steps of LoadContent, one file each. All throw ContentError.
namespace hjerte::registry {

// A variable set from variables.yaml; `content` gives the geographies and age bands that are loaded before.
void LoadVariableSet(const YamlReader& file, CompiledContent& content);

// An indicator set; the variable sets that its validity touches are loaded before.
void LoadIndicatorSet(const YamlReader& file, CompiledContent& content);

// The type of a course record, from the variables.
std::shared_ptr<const fhirpath::TypeTable> RecordModel(const VariableSet& variables, const YamlReader& at);

// Name of the record's type in that model.
inline constexpr std::string_view kRecordType = "CourseRecord";

// Compiles an expression of the content over the course record (model given) or over a resource (model null). `where`
// names the rule for the error text.
fhirpath::Expression CompileRule(const YamlReader& at, std::string_view where, const fhirpath::TypeTable* model,
                                 const std::vector<std::string>& variables);

}  // namespace hjerte::registry
