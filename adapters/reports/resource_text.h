#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mapping/json/arena.h"
#include "mapping/json/value.h"

namespace hjerte::adapters {

// A resource written once: its content is told by the text as it is, and the text travels with a stamp put in.
struct ResourceText {
  // Canonical JSON without meta.lastUpdated; a meta that held nothing else is left out.
  std::string_view text;
  // Where the stamp goes: so many characters at this place give way to it.
  std::size_t at = 0;
  std::size_t replaced = 0;
  // What stands around the instant there.
  std::string_view before;
  std::string_view after;
};

// Writes an object; the text lives in `arena`.
ResourceText WriteResource(const json::Value& resource, json::Arena& arena);
// The same by way of a text that is kept from one resource to the next.
ResourceText WriteResource(const json::Value& resource, json::Arena& arena, std::string& scratch);

// Appends the resource with meta.lastUpdated, which is canonical JSON as well.
void AppendStamped(const ResourceText& resource, std::string_view instant, std::string& out);

}  // namespace hjerte::adapters
