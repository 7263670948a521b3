#include "tests/soak/simulation/simulation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/crypto.h"
#include "services/common/encoding.h"
#include "services/common/time_text.h"
#include "services/indicator/return_if_error.h"
#include "tests/soak/simulation/scenario.h"

namespace hjerte::soak {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Different care systems' stories; each is run undisturbed once.
constexpr std::uint64_t kScenarios = 512;
constexpr int kQuietStepsMax = 5'000;
constexpr const char* kStart = "2026-02-01T09:00:00Z";

}  // namespace

// One run. The order of its members is the order of construction: nodes stand on disks, disks on chance.
class Simulation::World {
 public:
  World(const Ground& ground, const std::filesystem::path& folder, const Scenario& scenario, std::uint64_t seed,
        Plant plant)
      : ground_(ground),
        random_(seed),
        plant_(plant),
        stamped_(scenario.stamped),
        adapter_disk_(random_),
        central_disk_(random_),
        net_(random_),
        adapter_clock_(now_, *common::ParseInstant(kStart)),
        central_clock_(now_, *common::ParseInstant(kStart)),
        adapter_(ground, scenario, adapter_disk_, net_, adapter_clock_, random_, plant),
        central_(ground, (folder / "central.db").string(), central_disk_, net_, central_clock_, random_, plant,
                 [this](const std::string& id, std::int64_t seq) { Acknowledged(id, seq); }) {
    if (plant == Plant::kNoLogSync) {
      adapter_disk_.SkipLogSyncs();
      central_disk_.SkipLogSyncs();
    }
    temper_.doubles_under_other_ids = plant == Plant::kNoRecognition;
  }

  Disks MakeDisks() {
    StartAdapter(false);
    StartCentral(false);
    adapter_.Stop();
    central_.Stop();
    return {.adapter = adapter_disk_.Save(), .central = central_disk_.Save()};
  }
  // Most runs begin with files that are there.
  void Begin(const Disks& disks) {
    if (random_.Below(8) == 0) return;
    adapter_disk_.Load(*disks.adapter);
    central_disk_.Load(*disks.central);
  }

  // Everything goes wrong for a while.
  void Storm() {
    const std::uint64_t steps = 20 + random_.Below(120);
    SetTemper();
    for (std::uint64_t step = 0; step < steps && why_.empty(); ++step) {
      if (random_.Below(12) == 0) Fault();
      Act();
      Pass();
      if (!adapter_.running() && random_.Below(3) == 0) StartAdapter(true);
      if (!central_.running() && random_.Below(3) == 0) StartCentral(true);
    }
  }

  // Nothing goes wrong any more: everything must come to rest by itself.
  void Quiet() {
    adapter_disk_.SetTrouble(Trouble::kNone, 0);
    central_disk_.SetTrouble(Trouble::kNone, 0);
    adapter_disk_.DieAfter(-1);
    central_disk_.DieAfter(-1);
    net_.SetTemper({.drop_percent = 0,
                    .double_percent = 0,
                    .slow_percent = 0,
                    .doubles_under_other_ids = temper_.doubles_under_other_ids});
    SetClock(adapter_clock_, adapter_offset_, microseconds(0));
    SetClock(central_clock_, central_offset_, microseconds(0));
    for (int step = 0; step < kQuietStepsMax && why_.empty(); ++step) {
      if (!adapter_.running()) StartAdapter(false);
      if (!central_.running()) StartCentral(false);
      if (!why_.empty()) return;
      CheckAdapter(adapter_.Pull());
      if (adapter_.running()) CheckAdapter(adapter_.Dispatch());
      Deliver();
      while (central_.running() && central_.Work()) {
      }
      if (adapter_.running() && adapter_.Idle() && net_.NextAt() == microseconds::max()) {
        const std::string aside = adapter_.PutAside();
        if (aside.empty()) return;
        if (waited_++ == 3) return Lost("put aside: " + aside);
        // What a wrong clock made look dated ahead is tried again by itself.
        now_ += hours(1);
      }
      now_ = std::clamp(net_.NextAt(), now_ + milliseconds(1), now_ + milliseconds(500));
    }
    if (why_.empty()) Lost("it does not come to rest");
  }

