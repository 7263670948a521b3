#include "tests/soak/simulation/ground.h"

#include <utility>

#include "tests/shared.h"

namespace hjerte::soak {
namespace {

common::SecretKey KeyOf(char byte) { return common::SecretKey(std::string(common::SecretKey::kBytes, byte)); }

}  // namespace

absl::StatusOr<std::unique_ptr<const Ground>> Ground::Load() {
  const std::filesystem::path registry = tests::SourceDir() / "mapping/dhrd";
  auto content = registry::LoadContent(registry);
  if (!content.ok()) return content.status();
  auto maps = indicator::LoadReportMaps(registry);
  if (!maps.ok()) return maps.status();
  auto mapper = adapters::Mapper::Load(tests::SourceDir() / "tests/soak/simulation/pass.map", registry / "conceptmaps");
  if (!mapper.ok()) return mapper.status();
  return std::unique_ptr<const Ground>(
      new Ground{.content = *std::move(content),
                 .maps = *std::move(maps),
                 .mapper = std::make_shared<const adapters::Mapper>(*std::move(mapper)),
                 .keys = {.vault = KeyOf('v'), .lookup = KeyOf('l'), .patient = KeyOf('p'), .integrity = KeyOf('i')},
                 .adapter_key = common::MakeKeyProvider(KeyOf('a'))});
}

}  // namespace hjerte::soak
