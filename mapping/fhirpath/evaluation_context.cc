#include "mapping/fhirpath/evaluation_context.h"

#include <utility>

namespace hjerte::fhirpath {

EvaluationContext::EvaluationContext(json::Arena* arena) : arena_(arena) {}

void EvaluationContext::ResetArena() { arena().Reset(); }

void EvaluationContext::SetVariable(std::string_view name, Collection value) {
  for (Variable& variable : variables_) {
    if (variable.name == name) {
      variable.value = std::move(value);
      return;
    }
  }
  variables_.push_back({std::string(name), std::move(value)});
}

const Collection* EvaluationContext::FindVariable(std::string_view name) const {
  for (const Variable& variable : variables_) {
    if (variable.name == name) return &variable.value;
  }
  return nullptr;
}

}  // namespace hjerte::fhirpath
