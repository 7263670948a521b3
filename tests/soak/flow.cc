#include "tests/soak/flow.h"

#include <csignal>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/shared.h"
#include "tests/temporary_folder.h"

namespace hjerte::soak {
namespace {

constexpr std::chrono::milliseconds kLook{2};
constexpr std::chrono::milliseconds kRestart{100};
constexpr const char* kCentral = "central";
constexpr const char* kConsumer = "consumer";

// The last lines of a log, for people.
std::string TailOf(const std::filesystem::path& log) {
  const std::string text = tests::ReadFile(log);
  return text.size() > 600 ? text.substr(text.size() - 600) : text;
}

}  // namespace

std::chrono::milliseconds Flow::elapsed() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun_);
}

void Flow::Start(const std::string& name) {
  Part& part = parts_[name];
  std::vector<std::string> command = options_.before(name, ++part.starts);
  command.insert(command.end(), part.command.begin(), part.command.end());
  part.program = std::make_unique<tests::Program>(
      command, (options_.logs.empty() ? options_.folder : options_.logs) / (name + ".log"));
}

void Flow::Kill(const std::string& part) {
  if (const auto found = parts_.find(part); found != parts_.end() && found->second.program)
    found->second.program->Kill();
}

void Flow::Signal(const std::string& part, int signal) {
  if (const auto found = parts_.find(part); found != parts_.end() && found->second.program) {
    found->second.program->Signal(signal);
  }
}

pid_t Flow::pid(const std::string& part) const {
  const auto found = parts_.find(part);
  return found != parts_.end() && found->second.program ? found->second.program->pid() : 0;
}

int Flow::starts(const std::string& part) const {
  const auto found = parts_.find(part);
  return found != parts_.end() ? found->second.starts : 0;
}

std::vector<std::string> Flow::Running() const {
  std::vector<std::string> names;
  for (const auto& [name, part] : parts_) {
    if (!part.done && part.program && part.program->IsRunning()) names.push_back(name);
  }
  return names;
}

// Starts again what was killed, and notes what is done.
absl::Status Flow::KeepUp() {
  for (auto& [name, part] : parts_) {
    if (part.done || part.program == nullptr || part.program->IsRunning()) continue;
    const int ended = *part.program->Wait(std::chrono::seconds(0));
    const bool adapter = name.starts_with("adapter");
    if (adapter && (ended == 0 || ended == 1)) {
      part.done = true;
      continue;
    }
    // The consumer ends whenever the service does.
    if (ended != -SIGKILL && name != kConsumer && !options_.restart_all) {
      return absl::InternalError(absl::StrCat(name, " ended with ", ended, ": ", TailOf(part.program->log())));
    }
    const auto now = std::chrono::steady_clock::now();
    if (ended == -SIGKILL) {
      ++kills_;
    } else if (!part.ended_at) {
      part.ended_at = now;
    }
    if (part.ended_at && now - *part.ended_at < kRestart) continue;
    part.ended_at.reset();
    Start(name);
  }
  return absl::OkStatus();
}

absl::Status Flow::DeliverAll() {
  while (true) {
    if (absl::Status status = KeepUp(); !status.ok()) return status;
    bool done = true;
    for (const auto& [name, part] : parts_) done = done && (part.done || !name.starts_with("adapter"));
    if (done) return absl::OkStatus();
    if (Late()) return absl::DeadlineExceededError("the adapters are not done in time");
    options_.meanwhile();
    std::this_thread::sleep_for(kLook);
  }
}

absl::Status Flow::DeliverAgain() {
  for (auto& [name, part] : parts_) {
    if (!name.starts_with("adapter")) continue;
    part.done = false;
    Start(name);
  }
  return DeliverAll();
}

absl::StatusOr<std::string> Flow::Ask(const std::vector<std::string>& arguments, const std::string& identity) {
  std::vector<std::string> words = {(tests::BinaryDir() / Program("hjerte")).string(),
                                    arguments.front(),
                                    "--connect",
                                    options_.connect,
                                    "--cert",
                                    (options_.folder / "certs" / (identity + ".pem")).string()};
  words.insert(words.end(), arguments.begin() + 1, arguments.end());
  for (int start = 1;; ++start) {
    if (absl::Status status = KeepUp(); !status.ok()) return status;
    std::vector<std::string> command = options_.before(absl::StrCat("hjerte-", ++asked_), start);
    command.insert(command.end(), words.begin(), words.end());
    const tests::Outcome outcome = tests::RunToEnd(command);
    if (outcome.exit_code == 0) return outcome.out;
    if (Late()) {
      return absl::DeadlineExceededError(absl::StrCat("hjerte ", arguments.front(), ": ", outcome.err));
    }
    std::this_thread::sleep_for(10 * kLook);
  }
}

