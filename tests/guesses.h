#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hjerte::tests {

// What a thief of a file, who has no key, computes from a citizen's number and tries to find in the file: the number
// itself with and without its hyphen, hashes of it and of every text that holds it (MD5, SHA-1, SHA-256, SHA-512; raw,
// cut to 16 bytes, hexadecimal, base64), and name-based UUIDs of versions 3 and 5 under the usual namespaces and ours.
class Guesses {
 public:
  // Texts the thief can put the number into: the number alone, with what is public in front of it, a whole record.
  void Add(std::string_view text);
  // The names of those that occur in the bytes of any file; empty when nothing can be turned back.
  std::vector<std::string> FoundIn(const std::vector<std::filesystem::path>& files) const;
  std::size_t size() const { return needles_.size(); }

 private:
  void AddNeedle(std::string bytes, const std::string& name);

  std::vector<std::pair<std::string, std::string>> needles_;  // bytes, name
};

// A number in every form a thief would try by itself: plain, hyphened, with the two systems it is known under.
std::vector<std::string> FormsOf(const std::string& number, const std::string& authority);

// The files of a SQLite database: itself, its log, and everything else that lies beside it under its name.
std::vector<std::filesystem::path> FilesOf(const std::filesystem::path& database);

}  // namespace hjerte::tests
