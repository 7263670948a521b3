#pragma once

#include <array>
#include <optional>
#include <vector>

#include "mapping/fhirpath/function.h"

namespace hjerte::fhirpath {

inline constexpr size_t kSortKeysMax = 16;

// A call of a function on the values of `source`, or on the focus where that is null.
class CallNode : public Node {
 public:
  CallNode(Position position, const FunctionInfo* function, NodePtr source, std::vector<NodePtr> arguments)
      : Node(position), function_(function), source_(std::move(source)), arguments_(std::move(arguments)) {}

  void set_type(TypeSpec type) { type_ = std::move(type); }
  void set_prepared(std::unique_ptr<const Prepared> prepared) { prepared_ = std::move(prepared); }
  void set_descending(size_t key) { descending_[key] = true; }

  bool Evaluate(Frame& frame, Collection& out) const override;

 private:
  const FunctionInfo* function_;
  NodePtr source_;
  std::vector<NodePtr> arguments_;
  std::array<bool, kSortKeysMax> descending_{};
  std::optional<TypeSpec> type_;
  std::unique_ptr<const Prepared> prepared_;
};

// Nodes without operands.
NodePtr MakeEmpty(Position position);
NodePtr MakeLiteral(Position position, const Item& value);
NodePtr MakeFailure(Position position, std::string message);
NodePtr MakeThis(Position position);
NodePtr MakeIndex(Position position);
NodePtr MakeTotal(Position position);
NodePtr MakeContext(Position position);
NodePtr MakeResource(Position position, bool root);
NodePtr MakeVariable(Position position, std::string name);
// Drops the variables `inner` defines when it is done: they are not seen by what stands beside it.
NodePtr MakeScope(NodePtr inner);

}  // namespace hjerte::fhirpath
