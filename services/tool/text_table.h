#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/registry/text.h"

namespace hjerte::tool {

// The text of a language.
std::string_view Say(registry::Language language, std::string_view da, std::string_view en);

// Lines of cells, padded to columns by characters, not bytes, since Danish letters take two.
class TextTable {
 public:
  void Row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void Print(std::ostream& out) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace hjerte::tool
