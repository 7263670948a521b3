#include "services/doors/role.h"

#include <array>

namespace hjerte::doors {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Role::kCount)> kNames = {
    "anyone", "operator", "adapter", "reader", "municipality", "registry", "exporter", "admin"};

}  // namespace

std::optional<Role> ParseRole(std::string_view name) {
  for (auto role = static_cast<std::size_t>(Role::kAdapter); role < kNames.size(); ++role) {
    if (kNames.at(role) == name) return static_cast<Role>(role);
  }
  return std::nullopt;
}

std::string_view RoleName(Role role) { return kNames.at(static_cast<std::size_t>(role)); }

}  // namespace hjerte::doors
