#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hjerte::soak {

// One record as the simulated care system gives it out, in the order it does.
struct FeedItem {
  std::string key;   // the source's key of the record; empty: this item is only the end of an extract
  std::string json;  // a report, as the record's content
  std::string extract;
  bool extract_ended = false;
  std::optional<std::int64_t> complete_at_us;
};

// What one care system tells over time: new courses, corrections, values that go back to what they were, courses
// entered in error and revived, numbers of other citizens, and, in some, complete extracts from which records are
// missing.
struct Scenario {
  std::vector<FeedItem> feed;
  // Whether the source stamps its records; else the adapter does, and stamps tell nothing between runs.
  bool stamped = true;
};

// The same scenario for the same number.
Scenario MakeScenario(std::uint64_t number);

}  // namespace hjerte::soak
