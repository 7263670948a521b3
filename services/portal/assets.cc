#include "services/portal/assets.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace hjerte::portal {

std::string AssetMark(std::string_view name) {
  uint32_t hash = 2166136261U;  // FNV-1a: a mark of the content, nothing secret
  for (const char c : AssetNamed(name)) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return absl::StrCat(absl::Hex(hash, absl::kZeroPad8));
}

std::string AssetAddress(std::string_view name) {
  return absl::StrCat("/assets/", std::string(name), "?v=", AssetMark(name));
}

}  // namespace hjerte::portal
