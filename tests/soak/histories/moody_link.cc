#include "tests/soak/histories/moody_link.h"

#include <utility>

namespace hjerte::soak {
namespace {

using adapters::LinkEvent;

LinkEvent EventOf(LinkEvent::Kind kind) {
  return {.kind = kind, .delivery_id = "", .findings = {}, .reason = "", .store = ""};
}

registry::Finding Refusal(const std::string& code) {
  return {.severity = registry::Severity::kError,
          .code = code,
          .location = "",
          .variable = "",
          .text = {.da = "afvist", .en = "refused"}};
}

}  // namespace

void MoodyLink::Connect() {
  events_.clear();
  delayed_.clear();
  ended_ = false;
  if (mood_ == Mood::kAway) return End("away");
  events_.push_back(EventOf(LinkEvent::Kind::kConnected));
  events_.back().store = store_();
}

void MoodyLink::Send(std::string request) {
  if (ended_) return;
  if (mood_ == Mood::kAway) return End("away");
  hjertegateway::v1::DeliverRequest parsed;
  if (!parsed.ParseFromString(request)) return End("not a request");
  ++sent_;
  const auto percent = static_cast<unsigned>(random_() % 100);
  LinkEvent answer;
  if (const auto own = OwnAnswer(parsed.fhir_bundle_json(), percent); own.has_value()) {
    answer = EventOf(*own);
    answer.delivery_id = parsed.delivery_id();
    answer.findings.push_back(Refusal(code_));
  } else if (forget_one_in_ > 0 && sent_ % forget_one_in_ == 0) {
    answer = EventOf(LinkEvent::Kind::kReceived);
    answer.delivery_id = parsed.delivery_id();
  } else {
    answer = deliver_(parsed);
  }
  answer.store = store_();
  const bool lost = mood_ == Mood::kLoseAnswers && percent < 60;
  if (watch) watch(parsed, answer, lost);
  if (lost) return End("the answer is lost");
  (mood_ == Mood::kSlow ? delayed_ : events_).push_back(std::move(answer));
}

std::vector<LinkEvent> MoodyLink::Wait(std::chrono::milliseconds) {
  if (mood_ != Mood::kSlow || random_() % 6 == 0) {
    events_.insert(events_.end(), delayed_.begin(), delayed_.end());
    delayed_.clear();
  }
  return std::exchange(events_, {});
}

void MoodyLink::Be(Mood mood, std::string code, std::string mark) {
  mood_ = mood;
  code_ = std::move(code);
  mark_ = std::move(mark);
  if (mood == Mood::kAway) Drop();
}

void MoodyLink::Drop() {
  if (ended_) return;
  delayed_.clear();
  End("dropped");
}

void MoodyLink::End(const std::string& reason) {
  ended_ = true;
  events_.push_back(EventOf(LinkEvent::Kind::kDown));
  events_.back().reason = reason;
}

std::optional<LinkEvent::Kind> MoodyLink::OwnAnswer(const std::string& bundle, unsigned percent) const {
  const auto with = [](bool so, LinkEvent::Kind kind) {
    return so ? std::optional<LinkEvent::Kind>(kind) : std::nullopt;
  };
  switch (mood_) {
    case Mood::kRefuse:
      return LinkEvent::Kind::kRefused;
    case Mood::kRefuseSome:
      return with(percent < 50, LinkEvent::Kind::kRefused);
    case Mood::kRefuseCourse:
      return with(bundle.find(mark_) != std::string::npos, LinkEvent::Kind::kRefused);
    case Mood::kTryLater:
      return with(percent < 60, LinkEvent::Kind::kTryLater);
    case Mood::kNotAllowed:
      return LinkEvent::Kind::kNotAllowed;
    case Mood::kGood:
    case Mood::kAway:
    case Mood::kLoseAnswers:
    case Mood::kSlow:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace hjerte::soak
