#include "tests/soak/ground_faults.h"

#include <sys/mount.h>
#include <sys/resource.h>

#include <array>
#include <csignal>
#include <fstream>
#include <random>

#include "absl/strings/str_cat.h"
#include "tests/soak/shared_memory.h"

namespace hjerte::soak {
namespace {

using tests::DiskFault;

// A sanitizer takes memory and threads of its own, and ends a program that has none left for it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kRoomCanBeShort = false;
#else
constexpr bool kRoomCanBeShort = true;
#endif
constexpr int kDiskMiB = 48;
constexpr rlim_t kDescriptorsLeft = 8;
constexpr rlim_t kMemoryLeft = 1 << 20;
constexpr rlim_t kAdapterMemoryLeft = 1 << 19;
// From too little to be loaded up to what suffices.
constexpr std::int64_t kRoomMin = 80 << 20;
constexpr std::int64_t kRoomMax = 1100 << 20;
// More than a program starts before it is at work.
constexpr int kThreadsMax = 25;
constexpr int kNoThreadAtAll = 1'000'000;
constexpr std::int64_t kMinuteUs = 60'000'000;
// Ten minutes, three hours, three days, three years.
constexpr std::array<std::int64_t, 4> kClockMinutes = {10, 180, 3 * 24 * 60, 3 * 365 * 24 * 60};

const std::vector<std::string> kFullWords = {"disk is full", "disk I/O error", "No space left"};
const std::vector<std::string> kErrorWords = {"disk I/O error"};
// What was open fails to write; what is opened anew is opened for reading, and what is not there yet cannot be made.
const std::vector<std::string> kReadOnlyWords = {"can only be read", "readonly", "disk I/O error",
                                                 "unable to open database file"};
// A program that starts meanwhile finds its certificate of another time.
const std::vector<std::string> kClockWords = {"clock-set", "not valid before", "expired"};

void SetLimit(pid_t pid, __rlimit_resource resource, rlim_t soft) {
  rlimit limit{};
  if (pid <= 0 || ::prlimit(pid, resource, nullptr, &limit) != 0) return;
  limit.rlim_cur = std::min(soft, limit.rlim_max);
  ::prlimit(pid, resource, &limit, nullptr);
}

// What the process has mapped, in bytes.
rlim_t MappedBy(pid_t pid) {
  std::ifstream in(absl::StrCat("/proc/", pid, "/statm"));
  rlim_t pages = 0;
  in >> pages;
  return pages * 4096;
}

// Operations that there are few of while reports are delivered.
bool IsRare(DiskFault fault) { return fault == DiskFault::kSyncError || fault == DiskFault::kReadError; }

std::vector<GroundFault> AllFaults() {
  return {
      {.name = "disk full", .kind = GroundKind::kDiskFull},
      {.name = "no file descriptors", .kind = GroundKind::kNoDescriptors},
      {.name = "no memory", .kind = GroundKind::kNoMemory},
      {.name = "no memory for an adapter", .kind = GroundKind::kNoMemory, .adapter = true},
      {.name = "no room", .kind = GroundKind::kNoRoom},
      {.name = "no room for an adapter", .kind = GroundKind::kNoRoom, .adapter = true},
      {.name = "no threads", .kind = GroundKind::kNoThreads},
      {.name = "no threads for an adapter", .kind = GroundKind::kNoThreads, .adapter = true},
      {.name = "frozen", .kind = GroundKind::kFrozen},
      {"store full", GroundKind::kDisk, false, DiskFault::kFull, kFullWords},
      {"store read-only", GroundKind::kDisk, false, DiskFault::kReadOnly, kReadOnlyWords},
      {"store not written", GroundKind::kDisk, false, DiskFault::kWriteError, kErrorWords},
      {"store torn", GroundKind::kDisk, false, DiskFault::kTornWrite, kErrorWords},
      {"store not synced", GroundKind::kDisk, false, DiskFault::kSyncError, kErrorWords},
      {"store not read", GroundKind::kDisk, false, DiskFault::kReadError, kErrorWords},
      {"adapter's state full", GroundKind::kDisk, true, DiskFault::kFull, kFullWords},
      {"adapter's state read-only", GroundKind::kDisk, true, DiskFault::kReadOnly, kReadOnlyWords},
      {"adapter's state not written", GroundKind::kDisk, true, DiskFault::kWriteError, kErrorWords},
      {"adapter's state torn", GroundKind::kDisk, true, DiskFault::kTornWrite, kErrorWords},
      {"adapter's state not synced", GroundKind::kDisk, true, DiskFault::kSyncError, kErrorWords},
      {"adapter's state not read", GroundKind::kDisk, true, DiskFault::kReadError, kErrorWords},
      {"clock set back", GroundKind::kClockBack, false, DiskFault::kNone, kClockWords},
      {"clock set forward", GroundKind::kClockForward, false, DiskFault::kNone, kClockWords},
      {"adapter's clock set back", GroundKind::kClockBack, true, DiskFault::kNone, kClockWords},
      {"adapter's clock set forward", GroundKind::kClockForward, true, DiskFault::kNone, kClockWords},
  };
}

std::vector<GroundFault> PossibleFaults() {
  std::vector<GroundFault> faults = AllFaults();
  if (!kRoomCanBeShort) {
    std::erase_if(faults, [](const GroundFault& fault) {
      return fault.kind == GroundKind::kNoMemory || fault.kind == GroundKind::kNoRoom ||
             fault.kind == GroundKind::kNoThreads;
    });
  }
  return faults;
}

}  // namespace

const std::vector<GroundFault>& GroundFaults() {
  static const std::vector<GroundFault> faults = PossibleFaults();
  return faults;
}

std::string GroundPlan::text() const {
  std::string text = fault->name;
  if (sound_first > 0) absl::StrAppend(&text, " after ", sound_first);
  if (threads_wanting == 1) text += ", one";
  if (room != 0) absl::StrAppend(&text, " but ", room >> 20, " MiB");
  if (clock_by_us != 0) absl::StrAppend(&text, " by ", clock_by_us / kMinuteUs, " minutes");
  return text + spell.text();
}

GroundPlan MakeGroundPlan(std::uint64_t seed, int run, std::size_t adapters) {
  std::mt19937_64 random(seed * 1'000'003 + static_cast<std::uint64_t>(run));
  const std::vector<GroundFault>& faults = GroundFaults();
  GroundPlan plan;
  plan.fault = &faults[static_cast<std::size_t>(run) % faults.size()];
  plan.spell = {.begin_ms = static_cast<int>(random() % 500), .length_ms = 200 + static_cast<int>(random() % 1'500)};
  plan.adapter = random() % adapters;
  const auto sound = static_cast<int>(random() % (IsRare(plan.fault->disk) ? 3 : 30));
  const std::int64_t clock_us = kClockMinutes.at(random() % kClockMinutes.size()) * kMinuteUs;
  if (plan.fault->kind == GroundKind::kDisk) plan.sound_first = sound;
  if (plan.fault->kind == GroundKind::kNoThreads) {
    plan.sound_first = static_cast<int>(random() % kThreadsMax);
    plan.threads_wanting = random() % 2 == 0 ? 1 : kNoThreadAtAll;
  }
  if (plan.fault->kind == GroundKind::kNoRoom) {
    plan.room = kRoomMin + static_cast<std::int64_t>(random() % (kRoomMax - kRoomMin));
  }
  if (plan.fault->kind == GroundKind::kClockBack) plan.clock_by_us = -clock_us;
  if (plan.fault->kind == GroundKind::kClockForward) plan.clock_by_us = clock_us;
  return plan;
}

SmallDisk::SmallDisk(std::filesystem::path place) : place_(std::move(place)) {
  std::filesystem::create_directories(place_);
  const std::string size = absl::StrCat("size=", kDiskMiB, "m,mode=0700");
  mounted_ = ::mount("tmpfs", place_.c_str(), "tmpfs", 0, size.c_str()) == 0;
}

SmallDisk::~SmallDisk() {
  if (mounted_) ::umount2(place_.c_str(), MNT_DETACH);
}

void SmallDisk::Fill() const {
  std::ofstream out(place_ / "filler", std::ios::binary);
  for (std::string piece(1 << 20, 'x'); !piece.empty();) {
    if (!out.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush()) {
      out.clear();
      piece.resize(piece.size() / 2);
    }
  }
}

void SmallDisk::Empty() const { std::filesystem::remove(place_ / "filler"); }

GroundFile::GroundFile(std::filesystem::path file) : file_(std::move(file)) {
  std::ofstream(file_, std::ios::binary) << std::string(sizeof(GroundOrders), '\0');
  orders_ = MapShared<GroundOrders>(file_.c_str());
}

GroundFile::~GroundFile() { ::munmap(orders_, sizeof(GroundOrders)); }

std::vector<std::string> GroundFile::environment() const {
  return {"/usr/bin/env", absl::StrCat(kGround, "=", file_.string())};
}

void SetFromTheStart(const GroundPlan& plan, GroundOrders& orders) {
  orders.threads_sound = plan.sound_first;
  orders.threads_wanting = plan.threads_wanting;
}

void SetFault(const GroundPlan& plan, const std::string& victim, bool on, const SmallDisk& disk, GroundOrders& orders,
              Flow& flow) {
  const pid_t pid = flow.pid(victim);
  const rlim_t memory_left = plan.fault->adapter ? kAdapterMemoryLeft : kMemoryLeft;
  switch (plan.fault->kind) {
    case GroundKind::kDiskFull:
      return on ? disk.Fill() : disk.Empty();
    case GroundKind::kNoDescriptors:
      return SetLimit(pid, RLIMIT_NOFILE, on ? kDescriptorsLeft : RLIM_INFINITY);
    case GroundKind::kNoMemory:
      return SetLimit(pid, RLIMIT_AS, on ? MappedBy(pid) + memory_left : RLIM_INFINITY);
    case GroundKind::kNoRoom:
      return on ? void() : SetLimit(pid, RLIMIT_AS, RLIM_INFINITY);
    case GroundKind::kNoThreads:
      return on ? void() : void(orders.threads_wanting = 0);
    case GroundKind::kFrozen:
      return flow.Signal(victim, on ? SIGSTOP : SIGCONT);
    case GroundKind::kDisk:
      orders.disk.sound_left = plan.sound_first;
      orders.disk.fault = on ? plan.fault->disk : DiskFault::kNone;
      return;
    case GroundKind::kClockBack:
    case GroundKind::kClockForward:
      orders.clock_ahead_us = on ? plan.clock_by_us : 0;
      return;
  }
}

}  // namespace hjerte::soak
