#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "services/common/config.h"
#include "services/common/scrub.h"

namespace {

using hjerte::common::ConfigMap;

// Reads a mapping in every way there is, its nested mappings too.
void ReadAll(const ConfigMap& map) {
  for (const std::string& key : map.Keys()) {
    map.String(key, "");
    map.Integer(key, {.min = 0, .max = 10}, 0);
    map.Number(key, 0.0);
    map.Bool(key, false);
    map.Duration(key, std::chrono::milliseconds(0));
    map.Size(key, 0);
    map.Date(key, std::chrono::year_month_day());
    map.Path(key, "");
    map.Strings(key, std::vector<std::string>());
    for (const ConfigMap& nested : map.Maps(key)) ReadAll(nested);
    if (const auto nested = map.OptionalMap(key)) ReadAll(*nested);
  }
}

}  // namespace

// Configuration of any content is read or refused; a text scrubbed of citizens' numbers stays as it is when scrubbed
// again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string scrubbed = hjerte::common::ScrubCpr(text);
  if (hjerte::common::ScrubCpr(scrubbed) != scrubbed) std::abort();
  const auto map = ConfigMap::Parse(text, "fuzz.yaml");
  if (!map.ok()) return 0;
  ReadAll(*map);
  // Every key was read, so none may be called unknown.
  const std::string message(map->Finish().message());
  if (message.find("unknown key") != std::string::npos && text.find("unknown key") == std::string_view::npos)
    std::abort();
  return 0;
}
