#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mapping/fhirpath/call_node.h"

namespace hjerte::fhirpath {

// `list.where(member = 'text' …)`: a call of where() on a member of the focus whose criterion holds for no plain text
// of `key.member` but those of `key`. Where the context has an index, only those are asked.
NodePtr MakeKeyedWhere(std::unique_ptr<CallNode> call, const std::string& list, const Node& criterion, TextKey key);

}  // namespace hjerte::fhirpath
