#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mapping/fhirpath/node.h"
#include "mapping/fhirpath/type_spec.h"

namespace hjerte::fhirpath {

// One step of a path: a member, or a filter by type.
struct PathStep {
  Position position;
  std::string name;                  // Of the member.
  TypeId owner = kUnknownType;       // The type the element was looked up in when the expression was compiled …
  const Element* element = nullptr;  // … and what was found there.
  std::optional<TypeSpec> filter;    // Set for ofType().
  bool exact = false;
  bool may_be_type = false;  // A capitalised name at the start may name the type of the focus.
};

// A chain of members and type filters, walked depth first without collections in between.
class PathNode : public Node {
 public:
  // `source` may be null: the path then starts at the focus.
  PathNode(Position position, NodePtr source, std::vector<PathStep> steps)
      : Node(position), source_(std::move(source)), steps_(std::move(steps)) {}

  bool Evaluate(Frame& frame, Collection& out) const override;
  Tri Test(Frame& frame) const override;
  const std::string* MemberOfFocus() const override;

  // Takes the path apart, so that a longer one can be made of it.
  NodePtr TakeSource() { return std::move(source_); }
  std::vector<PathStep> TakeSteps() { return std::move(steps_); }

 private:
  bool Walk(Frame& frame, size_t step, const Item& item, Collection& out) const;
  bool WalkMember(Frame& frame, size_t step, const Item& item, Collection& out) const;
  bool WalkFound(Frame& frame, size_t step, TypeId type, const json::Value* value, const json::Value* sibling,
                 Collection& out) const;
  bool WalkChoice(Frame& frame, size_t step, const Element& element, const json::Value& object, Collection& out) const;
  bool WalkUntyped(Frame& frame, size_t step, const Item& item, Collection& out) const;

  NodePtr source_;
  std::vector<PathStep> steps_;
};

// A member's value where that is a text and nothing stands beside it, and the focus is one object of no known type.
enum class TextFound : uint8_t { kText, kAbsent, kOther };
TextFound FindText(const Frame& frame, std::string_view member, std::string_view& text);

// All child nodes of an item, in the order of the document (children()).
bool AppendChildren(Frame& frame, Position position, const Item& item, Collection& out);

// The children of that name, as a path step finds them.
bool AppendMembers(Frame& frame, Position position, const Item& item, std::string_view name, Collection& out);

// One value of a node's member as a node of its own, with the type FHIR gives it there.
Item MemberNode(const Frame& frame, const Item& owner, std::string_view name, const json::Value& value);

// The type of a document's root: what its resourceType names.
TypeId TypeOfRoot(const TypeModel& model, const KnownTypes& types, const json::Value& root);

}  // namespace hjerte::fhirpath
