#include "mapping/fhirpath/node.h"

#include "mapping/fhirpath/convert.h"

namespace hjerte::fhirpath {

Tri Node::Test(Frame& frame) const {
  Collection values;
  if (!Evaluate(frame, values)) return Tri::kError;
  return Singleton(frame, position_, values);
}

Tri Singleton(Frame& frame, Position position, const Collection& values) {
  if (values.empty()) return Tri::kEmpty;
  if (values.size() > 1) {
    frame.Fail(position, "expected one value, found several; use exists(), first() or all()");
    return Tri::kError;
  }
  const Item value = ToSystem(frame, values.front());
  return value.kind() == ItemKind::kBoolean ? ToTri(value.boolean()) : Tri::kTrue;
}

}  // namespace hjerte::fhirpath
