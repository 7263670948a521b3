#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/json/arena.h"
#include "mapping/registry/content/content.h"
#include "services/indicator/courses/derive.h"
#include "services/indicator/ingest/report.h"
#include "services/indicator/store/store.h"

namespace hjerte::indicator {

class KeyRing;

// Merges prepared reports into the store, one by one inside the caller's transaction. The state that results depends on
// the set of reports alone. Used by the writer's thread.
class Merger {
 public:
  // `content` must outlive the merger, and so must `keys`, to which reports are brought that were prepared with earlier
  // ones; without it no key is ever exchanged.
  explicit Merger(const registry::Content& content, KeyRing* keys = nullptr) : content_(content), keys_(keys) {}

  // Merges one report. Duplicates and conflicts are outcomes; a Status is trouble with the store and means that the
  // whole transaction is to be rolled back. Changed courses are appended to `updates`.
  absl::StatusOr<DeliveryOutcome> Merge(StoreWriter& store, PreparedReport& report, registry::Date today,
                                        common::Instant now, std::vector<CourseUpdate>& updates);

  // Derives one citizen's courses again, for another day or with other content.
  absl::Status Rederive(StoreWriter& store, const std::string& authority, CitizenId citizen, registry::Date today,
                        common::Instant now, std::vector<CourseUpdate>& updates);

  // After a rollback: forgets what was remembered of the store.
  void Forget();

 private:
  struct Commit;
  absl::StatusOr<bool> TakeOver(StoreWriter& store, const Commit& commit, const PreparedReport& report,
                                std::vector<ResourceRow>& current, std::vector<const ResourceRow*>& changed,
                                SourceId source);
  absl::StatusOr<bool> SettleReferrals(StoreWriter& store, Commit& commit, const PreparedReport& report,
                                       const std::vector<const ResourceRow*>& changed, std::vector<CitizenId>& losers,
                                       SourceId source);
  absl::StatusOr<bool> IsOfAnotherSource(StoreWriter& store, const Commit& commit, const ReferralRow& known,
                                         std::string_view id, SourceId source);
  absl::Status DeriveAgain(StoreWriter& store, const Commit& commit, const std::vector<ResourceRow>& current,
                           std::vector<CourseUpdate>& updates);
  absl::Status Record(StoreWriter& store, const Commit& commit, std::vector<DerivedCourse> courses, bool is_new,
                      std::vector<CourseUpdate>& updates);
  absl::StatusOr<const std::vector<std::string>*> Carries(StoreWriter& store, SourceId source);

  const registry::Content& content_;
  KeyRing* keys_;
  json::Arena arena_;
  std::unordered_map<SourceId, std::vector<std::string>> carries_;
};

}  // namespace hjerte::indicator
