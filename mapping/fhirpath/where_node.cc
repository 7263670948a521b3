#include "mapping/fhirpath/where_node.h"

#include <algorithm>

#include "absl/container/inlined_vector.h"
#include "mapping/fhirpath/member_index.h"

namespace hjerte::fhirpath {
namespace {

class KeyedWhereNode : public Node {
 public:
  KeyedWhereNode(std::unique_ptr<CallNode> call, const std::string& list, const Node& criterion, TextKey key)
      : Node(call->position()), call_(std::move(call)), list_(list), criterion_(criterion), key_(std::move(key)) {}

  bool Evaluate(Frame& frame, Collection& out) const override {
    MemberIndex* index = frame.context.member_index();
    if (index == nullptr || frame.focus_count != 1) return call_->Evaluate(frame, out);
    const Item& focus = *frame.focus;
    if (!focus.is_node() || focus.type() != kUnknownType || !focus.node().is_object()) {
      return call_->Evaluate(frame, out);
    }
    bool made = false;
    const MemberIndex::List* list = index->Find(focus.node(), list_, key_.member, made);
    if (list == nullptr) return call_->Evaluate(frame, out);
    absl::InlinedVector<uint32_t, 16> asked(list->other.begin(), list->other.end());
    for (const std::string_view text : key_.texts) {
      auto next = std::lower_bound(list->keyed.begin(), list->keyed.end(), std::pair(text, uint32_t{0}));
      for (; next != list->keyed.end() && next->first == text; ++next) asked.push_back(next->second);
    }
    std::sort(asked.begin(), asked.end());
    asked.erase(std::unique(asked.begin(), asked.end()), asked.end());
    if (!frame.Step(position(), 1 + (made ? list->items.size() : 0))) return false;
    for (const uint32_t number : asked) {
      FocusScope scope(frame);
      scope.Set(&list->items[number], number);
      const Tri test = frame.Step(position()) ? criterion_.Test(frame) : Tri::kError;
      if (test == Tri::kError) return false;
      if (test == Tri::kTrue) out.Add(list->items[number]);
    }
    return frame.CheckSize(position(), out);
  }

 private:
  std::unique_ptr<CallNode> call_;
  const std::string& list_;  // in the call's source
  const Node& criterion_;    // in the call
  TextKey key_;
};

}  // namespace

NodePtr MakeKeyedWhere(std::unique_ptr<CallNode> call, const std::string& list, const Node& criterion, TextKey key) {
  return std::make_unique<KeyedWhereNode>(std::move(call), list, criterion, std::move(key));
}

}  // namespace hjerte::fhirpath
