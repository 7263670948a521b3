#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "services/common/clock.h"
#include "services/indicator/publish/read_model.h"
#include "services/portal/published_source.h"

namespace hjerte::portal {

// Builds the views from the central service's published snapshot. Freshness is read again at most every half minute;
// everything else changes only with a new snapshot. Thread-safe. Both arguments must outlive it.
class ReadModelSource final : public PublishedSource {
 public:
  ReadModelSource(const indicator::ReadModel& read_model, const common::Clock& clock)
      : read_model_(read_model), clock_(clock) {}

  std::string Version() const override;
  absl::StatusOr<CountryView> Country() const override;
  absl::StatusOr<MunicipalityView> Municipality(std::string_view code, std::string_view period) const override;
  absl::StatusOr<std::vector<PublishedCell>> Cells(std::string_view code) const override;

 private:
  // What pages are built from; immutable once made.
  struct State;
  absl::StatusOr<std::shared_ptr<const State>> Current() const;

  const indicator::ReadModel& read_model_;
  const common::Clock& clock_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const State> state_;
};

}  // namespace hjerte::portal
