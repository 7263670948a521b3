#pragma once

#include <string>
#include <vector>

#include "adapters/source/source.h"

namespace hjerte::source {

// A folder into which extracts are dropped: read one after another in the order of their names, each from where its
// progress says. One that is replaced while it is read is read anew: what was given before stands.
class ExtractDrop : public Source {
 public:
  absl::StatusOr<Batch> Pull(const Progress& progress, std::size_t limit) final;
  bool InTheMiddle() const final { return IsOpen(); }

 private:
  absl::Status OpenNext(const Progress& progress, Batch& batch);

  // The extracts that lie there now, in the order they are read.
  virtual absl::StatusOr<std::vector<std::string>> Names() const = 0;
  // True when the extract has something to give: it is open then, or its fault is in the batch. One that is not ready
  // is told in Batch::waiting.
  virtual absl::StatusOr<bool> TryOpen(const std::string& name, const Progress& progress, Batch& batch) = 0;
  // Whether an extract is open, and lies there as it was opened.
  virtual bool IsOpen() const = 0;
  virtual bool IsUnchanged() const = 0;
  // Reads the open extract on, and closes it at its end. Unavailable when it changed meanwhile.
  virtual absl::Status ReadOn(Batch& batch, std::size_t limit) = 0;
  virtual void Close() = 0;
};

}  // namespace hjerte::source
