#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "mapping/fhirpath/compare.h"
#include "mapping/fhirpath/convert.h"
#include "mapping/fhirpath/operators.h"
#include "mapping/fhirpath/path_node.h"

namespace hjerte::fhirpath {

namespace {

// Nodes whose value is one Boolean or empty: the work is in Test, the collection is made only where one is asked for.
class BooleanNode : public Node {
 public:
  using Node::Node;

  bool Evaluate(Frame& frame, Collection& out) const final {
    const Tri value = Test(frame);
    if (value == Tri::kError) return false;
    if (value != Tri::kEmpty) out.Add(Item::Boolean(value == Tri::kTrue));
    return true;
  }
};

// Three-valued logic (FHIRPath 2.0.0, Boolean logic). The right operand is only evaluated where it can change the
// answer.
class LogicalNode : public BooleanNode {
 public:
  LogicalNode(Position position, Operator op, NodePtr left, NodePtr right)
      : BooleanNode(position), op_(op), left_(std::move(left)), right_(std::move(right)) {}

  Tri Test(Frame& frame) const override {
    const Tri left = left_->Test(frame);
    if (left == Tri::kError) return left;
    if (op_ == Operator::kAnd && left == Tri::kFalse) return Tri::kFalse;
    if (op_ == Operator::kOr && left == Tri::kTrue) return Tri::kTrue;
    if (op_ == Operator::kImplies && left == Tri::kFalse) return Tri::kTrue;
    const Tri right = right_->Test(frame);
    return right == Tri::kError ? right : Combine(left, right);
  }

  std::optional<TextKey> Key() const override {
    // The left side alone keeps the right one from being asked.
    std::optional<TextKey> left = left_->Key();
    if (op_ == Operator::kAnd || !left.has_value()) return op_ == Operator::kAnd ? left : std::nullopt;
    const std::optional<TextKey> right = op_ == Operator::kOr ? right_->Key() : std::nullopt;
    if (!right.has_value() || right->member != left->member) return std::nullopt;
    left->texts.insert(left->texts.end(), right->texts.begin(), right->texts.end());
    return left;
  }

 private:
  Tri Combine(Tri left, Tri right) const {
    switch (op_) {
      case Operator::kAnd:
        return right == Tri::kFalse ? Tri::kFalse : left == Tri::kTrue ? right : Tri::kEmpty;
      case Operator::kOr:
        return right == Tri::kTrue ? Tri::kTrue : left == Tri::kFalse ? right : Tri::kEmpty;
      case Operator::kXor:
        return left == Tri::kEmpty || right == Tri::kEmpty ? Tri::kEmpty : ToTri(left != right);
      default:
        return left == Tri::kTrue || right == Tri::kTrue ? right : Tri::kEmpty;
    }
  }

  Operator op_;
  NodePtr left_;
  NodePtr right_;
};

class EqualityNode : public BooleanNode {
 public:
  EqualityNode(Position position, Operator op, NodePtr left, NodePtr right)
      : BooleanNode(position),
        equivalence_(op == Operator::kEquivalent || op == Operator::kNotEquivalent),
        negated_(op == Operator::kNotEqual || op == Operator::kNotEquivalent),
        left_(std::move(left)),
        right_(std::move(right)) {}

  Tri Test(Frame& frame) const override {
    Collection left;
    Collection right;
    if (!left_->Evaluate(frame, left)) return Tri::kError;
    if (left.empty() && !equivalence_) return CheckRight(frame);
    if (!right_->Evaluate(frame, right) || !frame.Step(position(), left.size() + right.size())) return Tri::kError;
    Tri result = Tri::kEmpty;
    if (equivalence_) {
      result = ToTri(EquivalentCollections(frame, position(), left, right));
    } else if (!right.empty()) {
      result = EqualCollections(frame, left, right);
    }
    if (!frame.error.ok()) return Tri::kError;
    return result == Tri::kEmpty || !negated_ ? result : ToTri(result == Tri::kFalse);
  }

 private:
  // The other operand cannot change the answer, but its errors are still errors.
  Tri CheckRight(Frame& frame) const {
    Collection right;
    return right_->Evaluate(frame, right) ? Tri::kEmpty : Tri::kError;
  }

  bool equivalence_;
  bool negated_;
  NodePtr left_;
  NodePtr right_;
};

// = and != with a text that stands in the expression, by far the most common comparison of a map.
class TextEqualityNode : public BooleanNode {
 public:
  TextEqualityNode(Position position, bool negated, NodePtr operand, const Item& literal)
      : BooleanNode(position),
        negated_(negated),
        operand_(std::move(operand)),
        member_(operand_->MemberOfFocus()),
        literal_(literal) {}

  Tri Test(Frame& frame) const override {
    if (member_ != nullptr) {
      std::string_view text;
      const TextFound found = FindText(frame, *member_, text);
      if (found != TextFound::kOther) {
        const bool there = found == TextFound::kText;
        if (!frame.Step(position(), there ? 3 : 2)) return Tri::kError;
        return there ? ToTri((text == literal_.text()) != negated_) : Tri::kEmpty;
      }
    }
    Collection values;
    if (!operand_->Evaluate(frame, values) || !frame.Step(position(), values.size() + 1)) return Tri::kError;
    if (values.empty()) return Tri::kEmpty;
    Tri result = Tri::kFalse;
    if (values.size() == 1) {
      const auto text = PlainText(frame, values.front());
      result = text.has_value() ? ToTri(*text == literal_.text()) : Equal(frame, values.front(), literal_);
    }
    if (!frame.error.ok()) return Tri::kError;
    return result == Tri::kEmpty || !negated_ ? result : ToTri(result == Tri::kFalse);
  }

