#include "services/common/checkpointer.h"

#include <sqlite3.h>

#include <memory>

namespace hjerte::common {
namespace {

struct Close {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
using Connection = std::unique_ptr<sqlite3, Close>;

Connection Open(const std::filesystem::path& file, const std::string& vfs) {
  sqlite3* handle = nullptr;
  sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                  vfs.empty() ? nullptr : vfs.c_str());
  Connection connection(handle);
  // A connection that has read nothing does not know that there is a log.
  sqlite3_exec(handle, "PRAGMA synchronous=FULL; SELECT 1 FROM sqlite_schema LIMIT 1", nullptr, nullptr, nullptr);
  return connection;
}

}  // namespace

void Checkpointer::Begin() {
  {
    const std::lock_guard lock(mutex_);
    ++begun_;
  }
  if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
  change_.notify_all();
}

void Checkpointer::Wait() {
  std::unique_lock lock(mutex_);
  change_.wait(lock, [this] { return done_ == begun_; });
}

void Checkpointer::Run(const std::stop_token& stop) {
  Connection connection;
  std::unique_lock lock(mutex_);
  while (true) {
    change_.wait(lock, stop, [this] { return done_ != begun_; });
    if (done_ == begun_) return;
    const std::uint64_t begun = begun_;
    lock.unlock();
    if (connection == nullptr) connection = Open(file_, vfs_);
    const int code = sqlite3_wal_checkpoint_v2(connection.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    // One that was opened while the disk failed or could only be read would never write.
    if (code != SQLITE_OK && code != SQLITE_BUSY) connection = nullptr;
    lock.lock();
    done_ = begun;
    change_.notify_all();
  }
}

}  // namespace hjerte::common