absl::Status Flow::ReadFigures(Facts& facts) {
  if (auto published = Ask({"publish"}, "registry-dhrd"); !published.ok()) return published.status();
  const std::vector<std::pair<std::string, std::vector<std::string>>> views = {
      {"figures by year", {"results", "--format", "csv", "--unmasked", "--period", "year", "--stratum", "sex"}},
      {"figures by quarter", {"results", "--format", "csv", "--unmasked", "--period", "quarter"}},
      {"published", {"results", "--format", "csv", "--period", "year", "--stratum", "sex"}}};
  for (const auto& [section, view] : views) {
    auto text = Ask(view, "registry-dhrd");
    if (!text.ok()) return text.status();
    AddLines(section, *text, facts);
  }
  return absl::OkStatus();
}

absl::Status Flow::TakeOver(Facts& facts) {
  parts_[kConsumer].done = true;
  Kill(kConsumer);
  const std::string journal = (options_.folder / "journal").string();
  const std::string records = (options_.folder / "records").string();
  if (auto taken = Ask({"export", "--journal", journal, "--records", records}, "exporter-dhrd"); !taken.ok()) {
    return taken.status();
  }
  AddLines("exported records", tests::ReadFile(records), facts);
  // Every change once and in order: cursors without their store's name.
  std::string cursors;
  const std::string text = tests::ReadFile(journal);
  for (std::size_t at = text.find("{\"cursor\":\""); at != std::string::npos;
       at = text.find("{\"cursor\":\"", at + 1)) {
    const std::size_t hyphen = text.find('-', at);
    cursors += text.substr(hyphen, text.find('"', hyphen) - hyphen);
  }
  AddLines("exported cursors", cursors, facts);
  return absl::OkStatus();
}

absl::Status Flow::StopCentral() {
  Part& central = parts_[kCentral];
  central.program->Signal(SIGTERM);
  const std::optional<int> ended = central.program->Wait(std::chrono::seconds(60));
  if (!ended) return absl::DeadlineExceededError("central did not end when asked to stop");
  if (ended == 0 || ended == -SIGKILL || options_.restart_all) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("central ended with ", *ended, " when asked to stop"));
}

absl::StatusOr<Facts> Flow::Run() {
  begun_ = std::chrono::steady_clock::now();
  const auto file = [this](const std::string& name) { return (options_.folder / name).string(); };
  const auto program = [this](const std::string& name) { return (tests::BinaryDir() / Program(name)).string(); };
  parts_[kCentral].command = {program("hjerte-indicator"), "--config", file("indicator.yaml")};
  parts_[kConsumer].command = {program("hjerte"), "export",        "--connect",
                               options_.connect,  "--cert",        file("certs/exporter-dhrd.pem"),
                               "--journal",       file("journal"), "--follow"};
  for (const std::string& authority : options_.installation.authorities()) {
    parts_["adapter-" + authority].command = {program("hjerte-adapter"), "--quiet", "--once", "--config",
                                              file("adapter-" + authority + ".yaml")};
  }
  for (auto& [name, part] : parts_) Start(name);
  Facts facts;
  if (absl::Status status = DeliverAll(); !status.ok()) return status;
  delivered_after_ = elapsed();
  options_.delivered();
  if (options_.deliver_again) {
    if (absl::Status status = DeliverAgain(); !status.ok()) return status;
  }
  if (absl::Status status = ReadFigures(facts); !status.ok()) return status;
  if (absl::Status status = TakeOver(facts); !status.ok()) return status;
  if (absl::Status status = StopCentral(); !status.ok()) return status;
  parts_.clear();
  if (absl::Status status = ReadStores(options_.installation, options_.folder, facts); !status.ok()) return status;
  return facts;
}

}  // namespace hjerte::soak
