#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace hjerte::adapters {

// Versions of records that the gateway refused while later ones waited. The later ones are made anew from the source,
// which gives the refused one again: sent again it would be refused again, and take the later ones back once more,
// without end where nothing tells which version counts. Kept in memory: once forgotten, a version is refused once more.
class RefusedVersions {
 public:
  // The version that an extract holds, told by the hash of its content; empty where it comes with no extract, and is
  // not given again.
  static std::string NameOf(std::string_view record, std::string_view content, std::string_view extract) {
    return extract.empty() ? "" : std::string(record) + "|" + std::string(extract) + "|" + std::string(content);
  }

  bool Holds(const std::string& version) const { return refused_.contains(version); }
  // A report of the record was made of that version. Only of records that were refused before, since there are few.
  void NoteReport(const std::string& record, const std::string& delivery_id, const std::string& version) {
    if (!version.empty() && watched_.contains(record)) version_of_[delivery_id] = version;
  }
  // No report waits for its answer.
  void NoneWaits() { version_of_.clear(); }
  // The gateway refused the report, and later ones were taken back.
  void Refuse(const std::string& record, const std::string& delivery_id) {
    watched_.insert(record);
    const auto found = version_of_.find(delivery_id);
    if (found != version_of_.end()) refused_.insert(found->second);
  }

 private:
  std::set<std::string> watched_;
  std::map<std::string, std::string> version_of_;
  std::set<std::string> refused_;
};

}  // namespace hjerte::adapters
