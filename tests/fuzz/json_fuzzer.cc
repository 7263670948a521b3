#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "mapping/json/document.h"
#include "mapping/json/write.h"

// Whatever is accepted is written and read back as the same document.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = hjerte::json::Parse(text);
  if (!document.ok()) return 0;
  const std::string written = hjerte::json::Write(document->root());
  const auto again = hjerte::json::Parse(written);
  if (!again.ok() || !hjerte::json::DeepEqual(document->root(), again->root())) std::abort();
  if (hjerte::json::WriteCanonical(document->root()) != hjerte::json::WriteCanonical(again->root())) std::abort();
  hjerte::json::Arena arena;
  if (!hjerte::json::DeepEqual(hjerte::json::Copy(arena, document->root()), document->root())) std::abort();
  return 0;
}
