#pragma once

#include <cstddef>

namespace hjerte::common {

// In the initial metadata of DeliveryService.Deliver: which store the gateway has, as in Receipt.store_id; and how many
// bytes a request may have. A larger one ends the stream.
inline constexpr const char* kStoreMetadata = "hjerte-store-id";
inline constexpr const char* kReportBytesMetadata = "hjerte-report-bytes-max";

// What a gateway takes that does not say.
inline constexpr std::size_t kReportBytesMax = std::size_t{8} << 20;

}  // namespace hjerte::common
