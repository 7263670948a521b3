#pragma once

#include <memory>

#include "adapters/reports/mapper.h"
#include "services/indicator/ingest/ingest.h"
#include "services/indicator/vault/key_ring.h"

namespace hjerte::soak {

// What never changes, read once for many runs.
struct Ground {
  std::shared_ptr<const registry::Content> content;
  std::unique_ptr<const indicator::ReportMaps> maps;
  std::shared_ptr<const adapters::Mapper> mapper;
  indicator::Keys keys;
  std::unique_ptr<const common::KeyProvider> adapter_key;

  static absl::StatusOr<std::unique_ptr<const Ground>> Load();
};

}  // namespace hjerte::soak
