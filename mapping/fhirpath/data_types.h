#pragma once

#include "mapping/fhirpath/type_model.h"

namespace hjerte::fhirpath {

// What is known of FHIR without its definitions: the names of R4's data types and which System types its primitives
// have. It is what an expression compiled without a model uses; it checks nothing.
const TypeModel& DataTypes();

}  // namespace hjerte::fhirpath
