#pragma once

#include "absl/status/statusor.h"
#include "mapping/fhirpath/collection.h"
#include "mapping/fhirpath/type_model.h"
#include "mapping/view/selection.h"

namespace hjerte::view {

// What a column holds of its path's values: null for none, the value of one, an array for a collection. Errors:
// InvalidArgument for several values where the column is no collection, or an object where its type is primitive.
absl::StatusOr<json::Value> MakeCell(const fhirpath::Collection& values, const SelectedColumn& column,
                                     const fhirpath::TypeModel* model, json::Arena& arena);

}  // namespace hjerte::view
