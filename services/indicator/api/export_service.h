#pragma once

#include <memory>
#include <string>

#include "services/doors/callers.h"
#include "services/indicator/api/answer_room.h"
#include "services/indicator/ingest/notifier.h"
#include "services/indicator/ingest/writer.h"
#include "services/indicator/store/store.h"
#include "services/indicator/vault/key_ring.h"

namespace grpc {
class Service;
}

namespace hjerte::indicator {

// What the service works with; everything must outlive it.
struct ExportServiceParts {
  const doors::CallerTable& access;
  StoreReader& store;
  Notifier& notifier;
  const KeyRing& keys;
  Writer& writer;  // for the audit log
  AnswerRoom& answers;
  const common::Clock& clock;
  std::string store_id;  // a cursor of another store is refused
};

// ExportService of the contracts, on gRPC's callback interface.
std::unique_ptr<grpc::Service> MakeExportService(ExportServiceParts parts);

}  // namespace hjerte::indicator
