#include "mapping/fhirpath/member_index.h"

#include <algorithm>

namespace hjerte::fhirpath {

bool PlainMemberText(const Item& item, std::string_view member, std::string_view& text) {
  if (!item.is_node() || item.type() != kUnknownType || !item.node().is_object()) return false;
  const json::Value* found = nullptr;
  for (const json::Member& each : item.node().members()) {
    if (each.name.starts_with('_')) return false;
    if (each.Is(member)) found = &each.value;
  }
  if (found == nullptr || !found->is_string()) return false;
  text = found->text();
  return true;
}

const MemberIndex::List* MemberIndex::Find(const json::Value& object, std::string_view name, std::string_view member,
                                           bool& made) {
  made = false;
  const json::Value* array = nullptr;
  for (const json::Member& each : object.members()) {
    if (each.IsBeside(name)) return nullptr;
    if (each.Is(name)) array = &each.value;
  }
  if (array == nullptr || !array->is_array() || array->identity() == nullptr) return nullptr;
  const auto [entry, added] = lists_.try_emplace({array->identity(), name, member});
  List& list = entry->second;
  if (!added) return &list;
  made = true;
  list.items.reserve(array->size());
  for (const json::Value& element : array->elements()) {
    if (element.is_null()) continue;
    const auto number = static_cast<uint32_t>(list.items.size());
    list.items.push_back(Item::Node(element));
    std::string_view text;
    if (PlainMemberText(list.items.back(), member, text)) {
      list.keyed.emplace_back(text, number);
    } else {
      list.other.push_back(number);
    }
  }
  std::sort(list.keyed.begin(), list.keyed.end());
  return &list;
}

}  // namespace hjerte::fhirpath
