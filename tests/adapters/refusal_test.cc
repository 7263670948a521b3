// Whatever the gateway refuses for a while, at whatever moment that begins.
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "services/tool/simulation/simulate.h"
#include "tests/adapters/adapter_fixture.h"
#include "tests/shared.h"
#include "tests/temporary_folder.h"

namespace hjerte::adapters {
namespace {

using testing::AdapterHouse;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Pair;

// A municipality's care system, simulated.
struct CareSystem {
  std::string kind, authority;
};

void PrintTo(const CareSystem& system, std::ostream* out) { *out << system.kind; }

class Refusal : public ::testing::TestWithParam<CareSystem> {
 protected:
  static void SetUpTestSuite() {
    const auto geography = tool::ReadGeography((tests::SourceDir() / "mapping/dhrd/geography/dk-2007.csv").string());
    ASSERT_TRUE(geography.ok());
    folder_ = std::make_unique<tests::TemporaryFolder>();
    ASSERT_TRUE(
        tool::Simulate({.municipalities = 4, .courses = 60, .seed = 8005, .out = Data()}, *geography, [](std::int64_t) {
        }).ok());
  }
  static void TearDownTestSuite() { folder_ = nullptr; }

  // Which reports the gateway refuses, in the order they come, and how many batches are read before it can be reached.
  struct Spell {
    int first = 0, count = 0, batches_waiting = 0;
  };

  // What is at the gateway in the end, and what is kept aside; nothing when the spell was never reached. Patients have
  // other ids in each house, whose key is its own, and organizations stay that no version refers to any more.
  static std::map<std::string, std::string> DeliveredThrough(const Spell& spell) {
    AdapterHouse house(GetParam().kind);
    house.Configure("0751", GetParam().authority);
    house.Configure("  poll: 1s", "  poll: 1s\n  batch: 4");
    std::filesystem::copy(Data() / GetParam().authority, house.folder() / "drop",
                          std::filesystem::copy_options::recursive);
    int report = 0;
    house.link.judge = [&](const std::string&) {
      ++report;
      const bool refused = report > spell.first && report <= spell.first + spell.count;
      return refused ? LinkEvent::Kind::kRefused : LinkEvent::Kind::kReceived;
    };
    house.link.away = true;
    house.clock.Advance(std::chrono::seconds(2));
    for (int i = 0; i < spell.batches_waiting; ++i) EXPECT_TRUE(house.Step().ok());
    house.link.away = false;
    house.clock.Advance(std::chrono::minutes(10));
    house.Run();
    if (report <= spell.first) return {};
    house.link.judge = {};
    house.RequeueAll();
    house.Run();
    std::map<std::string, std::string> delivered;
    for (const auto& [ref, content] : house.link.Current()) {
      if (!ref.starts_with("Patient/") && !ref.starts_with("Organization/")) delivered[ref] = WithoutCitizens(content);
    }
    for (const auto& [key, reason] : house.Quarantined()) delivered["aside " + key] = reason;
    return delivered;
  }

 private:
  static std::filesystem::path Data() { return *folder_ / "data"; }

  static std::string WithoutCitizens(std::string text) {
    constexpr std::size_t kIdLength = 36;
    for (std::size_t at = text.find("Patient/"); at != std::string::npos; at = text.find("Patient/", at + 1)) {
      text.erase(at + 8, kIdLength);
    }
    return text;
  }

  static inline std::unique_ptr<tests::TemporaryFolder> folder_;
};

INSTANTIATE_TEST_SUITE_P(Simulated, Refusal,
                         ::testing::Values(CareSystem{"csv", "0336"}, CareSystem{"json", "0340"},
                                           CareSystem{"kl", "0350"}),
                         [](const auto& of) { return of.param.kind; });

TEST_P(Refusal, OfReportsForAWhileLeavesTheSameInTheEndAsIfThereHadBeenNone) {
  constexpr int kApart = 7;
  const std::map<std::string, std::string> undisturbed = DeliveredThrough({});
  ASSERT_FALSE(undisturbed.empty());
  for (const int batches_waiting : {0, 20}) {
    for (const int count : {1, 9}) {
      for (int first = 0;; first += kApart) {
        const auto delivered = DeliveredThrough({first, count, batches_waiting});
        if (delivered.empty()) break;
        EXPECT_EQ(delivered, undisturbed) << count << " from " << first << " on, after " << batches_waiting;
      }
    }
  }
}

}  // namespace
}  // namespace hjerte::adapters
