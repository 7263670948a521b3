#include <iostream>

#include "services/common/grpc_lifetime.h"
#include "services/common/grpc_log.h"
#include "services/common/printable.h"
#include "services/common/tls.h"
#include "services/tool/command.h"

int main(int argc, char** argv) {
  hjerte::common::KeepGrpcUntilExit();
  hjerte::common::RequireTls13();
  // What gRPC says of a connection stands in the status of the call, for people.
  const hjerte::common::GrpcLog silent{hjerte::common::Logger()};
  const hjerte::common::SystemClock clock;
  // What others named or wrote must not steer the terminal of who reads it.
  hjerte::common::PrintableBuffer out_buffer(std::cout);
  hjerte::common::PrintableBuffer err_buffer(std::cerr);
  std::ostream out(&out_buffer);
  std::ostream err(&err_buffer);
  hjerte::tool::Context context{.out = out, .err = err, .clock = clock};
  int exit_code = hjerte::tool::RunTool(argc, argv, context);
  out.flush();
  if (!out.good()) {
    err << "hjerte: the output could not be written to its end: is the disk full?\n";
    exit_code = hjerte::tool::kExitEnvironment;
  }
  err.flush();
  return exit_code;
}
