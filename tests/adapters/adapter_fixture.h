#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "adapters/adapter.h"
#include "adapters/dispatch/link.h"
#include "services/common/clock.h"
#include "services/common/log.h"
#include "services/common/random.h"
#include "tests/temporary_folder.h"

namespace hjerte::adapters::testing {

// The gateway as an adapter sees it: keeps the highest version of each resource as the central service does, and can be
// told to be away, to answer nothing or to refuse.
class RecordingLink final : public Link {
 public:
  void Connect() override;
  void Send(std::string request) override;
  std::vector<LinkEvent> Wait(std::chrono::milliseconds timeout) override;

  // Bundles in the order they came, as canonical JSON.
  std::vector<std::string> bundles;
  std::vector<std::string> delivery_ids;
  // The current version of every resource, entered in error or not, without its stamps.
  std::map<std::string, std::string> Current() const;
  // The earliest stamp among them.
  common::Instant EarliestStamp() const;
  // References of current resources of that type that are not entered in error.
  std::vector<std::string> Live(const std::string& type) const;
  // What the sources of the current resources of courses say they carry, together.
  std::set<std::string> Carried() const;

  // The connection ends.
  void End(const std::string& reason);

  bool away = false;
  // What the gateway says of its store; empty: nothing.
  std::string store;
  // A larger request ends the connection.
  std::size_t report_bytes_max = common::kReportBytesMax;
  // The gateway is empty again, as after a backup of its first day was put in its place.
  void SetBack() { versions_.clear(); }
  // What to answer to a report; empty: it is received.
  std::function<LinkEvent::Kind(const std::string& bundle)> judge;
  // The reason it gives then.
  std::string code = "refused";

 private:
  struct Version {
    std::int64_t stamp_us = -1;
    std::string content;
    bool in_error = false;
    std::vector<std::string> carries;
  };
  void Keep(const std::string& bundle, const std::vector<std::string>& carries);

  std::map<std::string, Version> versions_;
  std::vector<LinkEvent> events_;
  bool ended_ = true;
};

// An adapter of the shipped configuration for a kind of source ("csv", "json", "kl"), over a folder of its own.
class AdapterHouse {
 public:
  explicit AdapterHouse(const std::string& kind);

  // Puts a file where the source looks.
  void Put(const std::string& name, const std::string& text) { folder_.Write("drop/" + name, text); }
  void Remove(const std::string& name) { std::filesystem::remove(folder_ / ("drop/" + name)); }
  // Looks at the source and goes on until everything is delivered, or nothing moves any more.
  void Run();
  // Ends the adapter as a crash would, between two rounds, and starts it anew over the same state.
  void Crash() { adapter_ = nullptr; }
  // Starts it anew with other words in its configuration.
  void Configure(const std::string& from, const std::string& to);
  // What `hjerte quarantine requeue --all` does.
  void RequeueAll();
  // What `hjerte restore` does with a backup of the adapter as it stands.
  void PutBack();
  // One round only.
  absl::Status Step();
  AdapterStatus Status() { return Open().Status(); }
  // Keys in quarantine and the first Danish reason of each.
  std::map<std::string, std::string> Quarantined();
  Adapter& Open();

  RecordingLink link;
  common::ManualClock clock;
  std::shared_ptr<common::MemorySink> log = std::make_shared<common::MemorySink>();
  const tests::TemporaryFolder& folder() const { return folder_; }

 private:
  tests::TemporaryFolder folder_;
  common::SeededRandom random_{7};
  std::unique_ptr<Adapter> adapter_;
};

}  // namespace hjerte::adapters::testing
