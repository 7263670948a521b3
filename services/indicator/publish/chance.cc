#include "services/indicator/publish/chance.h"

#include <cmath>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "services/common/crypto.h"
#include "services/indicator/publish/packing.h"

namespace hjerte::indicator {
namespace {

std::string BytesOf(const registry::Finest& counts) {
  Packer bytes;
  for (const auto& [block, cells] : counts) {
    bytes.Text(block.municipality);
    bytes.Number(static_cast<std::uint64_t>(block.quarter.time_since_epoch().count()));
    bytes.Number(cells.size());
    for (const registry::FinestCell& cell : cells) {
      bytes.Number(static_cast<std::uint64_t>(cell.division));
      bytes.Text(cell.stratum);
      bytes.Number(cell.indicator);
      bytes.Number(cell.parts.size());
      for (const std::int32_t part : cell.parts) bytes.Number(static_cast<std::uint64_t>(part));
    }
  }
  return std::move(bytes.bytes());
}

// Numbers by a key, eight of them at a time.
class Numbers {
 public:
  explicit Numbers(const common::SecretKey& key) : key_(key) {}

  double Of(std::uint64_t index) {
    constexpr std::uint64_t kOfDigest = 8;
    if (!digest_ || digest_of_ != index / kOfDigest) {
      digest_of_ = index / kOfDigest;
      digest_ = common::HmacSha256(key_, std::to_string(digest_of_));
    }
    std::uint32_t number = 0;
    std::memcpy(&number, digest_->data() + (index % kOfDigest) * sizeof(number), sizeof(number));
    return std::ldexp(number, -32);
  }

 private:
  common::SecretKey key_;
  std::uint64_t digest_of_ = 0;
  std::optional<std::string> digest_;
};

}  // namespace

registry::Draw DrawOf(const common::SecretKey& key, const registry::Finest& counts) {
  constexpr std::uint64_t kFigures = 64;  // More than a cell has (GridMask).
  return [numbers = Numbers(common::SecretKey(common::HmacSha256(key, BytesOf(counts))))](
             std::uint32_t slot, std::uint32_t figure) mutable { return numbers.Of(slot * kFigures + figure); };
}

}  // namespace hjerte::indicator
