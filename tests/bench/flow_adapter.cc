#include <fstream>
#include <iostream>
#include <map>

#include "adapters/adapter.h"
#include "adapters/intake/pipeline.h"
#include "adapters/intake/pull_ahead.h"
#include "adapters/state/outbox.h"
#include "mapping/json/document.h"
#include "services/common/clock.h"
#include "services/common/crypto.h"
#include "services/common/encoding.h"
#include "tests/bench/flow.h"
#include "tests/bench/store_floor.h"

namespace hjerte::bench {
namespace {

template <typename T>
T OrDie(absl::StatusOr<T> result) {
  if (result.ok()) return *std::move(result);
  std::cerr << result.status() << "\n";
  std::exit(1);
}

void OrDie(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << status << "\n";
  std::exit(1);
}

// What a source remembers, without the state file.
class Remembered : public source::Progress {
 public:
  std::optional<std::string> Find(const std::string& key) const override {
    const auto found = entries_.find(key);
    return found == entries_.end() ? std::nullopt : std::optional(found->second);
  }
  void Take(const source::Batch& batch) {
    for (const auto& [key, value] : batch.progress) entries_[key] = value;
  }

 private:
  std::map<std::string, std::string> entries_;
};

adapters::AdapterConfig ConfigOf(const AdapterPaths& paths) {
  adapters::AdapterConfig config = OrDie(adapters::LoadConfig(paths.project / "deploy/config/adapter-csv.yaml"));
  config.authority = paths.authority;
  config.registry = paths.project / "mapping/dhrd";
  config.state = paths.folder / "state.db";
  config.key_file = paths.folder / "state.key";
  auto& csv = std::get<source::CsvDropOptions>(config.source.options);
  csv.folder = paths.extract;
  csv.settle = std::chrono::milliseconds(0);
  return config;
}

Cost CostOfParsing(const adapters::AdapterConfig& config, const common::Clock& clock, std::int64_t& bytes) {
  const auto source = adapters::MakeSource(config.source, clock);
  Remembered progress;
  Cost cost;
  for (bool more = true; more;) {
    const source::Batch batch = OrDie(source->Pull(progress, config.source.batch));
    const Stopwatch watch;
    for (const source::Record& record : batch.records) OrDie(json::Parse(record.json));
    cost += watch.Read();
    for (const source::Record& record : batch.records) bytes += static_cast<std::int64_t>(record.json.size());
    progress.Take(batch);
    more = batch.more;
  }
  return cost;
}

}  // namespace

AdapterFigures RunAdapter(const AdapterPaths& paths) {
  std::filesystem::create_directories(paths.folder);
  const adapters::AdapterConfig config = ConfigOf(paths);
  {
    std::ofstream key(config.key_file);
    key << common::ToHex(common::RandomBytes(32)) << "\n";
  }
  std::filesystem::permissions(config.key_file,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const common::SystemClock clock;
  AdapterFigures figures;
  int commits = 0;
  {
    const auto content = OrDie(registry::LoadContent(config.registry));
    auto options = OrDie(adapters::MakePipelineOptions(config, *content));
    const auto state = OrDie(adapters::StateFile::Open(config.state, config.key_file));
    adapters::Outbox outbox(*state);
    OrDie(outbox.Load());
    adapters::Pipeline pipeline(std::move(options), content, *state, outbox, clock, common::Logger());
    const auto source = adapters::MakeSource(config.source, clock);
    adapters::PullAhead pull(*source, config.source.batch);
    const auto timed = [&figures](const auto& part) {
      const Clock::time_point begin = Clock::now();
      auto result = part();
      figures.source_seconds += Seconds(begin);
      return result;
    };
    const Stopwatch watch;
    for (bool more = true; more; ++commits) {
      const auto batch = timed([&] { return OrDie(pull.Pull(pipeline.memory())); });
      OrDie(pipeline.Accept(*batch, [&] { return timed([&] { return pull.Ahead(); }); }));
      more = batch->more;
    }
    figures.whole = watch.Read();
    figures.records = pipeline.counts().records_read;
    figures.reports = pipeline.counts().reports_queued;
    figures.quarantined = pipeline.counts().records_quarantined;
  }
  figures.peak_mib = PeakMiB();
  figures.floor = CostOfParsing(config, clock, figures.source_bytes);
  const std::filesystem::path copy = paths.folder / "floor.db";
  figures.floor += OrDie(CostOfWritingAgain(config.state, copy, commits, ""));
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(copy.string() + suffix);
  return figures;
}

}  // namespace hjerte::bench
