#include "mapping/fhirpath/evaluation_context.h"

#include <span>
#include <utility>

namespace hjerte::fhirpath {

EvaluationContext::EvaluationContext(json::Arena* arena) : arena_(arena) {}

void EvaluationContext::ResetArena() { arena().Reset(); }

void EvaluationContext::SetVariable(std::string_view name, Collection value) {
  for (Variable& variable : std::span(variables_).first(variables_set_)) {
    if (variable.name == name) {
      variable.value = std::move(value);
      return;
    }
  }
  if (variables_set_ == variables_.size()) variables_.emplace_back();
  Variable& variable = variables_[variables_set_++];
  variable.name = name;
  variable.value = std::move(value);
}

const Collection* EvaluationContext::FindVariable(std::string_view name) const {
  for (const Variable& variable : std::span(variables_).first(variables_set_)) {
    if (variable.name == name) return &variable.value;
  }
  return nullptr;
}

}  // namespace hjerte::fhirpath
