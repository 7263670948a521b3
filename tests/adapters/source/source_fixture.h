#pragma once

#include <sys/fsuid.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "adapters/source/csv_drop.h"
#include "services/common/clock.h"
#include "tests/temporary_folder.h"

namespace hjerte::source::testing {

// A source's progress as the pipeline would keep it.
class KeptProgress final : public Progress {
 public:
  std::optional<std::string> Find(const std::string& key) const override {
    const auto found = entries_.find(key);
    return found != entries_.end() ? std::optional(found->second) : std::nullopt;
  }
  void Commit(const Batch& batch) {
    for (const auto& [key, value] : batch.progress) entries_[key] = value;
  }

 private:
  std::map<std::string, std::string> entries_;
};

// Takes the right to read a file from this thread while it lives, whoever it runs as.
class Unreadable {
 public:
  explicit Unreadable(std::filesystem::path file) : file_(std::move(file)), user_(::setfsuid(::geteuid())) {
    using std::filesystem::perms;
    std::filesystem::permissions(file_, perms::none);
    std::filesystem::permissions(file_.parent_path(), perms::all);
    // Root may read whatever it is; who is nobody owns nothing here.
    constexpr uid_t kNobody = 65534;
    if (user_ == 0) ::setfsuid(kNobody);
  }
  ~Unreadable() {
    ::setfsuid(user_);
    std::filesystem::permissions(file_, std::filesystem::perms::owner_read);
  }
  Unreadable(const Unreadable&) = delete;
  Unreadable& operator=(const Unreadable&) = delete;

 private:
  std::filesystem::path file_;
  uid_t user_;
};

// Everything a source gives until it has no more, committed pull by pull.
struct Pulled {
  std::map<std::string, std::string> records;
  std::map<std::string, std::vector<Fault>> faulty;
  std::optional<std::int64_t> complete_at_us;
  Text waiting;
  int batches = 0;
};

inline Pulled PullAll(Source& source, KeptProgress& progress, std::size_t limit = 100) {
  Pulled pulled;
  for (bool more = true; more && pulled.batches < 1000; ++pulled.batches) {
    const auto batch = source.Pull(progress, limit);
    EXPECT_TRUE(batch.ok()) << batch.status();
    if (!batch.ok()) break;
    progress.Commit(*batch);
    for (const Record& record : batch->records) pulled.records[record.key] = record.json;
    for (const FaultyRecord& record : batch->faulty) pulled.faulty[record.key] = record.faults;
    if (batch->extract_ended) pulled.complete_at_us = batch->complete_at_us;
    pulled.waiting = batch->waiting;
    more = batch->more;
  }
  return pulled;
}

// The layout of mapping/dhrd/formats/csv-forloeb.yaml in short: courses with sessions and measurements.
inline CsvLayout SmallLayout() {
  CsvLayout layout;
  layout.files = {{.name = "forloeb.csv",
                   .as = "",
                   .key = "ForløbsID",
                   .parent = "",
                   .stamp = "Ændret",
                   .columns = {{"ForløbsID", ColumnType::kText},
                               {"Henvist fra", ColumnType::kText},
                               {"Startdato", ColumnType::kDate},
                               {"Ændret", ColumnType::kLocalTime}}},
                  {.name = "maalinger.csv",
                   .as = "Maalinger",
                   .key = "MålingsID",
                   .parent = "ForløbsID",
                   .stamp = "",
                   .columns = {{"MålingsID", ColumnType::kText}, {"Værdi", ColumnType::kDecimalOrText}}}};
  return layout;
}

}  // namespace hjerte::source::testing
