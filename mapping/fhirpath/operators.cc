#include "mapping/fhirpath/operators.h"

#include <algorithm>
#include <utility>

#include "mapping/fhirpath/compare.h"
#include "mapping/fhirpath/convert.h"

namespace hjerte::fhirpath {

namespace {

class UnaryNode : public Node {
 public:
  UnaryNode(Position position, bool negate, NodePtr operand)
      : Node(position), negate_(negate), operand_(std::move(operand)) {}

  bool Evaluate(Frame& frame, Collection& out) const override {
    Collection values;
    const Item* operand = nullptr;
    if (!operand_->Evaluate(frame, values) || !SingleOperand(frame, *operand_, values, &operand)) return false;
    if (operand == nullptr) return true;
    const Item value = ToSystem(frame, *operand);
    switch (value.kind()) {
      case ItemKind::kInteger:
        if (negate_ && value.integer() == INT32_MIN) return true;
        out.Add(Item::Integer(negate_ ? -value.integer() : value.integer()));
        return true;
      case ItemKind::kLong:
        if (negate_ && value.integer() == INT64_MIN) return true;
        out.Add(Item::Long(negate_ ? -value.integer() : value.integer()));
        return true;
      case ItemKind::kDecimal:
        out.Add(negate_ ? Item::Number(value.decimal().Negated()) : value);
        return true;
      case ItemKind::kQuantity: {
        Quantity quantity = value.quantity();
        if (negate_) quantity.value = quantity.value.Negated();
        out.Add(MakeQuantity(frame, quantity));
        return true;
      }
      default:
        return frame.Fail(
            position(), "a sign needs a number or a Quantity; put the literal in parentheses to call a function on it");
    }
  }

 private:
  bool negate_;
  NodePtr operand_;
};

class TypeTestNode : public Node {
 public:
  TypeTestNode(Position position, bool is, TypeSpec type, NodePtr operand)
      : Node(position), is_(is), type_(std::move(type)), operand_(std::move(operand)) {}

  bool Evaluate(Frame& frame, Collection& out) const override {
    Collection values;
    const Item* operand = nullptr;
    if (!operand_->Evaluate(frame, values) || !SingleOperand(frame, *operand_, values, &operand)) return false;
    if (operand == nullptr) return true;
    if (is_) {
      out.Add(Item::Boolean(IsOfType(frame, *operand, type_, /*exact=*/false)));
    } else {
      AddAs(frame, *operand, type_, out);
    }
    return true;
  }

 private:
  bool is_;
  TypeSpec type_;
  NodePtr operand_;
};

class IndexerNode : public Node {
 public:
  IndexerNode(Position position, NodePtr source, NodePtr index)
      : Node(position), source_(std::move(source)), index_(std::move(index)) {}

  bool Evaluate(Frame& frame, Collection& out) const override {
    Collection values;
    Collection indexes;
    const Item* index = nullptr;
    if (!source_->Evaluate(frame, values) || !index_->Evaluate(frame, indexes)) return false;
    if (!SingleOperand(frame, *index_, indexes, &index)) return false;
    if (index == nullptr) return true;
    const Item number = ToSystem(frame, *index);
    if (number.kind() != ItemKind::kInteger) return frame.Fail(position(), "an index must be an Integer");
    if (number.integer() >= 0 && static_cast<size_t>(number.integer()) < values.size()) {
      out.Add(values[static_cast<size_t>(number.integer())]);
    }
    return true;
  }

 private:
  NodePtr source_;
  NodePtr index_;
};

// Values known when compiling.
class ConstantNode : public Node {
 public:
  ConstantNode(Position position, Collection values) : Node(position), values_(std::move(values)) {}

  bool Evaluate(Frame&, Collection& out) const override {
    out.Append(values_);
    return true;
  }
  std::span<const Item> Constant() const override { return values_.items(); }

 private:
  Collection values_;
};

class UnionNode : public Node {
 public:
  UnionNode(Position position, NodePtr left, NodePtr right)
      : Node(position), left_(std::move(left)), right_(std::move(right)) {}

  bool Evaluate(Frame& frame, Collection& out) const override {
    Collection values;
    if (!left_->Evaluate(frame, values) || !right_->Evaluate(frame, values)) return false;
    ItemSet seen(frame);
    for (const Item& item : values) {
      if (!frame.Step(position())) return false;
      if (seen.Insert(item)) out.Add(item);
    }
    return frame.CheckSize(position(), out);
  }

 private:
  NodePtr left_;
  NodePtr right_;
};

// A union of texts that stand in the expression, as in `x in ('a' | 'b')`, is made once.
NodePtr MakeUnion(Position position, NodePtr left, NodePtr right) {
  Collection values;
  for (const Node* operand : {left.get(), right.get()}) {
    if (operand->Constant().empty()) return std::make_unique<UnionNode>(position, std::move(left), std::move(right));
    for (const Item& item : operand->Constant()) {
      if (item.kind() != ItemKind::kString) {
        return std::make_unique<UnionNode>(position, std::move(left), std::move(right));
      }
      const bool seen =
          std::any_of(values.begin(), values.end(), [&item](const Item& value) { return value.text() == item.text(); });
      if (!seen) values.Add(item);
    }
  }
  return std::make_unique<ConstantNode>(position, std::move(values));
}

}  // namespace

bool SingleOperand(Frame& frame, const Node& node, const Collection& values, const Item** item) {
  if (values.size() > 1) return frame.Fail(node.position(), "the operator needs one value, found several; use first()");
  *item = values.empty() ? nullptr : &values.front();
  return true;
}

NodePtr MakeUnary(Position position, Operator op, NodePtr operand) {
  return std::make_unique<UnaryNode>(position, op == Operator::kMinus, std::move(operand));
}

NodePtr MakeTypeTest(Position position, Operator op, TypeSpec type, NodePtr operand) {
  return std::make_unique<TypeTestNode>(position, op == Operator::kIs, std::move(type), std::move(operand));
}

NodePtr MakeIndexer(Position position, NodePtr source, NodePtr index) {
  return std::make_unique<IndexerNode>(position, std::move(source), std::move(index));
}

NodePtr MakeBinary(Position position, Operator op, NodePtr left, NodePtr right) {
  switch (op) {
    case Operator::kUnion:
      return MakeUnion(position, std::move(left), std::move(right));
    case Operator::kEqual:
    case Operator::kNotEqual:
    case Operator::kEquivalent:
    case Operator::kNotEquivalent:
      return MakeEquality(position, op, std::move(left), std::move(right));
    case Operator::kLess:
    case Operator::kLessOrEqual:
    case Operator::kGreater:
    case Operator::kGreaterOrEqual:
      return MakeComparison(position, op, std::move(left), std::move(right));
    case Operator::kIn:
    case Operator::kContains:
      return MakeMembership(position, op, std::move(left), std::move(right));
    case Operator::kAnd:
    case Operator::kOr:
    case Operator::kXor:
    case Operator::kImplies:
      return MakeLogical(position, op, std::move(left), std::move(right));
    default:
      return MakeArithmetic(position, op, std::move(left), std::move(right));
  }
}

}  // namespace hjerte::fhirpath
