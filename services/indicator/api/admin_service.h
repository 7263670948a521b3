#pragma once

#include <filesystem>
#include <memory>

#include "services/common/clock.h"
#include "services/common/log.h"
#include "services/doors/callers.h"
#include "services/indicator/custody/key_rotation.h"
#include "services/indicator/ingest/writer.h"

namespace grpc {
class Service;
}

namespace hjerte::indicator {

// What the service works with; everything must outlive it.
struct AdminServiceParts {
  const doors::CallerTable& access;
  Writer& writer;
  KeyRotation& rotation;
  std::filesystem::path store_file;
  std::filesystem::path backup_folder;
  const common::Clock& clock;
  common::Logger log;
};

// AdminService of the contracts.
std::unique_ptr<grpc::Service> MakeAdminService(AdminServiceParts parts);

}  // namespace hjerte::indicator
