#pragma once

#include <filesystem>
#include <string>

#include "services/common/random.h"
#include "tests/soak/simulation/central_service.h"

namespace hjerte::soak {

// A central service that is there whenever it is asked, with a backup of its store.
class Central {
 public:
  // It keeps its files in `folder`, which it makes. Both references must outlive it.
  Central(const Ground& ground, std::filesystem::path folder, const common::Clock& clock);

  absl::Status Start();
  // What it answers to a report.
  adapters::LinkEvent Deliver(const hjertegateway::v1::DeliverRequest& request);
  absl::Status MoveToToday() { return service_.MoveToToday(); }
  absl::Status Backup();
  // Puts the last backup in the store's place; false: there is none. The store has another name from then on.
  absl::StatusOr<bool> Restore();
  std::string store_name() const { return "store-" + std::to_string(restored_); }
  const std::string& file() const { return service_.file(); }

 private:
  const std::filesystem::path folder_;
  common::SeededRandom random_{5};
  CentralService service_;
  int restored_ = 0;
};

// Makes `to` a copy of the folder `from`, whatever it was.
void CopyFolder(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace hjerte::soak
