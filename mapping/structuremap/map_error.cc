#include "mapping/structuremap/map_error.h"

#include "absl/strings/cord.h"

namespace hjerte::structuremap {
namespace {

constexpr char kGroup[] = "hjertegateway/map-group";
constexpr char kRule[] = "hjertegateway/map-rule";
constexpr char kSource[] = "hjertegateway/map-source";
constexpr char kCode[] = "hjertegateway/map-code";
constexpr char kWhat[] = "hjertegateway/map-what";

std::string Carried(const absl::Status& status, const char* what) {
  const auto payload = status.GetPayload(what);
  return payload.has_value() ? std::string(*payload) : std::string();
}

void Carry(absl::Status& status, const char* what, std::string_view text) {
  status.SetPayload(what, absl::Cord({text.data(), text.size()}));
}

}  // namespace

MapErrorPlace PlaceOf(const absl::Status& status) {
  return {Carried(status, kGroup), Carried(status, kRule), Carried(status, kSource), Carried(status, kCode),
          Carried(status, kWhat)};
}

void CarryPlace(absl::Status& status, std::string_view group, std::string_view rule, std::string_view source,
                std::string_view what) {
  Carry(status, kGroup, group);
  Carry(status, kRule, rule);
  Carry(status, kSource, source);
  Carry(status, kWhat, what);
}

void CarryCode(absl::Status& status, std::string_view code) { Carry(status, kCode, code); }

}  // namespace hjerte::structuremap
