#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/fhirpath/collection.h"
#include "mapping/fhirpath/frame.h"

namespace hjerte::fhirpath {

// Three-valued logic, and "the evaluation failed".
enum class Tri : int8_t { kFalse, kTrue, kEmpty, kError };

inline Tri ToTri(bool value) { return value ? Tri::kTrue : Tri::kFalse; }

// A member and the texts it must be one of, where it is a plain text at all.
struct TextKey {
  std::string_view member;
  std::vector<std::string_view> texts;
};

// One step of a compiled expression. Nodes are immutable: all state is in the Frame.
class Node {
 public:
  explicit Node(Position position) : position_(position) {}
  virtual ~Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Appends the values to `out`. False if the evaluation failed; the frame then holds the error.
  virtual bool Evaluate(Frame& frame, Collection& out) const = 0;
  // The value as one Boolean by the rule of singleton evaluation; nodes that know it directly answer without a
  // collection.
  virtual Tri Test(Frame& frame) const;
  // The values where every evaluation gives the same ones, such as a literal's; empty for all other nodes.
  virtual std::span<const Item> Constant() const { return {}; }
  // The name of the member where the node is just that member of the focus; null for all other nodes.
  virtual const std::string* MemberOfFocus() const { return nullptr; }

  // What must hold of a member of the focus for the node to be true; asking it of any other focus is then false without
  // an error. Empty where nothing is known. What it points to lives as long as the node.
  virtual std::optional<TextKey> Key() const { return std::nullopt; }

  Position position() const { return position_; }

 private:
  Position position_;
};

using NodePtr = std::unique_ptr<Node>;

// A collection as one Boolean (FHIRPath 2.0.0, Singleton Evaluation of Collections).
Tri Singleton(Frame& frame, Position position, const Collection& values);

// Sets $this, $index and the local variables for as long as it lives, and puts back what was there.
class FocusScope {
 public:
  explicit FocusScope(Frame& frame)
      : frame_(frame),
        focus_(frame.focus),
        focus_count_(frame.focus_count),
        index_(frame.index),
        total_(frame.total),
        locals_(frame.locals.size()) {}
  ~FocusScope() {
    frame_.focus = focus_;
    frame_.focus_count = focus_count_;
    frame_.index = index_;
    frame_.total = total_;
    DropLocals();
  }
  FocusScope(const FocusScope&) = delete;
  FocusScope& operator=(const FocusScope&) = delete;

  void Set(const Item* focus, int64_t index) { Set({focus, focus != nullptr ? size_t{1} : size_t{0}}, index); }
  void Set(std::span<const Item> focus, int64_t index) {
    frame_.focus = focus.empty() ? nullptr : focus.data();
    frame_.focus_count = focus.size();
    frame_.index = index;
    DropLocals();
  }

 private:
  void DropLocals() {
    while (frame_.locals.size() > locals_) frame_.locals.pop_back();
  }

  Frame& frame_;
  const Item* focus_;
  size_t focus_count_;
  int64_t index_;
  const Collection* total_;
  size_t locals_;
};

}  // namespace hjerte::fhirpath
