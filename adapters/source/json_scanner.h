#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hjerte::source {

// Finds the elements of one array in a JSON text while its bytes pass by, so that a large file of records need not be
// held in memory. It looks only at structure; each element is parsed in full by whoever reads it.
class JsonScanner {
 public:
  // Where an element stands in the text.
  struct Element {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
  };

  // `array` names the member of the top-level object whose elements are wanted. More than `elements_max` elements, or
  // nesting deeper than `depth_max`, make the text unusable.
  JsonScanner(std::string array, std::size_t elements_max, std::size_t depth_max)
      : array_(std::move(array)), elements_max_(elements_max), depth_max_(depth_max) {}

  void Feed(std::string_view bytes);

  // After the last byte: whether every bracket was closed and no limit passed.
  bool whole() const { return ok_ && depth_ == 0 && began_ && !in_string_; }
  bool beyond_limits() const { return beyond_limits_; }
  // Whether the array was there.
  bool found() const { return found_; }
  const std::vector<Element>& elements() const { return elements_; }
  // The scalar members of the top-level object as JSON text, those longer than 100 bytes left out.
  const std::vector<std::pair<std::string, std::string>>& scalars() const { return scalars_; }

 private:
  void Structure(char c);
  void Open(char c);
  void Close(char c);
  void EndScalar();

  std::string array_;
  std::size_t elements_max_;
  std::size_t depth_max_;
  std::uint64_t at_ = 0;
  std::size_t depth_ = 0;
  std::string open_;
  bool ok_ = true;
  bool began_ = false;
  bool beyond_limits_ = false;
  bool in_string_ = false;
  bool escaped_ = false;
  // Of the top level: the name of the member being read, and the text of its value so far.
  bool in_value_ = false;
  std::string name_;
  std::string text_;
  bool in_array_ = false;
  bool found_ = false;
  std::uint64_t element_start_ = 0;
  bool in_element_ = false;
  std::vector<Element> elements_;
  std::vector<std::pair<std::string, std::string>> scalars_;
};

}  // namespace hjerte::source
