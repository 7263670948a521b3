#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "adapters/adapter.h"
#include "tests/soak/histories/registries.h"
#include "tests/soak/histories/story.h"
#include "tests/soak/simulation/ground.h"
#include "tests/temporary_folder.h"

namespace hjerte::soak {

// One municipality's adapter, as its configuration makes it, over the real files of a folder and a clock that is set.
class AdapterProgram {
 public:
  // What an adapter's operator keeps aside: "record|course" → why.
  using KeptAside = std::map<std::string, std::string>;

  // Reads `folder`/drop. All references must outlive it.
  AdapterProgram(const Ground& ground, const Registries& registries, const tests::TemporaryFolder& folder,
                 const Circumstances& given, common::ManualClock& clock, adapters::Link& link);

  // Over which registry it runs from its next start on.
  void Configure(int registry);
  int registry() const { return registry_; }
  // One round; starts the program if it does not run.
  absl::Status Step();
  // It ends wherever it is.
  void End() { adapter_ = nullptr; }
  bool Idle() const { return adapter_ != nullptr && adapter_->Idle(); }
  // Whether it says what it waits for.
  bool Waits() const { return adapter_ != nullptr && !adapter_->Waiting().en.empty(); }
  bool Delivered() const { return adapter_ != nullptr && adapter_->Delivered(); }

  // What `hjerte quarantine requeue` does; of all that is kept, or of the one that `which` comes to.
  absl::Status RequeueAll();
  absl::Status RequeueOne(unsigned which);
  absl::StatusOr<KeptAside> Aside();
  // What `hjerte backup` and `hjerte restore` do with its state. False: there is no backup.
  void Save();
  absl::StatusOr<bool> PutBack();
  // References of all resources the state knows.
  absl::StatusOr<std::set<std::string>> Known();

 private:
  absl::Status Start();

  const Ground& ground_;
  const Registries& registries_;
  const tests::TemporaryFolder& folder_;
  const Circumstances given_;
  common::ManualClock& clock_;
  adapters::Link& link_;
  common::SeededRandom random_{7};
  int registry_ = 0;
  std::unique_ptr<adapters::Adapter> adapter_;
};

}  // namespace hjerte::soak
