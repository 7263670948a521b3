#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "adapters/dispatch/link.h"
#include "hjertegateway/v1/delivery.pb.h"

namespace hjerte::soak {

// How the gateway is disposed.
enum class Mood : std::uint8_t {
  kGood,
  kAway,
  kRefuse,
  kRefuseSome,
  kRefuseCourse,  // one of them
  kTryLater,
  kNotAllowed,
  kLoseAnswers,
  kSlow
};

// An adapter's link to a central service in the same thread, which does what its mood says.
class MoodyLink final : public adapters::Link {
 public:
  using Deliver = std::function<adapters::LinkEvent(const hjertegateway::v1::DeliverRequest&)>;
  // `deliver` hands a report to the service and returns its answer, `store` names the service's store.
  MoodyLink(Deliver deliver, std::function<std::string()> store, unsigned seed)
      : deliver_(std::move(deliver)), store_(std::move(store)), random_(seed) {}

  void Connect() override;
  void Send(std::string request) override;
  std::vector<adapters::LinkEvent> Wait(std::chrono::milliseconds timeout) override;

  // `code` is what a refusal tells, `mark` what the report of a refused course holds.
  void Be(Mood mood, std::string code = "refused", std::string mark = {});
  // The connection ends, and with it every answer that was not given.
  void Drop();
  // Reports that arrived.
  int sent() const { return sent_; }
  // Planted, to see that it is found: of so many reports one is received and not delivered; 0: all are delivered.
  void ForgetOneIn(int reports) { forget_one_in_ = reports; }
  // Told of every report and what became of it.
  std::function<void(const hjertegateway::v1::DeliverRequest& request, const adapters::LinkEvent& answer, bool lost)>
      watch;

 private:
  void End(const std::string& reason);
  // What the mood answers in the service's place.
  std::optional<adapters::LinkEvent::Kind> OwnAnswer(const std::string& bundle, unsigned percent) const;

  const Deliver deliver_;
  const std::function<std::string()> store_;
  std::mt19937 random_;
  Mood mood_ = Mood::kGood;
  std::string code_;
  std::string mark_;
  std::vector<adapters::LinkEvent> events_;
  std::vector<adapters::LinkEvent> delayed_;
  bool ended_ = true;
  int sent_ = 0;
  int forget_one_in_ = 0;
};

}  // namespace hjerte::soak
