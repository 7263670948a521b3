#include "mapping/fhirpath/call_node.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace hjerte::fhirpath {

namespace {

class LiteralNode : public Node {
 public:
  LiteralNode(Position position, const Item& value) : Node(position), value_(value) {}
  bool Evaluate(Frame&, Collection& out) const override {
    out.Add(value_);
    return true;
  }
  std::span<const Item> Constant() const override { return {&value_, 1}; }

 private:
  Item value_;
};

class EmptyNode : public Node {
 public:
  using Node::Node;
  bool Evaluate(Frame&, Collection&) const override { return true; }
};

class FailureNode : public Node {
 public:
  FailureNode(Position position, std::string message) : Node(position), message_(std::move(message)) {}
  bool Evaluate(Frame& frame, Collection&) const override { return frame.Fail(position(), message_); }

 private:
  std::string message_;
};

class ThisNode : public Node {
 public:
  using Node::Node;
  bool Evaluate(Frame& frame, Collection& out) const override {
    out.Append(std::span(frame.focus, frame.focus_count));
    return true;
  }
};

class IndexNode : public Node {
 public:
  using Node::Node;
  bool Evaluate(Frame& frame, Collection& out) const override {
    if (frame.index < 0) return frame.Fail(position(), "$index is only known inside where(), select() and the like");
    out.Add(Item::Integer(frame.index));
    return true;
  }
};

class TotalNode : public Node {
 public:
  using Node::Node;
  bool Evaluate(Frame& frame, Collection& out) const override {
    if (frame.total == nullptr) return frame.Fail(position(), "$total is only known inside aggregate()");
    out.Append(*frame.total);
    return true;
  }
};

class ContextNode : public Node {
 public:
  using Node::Node;
  bool Evaluate(Frame& frame, Collection& out) const override {
    if (frame.root != nullptr) out.Add(*frame.root);
    return true;
  }
};

class ResourceNode : public Node {
 public:
  ResourceNode(Position position, bool root) : Node(position), root_(root) {}
  bool Evaluate(Frame& frame, Collection& out) const override {
    const auto& root = frame.context.root_resource();
    const auto& resource = frame.context.resource();
    if (root_ && root.has_value()) {
      out.Add(*root);
    } else if (resource.has_value()) {
      out.Add(*resource);
    } else if (frame.root != nullptr) {
      out.Add(*frame.root);
    }
    return true;
  }

 private:
  bool root_;
};

class VariableNode : public Node {
 public:
  VariableNode(Position position, std::string name) : Node(position), name_(std::move(name)) {}
  bool Evaluate(Frame& frame, Collection& out) const override {
    for (const LocalVariable& local : frame.locals) {
      if (local.name == name_) {
        out.Append(local.value);
        return true;
      }
    }
    const Collection* value = frame.context.FindVariable(name_);
    if (value == nullptr) return frame.Fail(position(), absl::StrCat("the variable %", name_, " is not defined"));
    out.Append(*value);
    return true;
  }

 private:
  std::string name_;
};

class ScopeNode : public Node {
 public:
  explicit ScopeNode(NodePtr inner) : Node(inner->position()), inner_(std::move(inner)) {}
  bool Evaluate(Frame& frame, Collection& out) const override {
    FocusScope scope(frame);
    return inner_->Evaluate(frame, out);
  }
  Tri Test(Frame& frame) const override {
    FocusScope scope(frame);
    return inner_->Test(frame);
  }

 private:
  NodePtr inner_;
};

}  // namespace

bool CallNode::Evaluate(Frame& frame, Collection& out) const {
  Collection input;
  if (source_ != nullptr) {
    if (!source_->Evaluate(frame, input)) return false;
  } else {
    input.Append(std::span(frame.focus, frame.focus_count));
  }
  if (!frame.Step(position())) return false;
  const Call call{frame,           input,     arguments_, descending_, type_.has_value() ? &*type_ : nullptr,
                  prepared_.get(), position()};
  return function_->run(call, out);
}

NodePtr MakeEmpty(Position position) { return std::make_unique<EmptyNode>(position); }
NodePtr MakeLiteral(Position position, const Item& value) { return std::make_unique<LiteralNode>(position, value); }
NodePtr MakeFailure(Position position, std::string message) {
  return std::make_unique<FailureNode>(position, std::move(message));
}
NodePtr MakeThis(Position position) { return std::make_unique<ThisNode>(position); }
NodePtr MakeIndex(Position position) { return std::make_unique<IndexNode>(position); }
NodePtr MakeTotal(Position position) { return std::make_unique<TotalNode>(position); }
NodePtr MakeContext(Position position) { return std::make_unique<ContextNode>(position); }
NodePtr MakeResource(Position position, bool root) { return std::make_unique<ResourceNode>(position, root); }
NodePtr MakeVariable(Position position, std::string name) {
  return std::make_unique<VariableNode>(position, std::move(name));
}
NodePtr MakeScope(NodePtr inner) { return std::make_unique<ScopeNode>(std::move(inner)); }

}  // namespace hjerte::fhirpath
