#include "adapters/source/json_scanner.h"

namespace hjerte::source {
namespace {

constexpr std::size_t kScalarBytesMax = 100;

}  // namespace

void JsonScanner::Feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (!ok_) return;
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
      if (depth_ == 1 && text_.size() <= kScalarBytesMax) text_ += c;
    } else {
      Structure(c);
    }
    ++at_;
  }
}

void JsonScanner::Structure(char c) {
  const bool element_level = in_array_ && depth_ == 2;
  const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
  if (element_level && !in_element_ && !blank && c != ',' && c != ']') {
    in_element_ = true;
    element_start_ = at_;
  }
  if (element_level && in_element_ && (c == ',' || c == ']')) {
    in_element_ = false;
    if (elements_.size() == elements_max_) {
      beyond_limits_ = true;
      ok_ = false;
      return;
    }
    elements_.push_back({.offset = element_start_, .bytes = at_ - element_start_});
  }
  if (c == '{' || c == '[') return Open(c);
  if (c == '}' || c == ']') return Close(c);
  if (c == '"') in_string_ = true;
  if (depth_ != 1) return;
  if (c == ':') {
    name_ = text_.size() >= 2 ? text_.substr(1, text_.size() - 2) : "";
    text_.clear();
    in_value_ = true;
  } else if (c == ',') {
    EndScalar();
  } else if (!blank && text_.size() <= kScalarBytesMax) {
    text_ += c;
  }
}

void JsonScanner::Open(char c) {
  ok_ = depth_ > 0 || (c == '{' && !began_);
  began_ = true;
  if (depth_ == depth_max_) {
    beyond_limits_ = true;
    ok_ = false;
  }
  if (!ok_) return;
  if (depth_ == 1 && c == '[' && name_ == array_ && in_value_) {
    in_array_ = true;
    found_ = true;
  }
  if (depth_ == 1) text_.clear();
  open_ += c;
  ++depth_;
}

void JsonScanner::Close(char c) {
  ok_ = depth_ > 0 && open_.back() == (c == '}' ? '{' : '[');
  if (!ok_) return;
  if (depth_ == 1) EndScalar();
  open_.pop_back();
  --depth_;
  if (depth_ == 1) in_array_ = false;
}

void JsonScanner::EndScalar() {
  if (in_value_ && !text_.empty() && text_.size() <= kScalarBytesMax && scalars_.size() < elements_max_) {
    scalars_.emplace_back(name_, text_);
  }
  in_value_ = false;
  text_.clear();
}

}  // namespace hjerte::source
