#include "mapping/fhirpath/frame.h"

#include "absl/strings/str_cat.h"

namespace hjerte::fhirpath {

KnownTypes KnownTypes::Of(const TypeModel& model) {
  return {model.FindType("Resource"),  model.FindType("Quantity"),       model.FindType("Period"),
          model.FindType("Extension"), model.FindType("Element"),        model.FindType("string"),
          model.FindType("Coding"),    model.FindType("CodeableConcept")};
}

bool Frame::FailSteps(Position position) {
  steps_left = 0;
  error = MakeLimitError(position, absl::StrCat("more than ", context.limits().max_steps,
                                                " steps; simplify the expression or raise the limit"));
  return false;
}

bool Frame::Fail(Position position, std::string_view message) {
  error = MakeError(ErrorKind::kExecution, position, message);
  return false;
}

bool Frame::CheckSize(Position position, const Collection& collection) {
  if (collection.size() > context.limits().max_items) {
    error = MakeLimitError(position, absl::StrCat("more than ", context.limits().max_items, " items in a collection"));
    return false;
  }
  if (arena.bytes_used() > context.limits().max_bytes) {
    error = MakeLimitError(position, absl::StrCat("more than ", context.limits().max_bytes, " bytes of values made"));
    return false;
  }
  return true;
}

bool Frame::AddText(Position position, std::string_view text, Collection& out) {
  if (text.size() > context.limits().max_bytes)
    return CheckSize(position, out) && Fail(position, "a text too long to keep");
  out.Add(Item::String(arena.CopyText(text)));
  return CheckSize(position, out);
}

const ReferenceIndex& Frame::References() {
  if (context.references() != nullptr) return *context.references();
  if (references == nullptr) {
    const std::optional<Item>& resource = context.resource();
    const Item* holder = resource.has_value() && resource->is_node() ? &*resource : root;
    static const json::Value kNothing;
    references = std::make_unique<ReferenceIndex>(holder != nullptr && holder->is_node() ? holder->node() : kNothing);
    steps_left -= std::min(steps_left, references->steps());
  }
  return *references;
}

}  // namespace hjerte::fhirpath
