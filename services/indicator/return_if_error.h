#pragma once

#include "absl/status/status.h"

#define HJERTE_CONCATENATE_INNER(left, right) left##right
#define HJERTE_CONCATENATE(left, right) HJERTE_CONCATENATE_INNER(left, right)

// Leaves the function with the expression's status unless it is OK. A name for each line, so that lambdas may use it.
#define HJERTE_RETURN_IF_ERROR(expression)                                      \
  if (absl::Status HJERTE_CONCATENATE(hjerte_status_, __LINE__) = (expression); \
      !HJERTE_CONCATENATE(hjerte_status_, __LINE__).ok())                       \
  return HJERTE_CONCATENATE(hjerte_status_, __LINE__)
