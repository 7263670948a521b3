#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace hjerte::tests {

// A TCP connection to a listener of this machine, for saying over HTTP what no library would. Waits have a deadline of
// 20 seconds; what fails ends as an empty answer.
class RawClient {
 public:
  // `from`: which address of this machine it comes from.
  explicit RawClient(uint16_t port, const char* from = "127.0.0.1");
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool Send(std::string_view bytes);
  // One whole answer: head and as many bytes as its content-length says. Nothing more is read.
  std::string ReadAnswer();
  // Everything until the other side closes.
  std::string ReadToEnd();
  // Whether the other side has closed, now or within the deadline.
  bool IsClosed();
  // The same with a shorter deadline.
  bool IsClosedWithin(std::chrono::milliseconds time);
  // Whether it is still open at this moment and has said nothing.
  bool IsQuiet();

 private:
  bool ReadSome();
  int socket_ = -1;
  std::string pending_;
  bool end_ = false;
};

// The answer to one GET, on a connection of its own.
std::string Get(uint16_t port, std::string_view target, std::string_view more_headers = "");
// Its status; 0 when there is none.
int StatusOf(std::string_view answer);
// A header's value by its lower-case name; empty when absent.
std::string HeaderOf(std::string_view answer, std::string_view name);
// What follows the head.
std::string BodyOf(std::string_view answer);

}  // namespace hjerte::tests
