#pragma once

#include <memory>

#include "services/common/log.h"

namespace hjerte::common {

// Takes over what gRPC writes about itself while this object lives: errors become lines of our log, and a refused TLS
// handshake says in words an operator understands why (event=handshake_refused). At most 20 lines a second, so that a
// storm does not fill the disk; those left out are counted in the next line. gRPC has one such hook for the process:
// one object at a time, made in main.
class GrpcLog {
 public:
  explicit GrpcLog(const Logger& log);
  ~GrpcLog();
  GrpcLog(const GrpcLog&) = delete;
  GrpcLog& operator=(const GrpcLog&) = delete;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace hjerte::common
