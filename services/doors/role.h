#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace hjerte::doors {

// Who may stand before a door. The first two have shown no certificate: they are who reaches a listener.
enum class Role : std::uint8_t {
  kAnyone,    // everybody who reaches the public pages
  kOperator,  // the machine's own operator, over the loopback interface
  kAdapter,   // from here on: the role the configuration gives to a certificate's identity
  kReader,
  kMunicipality,
  kRegistry,
  kExporter,
  kAdmin,
  kCount
};

// The role of this name in a configuration; those without a certificate have none there.
std::optional<Role> ParseRole(std::string_view name);
// What a role is called in configurations and logs.
std::string_view RoleName(Role role);

// Some roles.
class RoleSet {
 public:
  constexpr RoleSet(std::initializer_list<Role> roles) {
    for (const Role role : roles) bits_ |= Bit(role);
  }
  constexpr bool Has(Role role) const { return (bits_ & Bit(role)) != 0; }
  constexpr bool operator==(const RoleSet&) const = default;

 private:
  static constexpr std::uint32_t Bit(Role role) { return 1U << static_cast<unsigned>(role); }
  std::uint32_t bits_ = 0;
};

}  // namespace hjerte::doors
