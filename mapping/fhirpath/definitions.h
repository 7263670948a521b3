#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "mapping/fhirpath/type_table.h"

namespace hjerte::fhirpath {

// A model from FHIR's own definitions: a file, or a folder of files, each a StructureDefinition or a Bundle of them
// (the package hl7.fhir.r4.core, or profiles-types.json and profiles-resources.json of the specification). Profiles are
// passed over.
absl::StatusOr<std::shared_ptr<const TypeTable>> LoadDefinitions(const std::filesystem::path& path);

// The same as compact text, one line for each type and element, and the model of such a text.
absl::StatusOr<std::string> SummariseDefinitions(const std::filesystem::path& path);
absl::StatusOr<std::shared_ptr<const TypeTable>> ReadSummary(std::string_view summary);

// R4's own types, from the summary built into the program; null if it was built without (see this folder's
// CMakeLists.txt).
const TypeModel* R4Model();

}  // namespace hjerte::fhirpath
