#include "mapping/structuremap/map_error.h"

#include "mapping/json/carried_text.h"

namespace hjerte::structuremap {
namespace {

constexpr char kGroup[] = "hjertegateway/map-group";
constexpr char kRule[] = "hjertegateway/map-rule";
constexpr char kSource[] = "hjertegateway/map-source";
constexpr char kCode[] = "hjertegateway/map-code";
constexpr char kWhat[] = "hjertegateway/map-what";

}  // namespace

MapErrorPlace PlaceOf(const absl::Status& status) {
  return {json::CarriedText(status, kGroup), json::CarriedText(status, kRule), json::CarriedText(status, kSource),
          json::CarriedText(status, kCode), json::CarriedText(status, kWhat)};
}

void CarryPlace(absl::Status& status, std::string_view group, std::string_view rule, std::string_view source,
                std::string_view what) {
  json::CarryText(status, kGroup, group);
  json::CarryText(status, kRule, rule);
  json::CarryText(status, kSource, source);
  json::CarryText(status, kWhat, what);
}

void CarryCode(absl::Status& status, std::string_view code) { json::CarryText(status, kCode, code); }

}  // namespace hjerte::structuremap
