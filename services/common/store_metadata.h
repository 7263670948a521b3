#pragma once

namespace hjerte::common {

// In the initial metadata of DeliveryService.Deliver: which store the gateway has, as in Receipt.store_id.
inline constexpr const char* kStoreMetadata = "hjerte-store-id";

}  // namespace hjerte::common
