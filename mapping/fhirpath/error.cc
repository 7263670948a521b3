#include "mapping/fhirpath/error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace hjerte::fhirpath {

namespace {

constexpr char kPayload[] = "hjertegateway/fhirpath/kind";

std::string Describe(ErrorKind kind, Position position, std::string_view message) {
  return absl::StrCat("FHIRPath ", std::string(KindName(kind)), " error at line ", position.line, ", column ",
                      position.column, ": ", std::string(message));
}

}  // namespace

std::string_view KindName(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kSyntax:
      return "syntax";
    case ErrorKind::kSemantic:
      return "semantic";
    case ErrorKind::kExecution:
      break;
  }
  return "execution";
}

absl::Status MakeError(ErrorKind kind, Position position, std::string_view message) {
  absl::Status status = absl::InvalidArgumentError(Describe(kind, position, message));
  status.SetPayload(kPayload, absl::Cord(std::string(KindName(kind))));
  return status;
}

absl::Status MakeLimitError(Position position, std::string_view message) {
  absl::Status status = absl::ResourceExhaustedError(Describe(ErrorKind::kExecution, position, message));
  status.SetPayload(kPayload, absl::Cord(std::string(KindName(ErrorKind::kExecution))));
  return status;
}

ErrorKind KindOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayload);
  if (payload.has_value() && *payload == "syntax") return ErrorKind::kSyntax;
  if (payload.has_value() && *payload == "semantic") return ErrorKind::kSemantic;
  return ErrorKind::kExecution;
}

}  // namespace hjerte::fhirpath
