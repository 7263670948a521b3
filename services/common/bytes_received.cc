#include "services/common/bytes_received.h"

// The kernel's own: the C library's tcp_info ends before the count, and the two headers cannot stand in one file.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace hjerte::common {

std::int64_t BytesReceived(int descriptor) {
  tcp_info info{};
  socklen_t length = sizeof(info);
  if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return 0;
  return static_cast<std::int64_t>(info.tcpi_bytes_received);
}

}  // namespace hjerte::common
