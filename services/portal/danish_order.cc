#include "services/portal/danish_order.h"

namespace hjerte::portal {

std::string DanishSortKey(std::string_view name) {
  // In ASCII "{|}" follow "z", one for each of æ ø å.
  std::string key;
  for (size_t i = 0; i < name.size(); ++i) {
    const std::string_view pair = name.substr(i, 2);
    if (pair == "Æ" || pair == "æ") {
      key += '{';
      ++i;
    } else if (pair == "Ø" || pair == "ø") {
      key += '|';
      ++i;
    } else if (pair == "Å" || pair == "å" || pair == "Aa" || pair == "aa" || pair == "AA") {
      key += '}';
      ++i;
    } else {
      key += name[i] >= 'A' && name[i] <= 'Z' ? static_cast<char>(name[i] + 0x20) : name[i];
    }
  }
  return key;
}

}  // namespace hjerte::portal
