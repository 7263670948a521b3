#pragma once

#include <functional>
#include <memory>
#include <string>

#include "adapters/dispatch/link.h"
#include "hjertegateway/v1/delivery.pb.h"
#include "services/indicator/ingest/ingest.h"
#include "services/indicator/store/sqlite_store.h"
#include "tests/soak/simulation/ground.h"

namespace hjerte::soak {

// The central service without its doors: the real store, writer, ingest and cube, in the caller's thread.
class CentralService {
 public:
  using Answered = std::function<void(const indicator::DeliveryOutcome&)>;

  // The store is `file` of the VFS; an empty name is the system's. All references must outlive it.
  CentralService(const Ground& ground, std::string file, std::string vfs, const common::Clock& clock,
                 common::Random& random);
  ~CentralService() { Stop(); }

  absl::Status Start();
  void Stop();
  bool running() const { return ingest_ != nullptr; }
  // A report arrived; `answered` is called by Work.
  void Submit(const hjertegateway::v1::DeliverRequest& request, Answered answered);
  // One commit; false: there was nothing to do.
  bool Work() { return writer_->RunOnce(); }
  // What is done when a day begins, if one has.
  absl::Status MoveToToday();
  const indicator::LiveCube& cube() const { return *cube_; }
  const std::string& file() const { return file_; }

 private:
  registry::Date Today() const;

  const Ground& ground_;
  const indicator::KeyRing keys_;
  const std::string file_;
  const std::string vfs_;
  const common::Clock& clock_;
  common::Random& random_;
  common::Metrics metrics_;
  indicator::Notifier notifier_;
  std::unique_ptr<indicator::StoreWriter> store_;
  std::unique_ptr<indicator::LiveCube> cube_;
  std::unique_ptr<indicator::Writer> writer_;
  std::unique_ptr<indicator::Ingest> ingest_;
};

// What an adapter's link hears of it.
adapters::LinkEvent AnswerOf(const std::string& delivery_id, const indicator::DeliveryOutcome& outcome);

}  // namespace hjerte::soak
