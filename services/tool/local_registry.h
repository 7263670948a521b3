#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "adapters/dispatch/link.h"
#include "mapping/registry/content/content.h"
#include "mapping/registry/finding.h"
#include "services/common/clock.h"
#include "services/common/random.h"
#include "services/indicator/cube/live_cube.h"
#include "services/indicator/cube/results.h"
#include "services/indicator/ingest/merge.h"
#include "services/indicator/ingest/report_maps.h"
#include "services/indicator/store/store.h"
#include "services/indicator/vault/keys.h"

namespace hjerte::tool {

// Keys made for one run: nothing that depends on them is kept.
indicator::Keys MakePassingKeys(common::Random& random);

// What one code was found for.
struct FindingTally {
  registry::Finding finding;
  std::int64_t count = 0;
  // The keys of the first courses it was found on; empty for reports.
  std::vector<std::string> courses;
};

// A central service in memory at the end of an adapter's link: it checks, merges, derives and counts as the real one
// does, and everything is gone with it. One thread.
class LocalRegistry final : public adapters::Link {
 public:
  // `clock` must outlive it.
  static absl::StatusOr<std::unique_ptr<LocalRegistry>> Open(std::shared_ptr<const registry::Content> content,
                                                             const std::filesystem::path& content_folder,
                                                             const common::Clock& clock);

  void Connect() override;
  void Send(std::string request) override;
  std::vector<adapters::LinkEvent> Wait(std::chrono::milliseconds timeout) override;

  // Unmasked figures of what was received. InvalidArgument for an unknown indicator, unit or geography.
  absl::StatusOr<indicator::Results> Run(registry::Query query) const;
  // Findings on the merged courses of the registry, and warnings in reports; most frequent first.
  absl::StatusOr<std::vector<FindingTally>> CourseFindings();
  std::vector<FindingTally> ReportWarnings() const;
  // Trouble with the memory it works in; the figures are not to be used then.
  const absl::Status& status() const { return status_; }

 private:
  LocalRegistry(std::shared_ptr<const registry::Content> content, std::unique_ptr<const indicator::ReportMaps> maps,
                std::unique_ptr<indicator::StoreWriter> store, const common::Clock& clock);
  absl::StatusOr<indicator::DeliveryOutcome> Take(const std::string& request);

  std::shared_ptr<const registry::Content> content_;
  std::unique_ptr<const indicator::ReportMaps> maps_;
  std::unique_ptr<indicator::StoreWriter> store_;
  const common::Clock& clock_;
  common::SystemRandom random_;
  indicator::Keys keys_;
  indicator::Merger merger_;
  indicator::LiveCube cube_;
  absl::Status status_;
  bool in_transaction_ = false;
  std::vector<indicator::CourseUpdate> updates_;
  std::vector<adapters::LinkEvent> events_;
  // Whose courses were received: authority and citizen.
  std::set<std::pair<std::string, indicator::CitizenId>> citizens_;
  std::map<std::string, FindingTally> warnings_;
};

}  // namespace hjerte::tool
