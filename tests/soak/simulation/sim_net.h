#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "adapters/dispatch/link.h"
#include "services/common/random.h"

namespace hjerte::soak {

// How a network misbehaves.
struct NetTemper {
  std::uint64_t drop_percent = 0;
  std::uint64_t double_percent = 0;
  std::uint64_t slow_percent = 0;        // of those that arrive, those that come after others, even after a minute
  bool doubles_under_other_ids = false;  // planted: what comes twice is not recognisable as the same
};

// The network between an adapter and the central service, on virtual time: what is sent arrives later, out of order,
// twice or never, and may arrive after its connection has ended.
class SimNet {
 public:
  using Micros = std::chrono::microseconds;
  // A request as it arrives at the central service, with the connection it came over.
  using Arrive = std::function<void(int connection, const std::string& request)>;

  explicit SimNet(common::Random& random) : random_(random) {}

  void SetTemper(const NetTemper& temper) { temper_ = temper; }

  // The adapter's end.
  int Connect(Micros now);
  void SendRequest(Micros now, std::string request);
  std::vector<adapters::LinkEvent> TakeEvents(Micros now);
  // The adapter's program is gone, and what was for it.
  void ForgetAdapter();

  // The central service's end.
  void SendAnswer(Micros now, int connection, adapters::LinkEvent event);
  void DeliverRequests(Micros now, const Arrive& arrive);
  // The connection breaks; the adapter hears of it. What is under way may still arrive at the other end.
  void Break(Micros now, const std::string& reason);

  // When the next thing arrives; never when nothing is under way.
  Micros NextAt() const;

 private:
  Micros Delay();

  common::Random& random_;
  NetTemper temper_;
  int connection_ = 0;
  std::uint64_t doubles_ = 0;
  std::multimap<Micros, std::pair<int, std::string>> requests_;
  std::multimap<Micros, std::pair<int, adapters::LinkEvent>> answers_;
};

// The adapter's link over the network.
class SimLink final : public adapters::Link {
 public:
  SimLink(SimNet& net, std::function<SimNet::Micros()> now, std::function<bool()> dead)
      : net_(net), now_(std::move(now)), dead_(std::move(dead)) {}
  void Connect() override;
  void Send(std::string request) override;
  std::vector<adapters::LinkEvent> Wait(std::chrono::milliseconds timeout) override;

 private:
  SimNet& net_;
  std::function<SimNet::Micros()> now_;
  std::function<bool()> dead_;
};

}  // namespace hjerte::soak
