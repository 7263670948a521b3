#include <iostream>

#include "services/common/tls.h"
#include "services/tool/command.h"

int main(int argc, char** argv) {
  hjerte::common::RequireTls13();
  const hjerte::common::SystemClock clock;
  hjerte::tool::Context context{.out = std::cout, .err = std::cerr, .clock = clock};
  return hjerte::tool::RunTool(argc, argv, context);
}