  // The power goes at the centre once more: what it acknowledged must be on the platter.
  void CutPowerAtTheEnd() {
    if (!why_.empty()) return;
    central_disk_.DieNow();
    central_.Stop();
    StartCentral(false);
  }

  absl::StatusOr<EndState> Read() { return ReadEndState(central_, central_disk_, stamped_); }

  Verdict verdict() const {
    Verdict verdict;
    verdict.lost = lost_;
    verdict.why = why_;
    return verdict;
  }
  std::string history() const { return history_; }
  // Where the adapter gives the stamps and its clock was set back, a version may have been put aside until a later one
  // took its place.
  bool skipped_versions() const { return !stamped_ && adapter_.has_put_aside(); }

 private:
  void Happened(std::string_view what) {
    history_ = common::Sha256(absl::StrCat(history_, now_.count(), " ", std::string(what)));
  }

  void Lost(std::string why) {
    ++lost_;
    if (why_.empty()) why_ = std::move(why);
  }

  void Acknowledged(const std::string& id, std::int64_t seq) {
    Happened(absl::StrCat("receipt ", seq));
    const auto [known, added] = acknowledged_.emplace(DeliveryMac(ground_, id), seq);
    if (!added && known->second != seq) Lost("two receipts for one delivery name different commits");
  }

  void SetTemper() {
    constexpr std::array<std::uint64_t, 4> kPercents = {0, 5, 20, 50};
    temper_.drop_percent = kPercents[random_.Below(kPercents.size())];
    temper_.double_percent = kPercents[random_.Below(kPercents.size())];
    temper_.slow_percent = kPercents[random_.Below(kPercents.size())];
    net_.SetTemper(temper_);
  }

  void SetClock(NodeClock& clock, microseconds& offset, microseconds to) {
    clock.Set(to - offset);
    offset = to;
  }

  // Where the adapter gives the stamps its clock goes wrong backwards only: a stamp from the future is refused.
  void SetClocks() {
    const auto days = [this](std::int64_t from, std::int64_t to) {
      return hours(24) * (from + static_cast<std::int64_t>(random_.Below(static_cast<std::uint64_t>(to - from + 1))));
    };
    if (random_.Below(2) == 0) {
      SetClock(adapter_clock_, adapter_offset_, days(-3, stamped_ ? 3 : 0));
    } else {
      SetClock(central_clock_, central_offset_, days(stamped_ ? -3 : 0, 3));
    }
  }

  void Fault() {
    const auto which = random_.Below(10);
    Happened(absl::StrCat("fault ", which));
    switch (which) {
      case 0:
      case 1:
        return adapter_disk_.DieAfter(static_cast<int>(random_.Below(40)));
      case 2:
      case 3:
        return central_disk_.DieAfter(static_cast<int>(random_.Below(40)));
      case 4:
        return adapter_disk_.DieNow();
      case 5:
        return central_disk_.DieNow();
      case 6:
        return net_.Break(now_, "broken");
      case 7: {
        SimDisk& disk = random_.Below(2) == 0 ? adapter_disk_ : central_disk_;
        const auto trouble = static_cast<Trouble>(1 + random_.Below(3));
        return disk.SetTrouble(trouble, 1 + static_cast<int>(random_.Below(6)));
      }
      case 8:
        return SetClocks();
      default:
        return SetTemper();
    }
  }

  // Somebody does something.
  void Act() {
    const std::uint64_t who = random_.Below(100);
    if (who < 25) {
      if (adapter_.running()) CheckAdapter(adapter_.Pull());
    } else if (who < 55) {
      if (adapter_.running()) CheckAdapter(adapter_.Dispatch());
    } else if (who < 78) {
      Deliver();
    } else if (central_.running()) {
      central_.Work();
    }
    if (adapter_disk_.dead()) adapter_.Stop();
    if (central_disk_.dead()) central_.Stop();
  }

