#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "mapping/fhirpath/item.h"

namespace hjerte::fhirpath {

// The text of the item's member, where the item is an object of no known type and nothing stands beside its members
// (`_name`): what a comparison of the member with a text then sees. False for any other item.
bool PlainMemberText(const Item& item, std::string_view member, std::string_view& text);

// The elements of lists by the text of one of their members, for expressions such as `rows.where(kind = 'a')` that are
// asked again and again of one document. Lists are indexed when they are first asked for and must not change while the
// index is used. Not thread-safe.
class MemberIndex {
 public:
  struct List {
    std::vector<Item> items;
    std::vector<std::pair<std::string_view, uint32_t>> keyed;  // text and number of the item, sorted
    std::vector<uint32_t> other;                               // items without such a text, in their order
  };

  // The list `name` of an object without a known type; null where that is no plain list. `made` says whether it was
  // indexed now.
  const List* Find(const json::Value& object, std::string_view name, std::string_view member, bool& made);

 private:
  std::map<std::tuple<const void*, std::string_view, std::string_view>, List> lists_;
};

}  // namespace hjerte::fhirpath
