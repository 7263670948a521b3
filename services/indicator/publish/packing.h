#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hjerte::indicator {

// Writes numbers as LEB128 varints and texts with their length before them.
class Packer {
 public:
  void Number(std::uint64_t value) {
    while (value >= 0x80) {
      bytes_.push_back(static_cast<char>(value | 0x80));
      value >>= 7;
    }
    bytes_.push_back(static_cast<char>(value));
  }
  void Text(std::string_view text) {
    Number(text.size());
    bytes_ += text;
  }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

// Reads what Packer wrote; after a fault every further read gives zero or nothing and ok() is false.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes, std::size_t offset = 0) : bytes_(bytes), offset_(offset) {}

  std::uint64_t Number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (offset_ >= bytes_.size()) break;
      const auto byte = static_cast<unsigned char>(bytes_[offset_++]);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    ok_ = false;
    return 0;
  }
  std::string_view Text() {
    const std::uint64_t size = Number();
    if (!ok_ || size > bytes_.size() - offset_) {
      ok_ = false;
      return {};
    }
    const std::string_view text = bytes_.substr(offset_, size);
    offset_ += size;
    return text;
  }
  // What was read makes no sense.
  void Fail() { ok_ = false; }
  bool ok() const { return ok_; }
  std::size_t offset() const { return offset_; }

 private:
  std::string_view bytes_;
  std::size_t offset_;
  bool ok_ = true;
};

}  // namespace hjerte::indicator
