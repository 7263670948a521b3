#pragma once

#include <cstdint>

namespace hjerte::common {

// How many bytes have come over a TCP connection since it was opened, as the kernel counts them; 0 for what is none.
std::int64_t BytesReceived(int descriptor);

}  // namespace hjerte::common
