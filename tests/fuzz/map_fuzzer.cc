#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "mapping/json/document.h"
#include "mapping/structuremap/json_form.h"
#include "mapping/structuremap/parser.h"
#include "mapping/structuremap/printer.h"
#include "mapping/structuremap/program.h"

// A map, and behind a NUL the source it runs on. What parses must print to the same map, in both forms; what compiles
// must come to an end within its limits.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hjerte::structuremap;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = text.find('\0');
  absl::StatusOr<StructureMap> map = ParseFml(text.substr(0, end), "fuzz.map");
  if (!map.ok()) return 0;
  const absl::StatusOr<StructureMap> again = ParseFml(PrintFml(*map), "printed.map");
  if (!again.ok() || !(*again == *map)) std::abort();
  hjerte::json::Arena arena;
  if (!FromJson(ToJson(*map, arena), "map.json").ok()) std::abort();
  const absl::StatusOr<Program> program = Program::Compile({*std::move(map)}, {});
  if (!program.ok() || end == std::string_view::npos) return 0;
  const absl::StatusOr<hjerte::json::Document> source = hjerte::json::Parse(text.substr(end + 1));
  if (!source.ok()) return 0;
  RunOptions options;
  options.limits.max_steps = 20'000;
  options.limits.max_output = 10'000;
  options.limits.max_bytes = size_t{16} << 20;
  (void)program->Run(source->root(), arena, options);
  return 0;
}