  std::optional<TextKey> Key() const override {
    if (member_ == nullptr || negated_) return std::nullopt;
    return TextKey{*member_, {literal_.text()}};
  }

 private:
  bool negated_;
  NodePtr operand_;
  const std::string* member_;  // of `operand_`, where that is one member of the focus
  Item literal_;
};

// The text a node always has as its only value; null for any other node.
const Item* ConstantText(const Node& node) {
  const std::span<const Item> values = node.Constant();
  return values.size() == 1 && values[0].kind() == ItemKind::kString ? &values[0] : nullptr;
}

class ComparisonNode : public BooleanNode {
 public:
  ComparisonNode(Position position, Operator op, NodePtr left, NodePtr right)
      : BooleanNode(position), op_(op), left_(std::move(left)), right_(std::move(right)) {}

  Tri Test(Frame& frame) const override {
    Collection left;
    Collection right;
    if (!left_->Evaluate(frame, left) || !right_->Evaluate(frame, right)) return Tri::kError;
    const Item* left_item = nullptr;
    const Item* right_item = nullptr;
    if (!SingleOperand(frame, *left_, left, &left_item) || !SingleOperand(frame, *right_, right, &right_item)) {
      return Tri::kError;
    }
    if (left_item == nullptr || right_item == nullptr) return Tri::kEmpty;
    const Order order = Compare(frame, *left_item, *right_item);
    if (order == Order::kUnknown) return Tri::kEmpty;
    if (order == Order::kMismatch) {
      frame.Fail(position(),
                 "these two types have no order; compare two numbers, two strings, two dates or two quantities");
      return Tri::kError;
    }
    return ToTri(Answer(order));
  }

 private:
  bool Answer(Order order) const {
    switch (op_) {
      case Operator::kLess:
        return order == Order::kLess;
      case Operator::kLessOrEqual:
        return order != Order::kGreater;
      case Operator::kGreater:
        return order == Order::kGreater;
      default:
        return order != Order::kLess;
    }
  }

  Operator op_;
  NodePtr left_;
  NodePtr right_;
};

// item in collection, and collection contains item.
class MembershipNode : public BooleanNode {
 public:
  MembershipNode(Position position, NodePtr item, NodePtr collection, bool item_first)
      : BooleanNode(position), item_first_(item_first), item_(std::move(item)), collection_(std::move(collection)) {
    const std::span<const Item> values = collection_->Constant();
    for (const Item& value : values) {
      if (value.kind() == ItemKind::kString) texts_.push_back(value.text());
    }
    if (texts_.size() != values.size()) texts_.clear();
  }

  Tri Test(Frame& frame) const override {
    Collection items;
    if (!texts_.empty()) {
      const Item* item = nullptr;
      if (!item_->Evaluate(frame, items) || !SingleOperand(frame, *item_, items, &item)) return Tri::kError;
      if (!frame.Step(position(), texts_.size())) return Tri::kError;
      const auto text = item != nullptr ? PlainText(frame, *item) : std::nullopt;
      if (text.has_value()) return ToTri(std::find(texts_.begin(), texts_.end(), *text) != texts_.end());
      items.clear();
    }
    Collection values;
    if (item_first_ && !item_->Evaluate(frame, items)) return Tri::kError;
    if (!collection_->Evaluate(frame, values)) return Tri::kError;
    if (!item_first_ && !item_->Evaluate(frame, items)) return Tri::kError;
    const Item* item = nullptr;
    if (!SingleOperand(frame, *item_, items, &item)) return Tri::kError;
    if (item == nullptr) return Tri::kEmpty;
    for (const Item& value : values) {
      if (!frame.Step(position())) return Tri::kError;
      if (Equal(frame, *item, value) == Tri::kTrue) return Tri::kTrue;
    }
    return Tri::kFalse;
  }

 private:
  bool item_first_;
  NodePtr item_;
  NodePtr collection_;
  std::vector<std::string_view> texts_;  // The collection, where it is constant and holds texts only.
};

}  // namespace

NodePtr MakeLogical(Position position, Operator op, NodePtr left, NodePtr right) {
  return std::make_unique<LogicalNode>(position, op, std::move(left), std::move(right));
}

NodePtr MakeEquality(Position position, Operator op, NodePtr left, NodePtr right) {
  if (op == Operator::kEqual || op == Operator::kNotEqual) {
    const bool negated = op == Operator::kNotEqual;
    // Equality is symmetric; the literal itself cannot fail, so the order of evaluation does not show.
    if (const Item* text = ConstantText(*right)) {
      return std::make_unique<TextEqualityNode>(position, negated, std::move(left), *text);
    }
    if (const Item* text = ConstantText(*left)) {
      return std::make_unique<TextEqualityNode>(position, negated, std::move(right), *text);
    }
  }
  return std::make_unique<EqualityNode>(position, op, std::move(left), std::move(right));
}

NodePtr MakeComparison(Position position, Operator op, NodePtr left, NodePtr right) {
  return std::make_unique<ComparisonNode>(position, op, std::move(left), std::move(right));
}

NodePtr MakeMembership(Position position, Operator op, NodePtr left, NodePtr right) {
  if (op == Operator::kIn) return std::make_unique<MembershipNode>(position, std::move(left), std::move(right), true);
  return std::make_unique<MembershipNode>(position, std::move(right), std::move(left), false);
}

}  // namespace hjerte::fhirpath
