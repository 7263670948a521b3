#include "mapping/fhirpath/function.h"
#include "mapping/fhirpath/path_node.h"

namespace hjerte::fhirpath {

namespace {

bool Children(const Call& call, Collection& out) {
  for (const Item& item : call.input) {
    if (!AppendChildren(call.frame, call.position, item, out)) return false;
  }
  return true;
}

// All nodes below, level by level: repeat(children()), which finds no node twice and so needs no comparison.
bool Descendants(const Call& call, Collection& out) {
  Collection level = call.input;
  while (!level.empty()) {
    Collection next;
    for (const Item& item : level) {
      if (!AppendChildren(call.frame, call.position, item, next)) return false;
    }
    out.Append(next);
    if (!call.frame.CheckSize(call.position, out)) return false;
    level = std::move(next);
  }
  return true;
}

constexpr FunctionInfo kFunctions[] = {
    {"children", Children, 0, 0, ResultKind::kChildren},
    {"descendants", Descendants, 0, 0, ResultKind::kChildren},
};

}  // namespace

std::span<const FunctionInfo> TreeFunctions() { return kFunctions; }

}  // namespace hjerte::fhirpath
