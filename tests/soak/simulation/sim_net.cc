#include "tests/soak/simulation/sim_net.h"

#include <algorithm>
#include <utility>

#include "hjertegateway/v1/delivery.pb.h"

namespace hjerte::soak {

SimNet::Micros SimNet::Delay() {
  if (random_.Below(100) < temper_.slow_percent) return Micros(random_.Below(90'000'000));
  return Micros(200 + random_.Below(5'000));
}

int SimNet::Connect(Micros /*now*/) {
  // The real link drops what an ended connection still had to say.
  answers_.clear();
  return ++connection_;
}

void SimNet::SendRequest(Micros now, std::string request) {
  if (random_.Below(100) < temper_.double_percent) {
    std::string again = request;
    if (temper_.doubles_under_other_ids) {
      hjertegateway::v1::DeliverRequest parsed;
      parsed.ParseFromString(request);
      parsed.set_delivery_id(parsed.delivery_id() + "." + std::to_string(++doubles_));
      again = parsed.SerializeAsString();
    }
    requests_.emplace(now + Delay(), std::pair(connection_, std::move(again)));
  }
  if (random_.Below(100) < temper_.drop_percent) return;
  requests_.emplace(now + Delay(), std::pair(connection_, std::move(request)));
}

void SimNet::SendAnswer(Micros now, int connection, adapters::LinkEvent event) {
  if (random_.Below(100) < temper_.double_percent) answers_.emplace(now + Delay(), std::pair(connection, event));
  if (random_.Below(100) < temper_.drop_percent) return;
  answers_.emplace(now + Delay(), std::pair(connection, std::move(event)));
}

std::vector<adapters::LinkEvent> SimNet::TakeEvents(Micros now) {
  std::vector<adapters::LinkEvent> events;
  while (!answers_.empty() && answers_.begin()->first <= now) {
    auto& [connection, event] = answers_.begin()->second;
    if (connection == connection_) events.push_back(std::move(event));
    answers_.erase(answers_.begin());
  }
  return events;
}

void SimNet::DeliverRequests(Micros now, const Arrive& arrive) {
  while (!requests_.empty() && requests_.begin()->first <= now) {
    const auto [connection, request] = std::move(requests_.begin()->second);
    requests_.erase(requests_.begin());
    arrive(connection, request);
  }
}

void SimNet::Break(Micros now, const std::string& reason) {
  answers_.clear();
  if (random_.Below(2) == 0) requests_.clear();
  answers_.emplace(now, std::pair(connection_, adapters::LinkEvent{.kind = adapters::LinkEvent::Kind::kDown,
                                                                   .delivery_id = "",
                                                                   .findings = {},
                                                                   .reason = reason}));
}

void SimNet::ForgetAdapter() {
  answers_.clear();
  ++connection_;
}

SimNet::Micros SimNet::NextAt() const {
  Micros next = Micros::max();
  if (!requests_.empty()) next = std::min(next, requests_.begin()->first);
  if (!answers_.empty()) next = std::min(next, answers_.begin()->first);
  return next;
}

void SimLink::Connect() { net_.Connect(now_()); }

void SimLink::Send(std::string request) {
  if (!dead_()) net_.SendRequest(now_(), std::move(request));
}

std::vector<adapters::LinkEvent> SimLink::Wait(std::chrono::milliseconds /*timeout*/) {
  return net_.TakeEvents(now_());
}

}  // namespace hjerte::soak
