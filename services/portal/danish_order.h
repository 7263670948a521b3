#pragma once

#include <string>
#include <string_view>

namespace hjerte::portal {

// A text by which names sort as Danish dictionaries do: without case, æ ø å last, "aa" as å.
std::string DanishSortKey(std::string_view name);

}  // namespace hjerte::portal