  void Pass() {
    const std::uint64_t long_time = random_.Below(40);
    now_ += microseconds(random_.Below(long_time == 0 ? 40'000'000 : long_time < 6 ? 2'000'000 : 3'000));
  }

  void Deliver() {
    net_.DeliverRequests(now_, [this](int connection, const std::string& request) {
      if (!central_.running() || central_disk_.dead()) return net_.Break(now_, "refused");
      central_.Receive(connection, request);
    });
  }

  // As the program does: trouble of the disk that leaves its state unknown ends it, and it is started again.
  void CheckAdapter(const absl::Status& status) {
    if (status.ok()) return;
    Happened(absl::StrCat("adapter: ", status.ToString()));
    if (adapter_disk_.dead() || absl::IsDataLoss(status)) adapter_.Stop();
  }

  bool RestartDisk(SimDisk& disk, bool may_die) {
    const bool power_lost = random_.Below(4) != 0;
    if (disk.dead()) disk.Restart(power_lost);
    if (may_die && random_.Below(5) == 0) disk.DieAfter(static_cast<int>(random_.Below(25)));
    return power_lost;
  }

  void StartAdapter(bool may_die) {
    RestartDisk(adapter_disk_, may_die);
    const absl::Status status = adapter_.Start();
    Happened(absl::StrCat("adapter starts: ", status.ToString()));
    if (status.ok()) return;
    adapter_.Stop();
    if (!adapter_disk_.dead() && !may_die) Lost(absl::StrCat("the adapter does not start: ", status.ToString()));
  }

  void StartCentral(bool may_die) {
    RestartDisk(central_disk_, may_die);
    const absl::Status status = central_.Start();
    Happened(absl::StrCat("central starts: ", status.ToString()));
    if (!status.ok()) {
      central_.Stop();
      if (!central_disk_.dead() && !may_die) Lost(absl::StrCat("the centre does not start: ", status.ToString()));
      return;
    }
    if (!central_disk_.dead()) CheckAcknowledged();
  }

  void CheckAcknowledged() {
    const auto stored = ReadDeliveries(central_, central_disk_);
    // Trouble of the disk may hinder the look; the next one will tell.
    if (!stored.ok()) return;
    for (const auto& [mac, seq] : acknowledged_) {
      const auto found = stored->find(mac);
      if (found == stored->end()) {
        Lost(absl::StrCat("commit ", seq, " was acknowledged and is not there"));
      } else if (plant_ == Plant::kNone && found->second != seq) {
        Lost(absl::StrCat("commit ", seq, " was acknowledged and is commit ", found->second));
      }
    }
  }

  const Ground& ground_;
  common::SeededRandom random_;
  const Plant plant_;
  const bool stamped_;
  microseconds now_{0};
  microseconds adapter_offset_{0};
  microseconds central_offset_{0};
  NetTemper temper_;
  std::map<std::string, std::int64_t> acknowledged_;
  int lost_ = 0;
  int waited_ = 0;
  std::string why_;
  std::string history_;
  SimDisk adapter_disk_;
  SimDisk central_disk_;
  SimNet net_;
  NodeClock adapter_clock_;
  NodeClock central_clock_;
  AdapterNode adapter_;
  CentralNode central_;
};

namespace {

void Note(Verdict& verdict, int& count, const std::string& why) {
  ++count;
  if (verdict.why.empty()) verdict.why = why;
}

void CompareLogs(const EndState& expected, const EndState& found, bool comparable, Verdict& verdict) {
  std::vector<std::string> macs = found.content_macs;
  std::sort(macs.begin(), macs.end());
  const auto twice = macs.end() - std::unique(macs.begin(), macs.end());
  for (auto i = twice; i > 0; --i) Note(verdict, verdict.duplicated, "the log has one report twice");
  if (!comparable) return;
  std::map<std::string, std::pair<std::vector<std::string>, std::vector<std::string>>> citizens;
  for (const auto& [citizen, reports] : expected.log) citizens[citizen].first = reports;
  for (const auto& [citizen, reports] : found.log) citizens[citizen].second = reports;
  for (auto& [citizen, logs] : citizens) {
    if (logs.first == logs.second) continue;
    auto [wanted, there] = logs;
    std::sort(wanted.begin(), wanted.end());
    std::sort(there.begin(), there.end());
    std::vector<std::string> missing;
    std::set_difference(wanted.begin(), wanted.end(), there.begin(), there.end(), std::back_inserter(missing));
    std::vector<std::string> extra;
    std::set_difference(there.begin(), there.end(), wanted.begin(), wanted.end(), std::back_inserter(extra));
    for (const std::string& report : missing) Note(verdict, verdict.lost, "report " + report + " is missing");
    for (const std::string& report : extra) {
      Note(verdict, verdict.duplicated, "report " + report + " is there once too often");
    }
    if (missing.empty() && extra.empty()) {
      Note(verdict, verdict.disordered, "a citizen's reports stand in another order");
    }
  }
}

void CompareDerived(const EndState& expected, const EndState& found, Verdict& verdict) {
  if (found.resources != expected.resources) Note(verdict, verdict.different, "the resources differ");
  if (found.courses != expected.courses) Note(verdict, verdict.different, "the courses differ");
  if (found.exported != expected.exported) Note(verdict, verdict.different, "the export's feed differs");
  if (found.figures != expected.figures) Note(verdict, verdict.different, "the figures differ");
}

// What only a version held that was never sent is missing, as the source itself has it no more; nothing else is there.
void CompareWithoutSkipped(const EndState& expected, const EndState& found, Verdict& verdict) {
  for (const auto& [resource, version] : found.live) {
    if (!expected.live.contains(resource)) Note(verdict, verdict.different, resource + " should not be there");
  }
}

}  // namespace

Simulation::Simulation(const Ground& ground, std::filesystem::path folder)
    : ground_(ground), folder_(std::move(folder)) {
  disks_ = World(ground_, folder_, Scenario{}, 0, Plant::kNone).MakeDisks();
}
Simulation::~Simulation() = default;

const EndState& Simulation::Undisturbed(std::uint64_t scenario) {
  const auto known = undisturbed_.find(scenario);
  if (known != undisturbed_.end()) return known->second;
  const Scenario story = MakeScenario(scenario);
  World world(ground_, folder_, story, scenario, Plant::kNone);
  world.Begin(disks_);
  world.Quiet();
  absl::StatusOr<EndState> state = world.Read();
  if (!state.ok() || !world.verdict().why.empty()) {
    state = EndState{};
    state->figures = "the undisturbed run failed: " + world.verdict().why;
  }
  return undisturbed_.emplace(scenario, *std::move(state)).first->second;
}

Verdict Simulation::Run(std::uint64_t seed, Plant plant) {
  const EndState& expected = Undisturbed(seed % kScenarios);
  const Scenario scenario = MakeScenario(seed % kScenarios);
  World world(ground_, folder_, scenario, seed, plant);
  world.Begin(disks_);
  world.Storm();
  world.Quiet();
  world.CutPowerAtTheEnd();
  Verdict verdict = world.verdict();
  const absl::StatusOr<EndState> found = world.Read();
  if (found.ok()) {
    CompareLogs(expected, *found, !world.skipped_versions(), verdict);
    if (world.skipped_versions()) {
      CompareWithoutSkipped(expected, *found, verdict);
    } else {
      CompareDerived(expected, *found, verdict);
    }
  } else if (verdict.why.empty()) {
    Note(verdict, verdict.lost, found.status().ToString());
  }
  std::string all = world.history();
  if (found.ok()) {
    for (const auto& [name, value] : found->resources) all += name + value;
  }
  verdict.history = common::ToHex(common::Sha256(all));
  return verdict;
}

}  // namespace hjerte::soak
