#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "absl/status/status.h"

namespace hjerte::indicator {

// What answers may take in memory while those who asked for them do not take them: gRPC keeps an answer for as long as
// its reader likes, and one of the whole country has megabytes. Thread-safe.
class AnswerRoom {
 public:
  // The room of one call, until it ends.
  class Place {
   public:
    // `caller` by its identity, whatever connection it comes on. The room must outlive the place.
    Place(AnswerRoom& room, std::string caller) : room_(room), caller_(std::move(caller)) {}
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    // The call keeps so many bytes from now on. ResourceExhausted, and nothing is changed, when that is more than
    // before and too much beside what else the caller has asked for and not taken: one answer alone never is.
    absl::Status Hold(std::int64_t bytes);

   private:
    AnswerRoom& room_;
    const std::string caller_;
    std::int64_t held_ = 0;
  };

  explicit AnswerRoom(std::int64_t bytes_per_caller_max) : bytes_per_caller_max_(bytes_per_caller_max) {}

 private:
  // False when there is no room.
  bool Exchange(const std::string& caller, std::int64_t before, std::int64_t now);

  const std::int64_t bytes_per_caller_max_;
  std::mutex mutex_;
  std::map<std::string, std::int64_t> held_;  // bytes by caller
};

}  // namespace hjerte::indicator
