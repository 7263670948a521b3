#include <boost/beast/http.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "services/portal/portal.h"
#include "services/portal/texts.h"
#include "services/web/http_wire.h"
#include "services/web/request_target.h"
#include "tests/services/portal/sample_source.h"

namespace {

namespace http = boost::beast::http;
using hjerte::web::HttpRequest;

constexpr std::size_t kHeaderBytesMax = 8192;
constexpr std::size_t kBodyBytesMax = 1024;

// What must hold of every answer, whatever was asked.
void CheckAnswer(const HttpRequest& request, const hjerte::web::HttpResponse& response) {
  const std::string wire = hjerte::web::WriteResponse(response, {.head = request.method == "HEAD"});
  const std::size_t end = wire.find("\r\n\r\n");
  if (end == std::string::npos || response.status < 200 || response.status > 599) std::abort();
  // Nothing the asker sent can add a header or a line: each line of the head is one of ours.
  for (std::size_t at = wire.find('\n'); at < end; at = wire.find('\n', at + 1)) {
    if (wire[at - 1] != '\r') std::abort();
  }
  // A search word comes back escaped.
  if (response.body.find("<script>") != std::string::npos) std::abort();
}

}  // namespace

// The bytes of a connection: parsed as the listener does, then answered by the pages' router. No request may crash, be
// answered with a head we did not write, or find a path that leaves the tree.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const hjerte::tests::SampleSource source;
  static const hjerte::portal::Texts texts = *hjerte::portal::Texts::Shipped();
  static const hjerte::web::Router router = hjerte::portal::MakePortal({&source, &texts});
  http::request_parser<http::string_body> parser;
  parser.header_limit(kHeaderBytesMax);
  parser.body_limit(kBodyBytesMax);
  parser.eager(true);
  boost::beast::error_code error;
  parser.put(boost::asio::buffer(data, size), error);
  if (error || !parser.is_header_done()) return 0;
  const auto& message = parser.get();
  const auto target = hjerte::web::ParseRequestTarget({message.target().data(), message.target().size()});
  if (!target.ok()) return 0;
  if (target->path.find("..") == 0 || target->path.find("/../") != std::string::npos) std::abort();
  HttpRequest request;
  request.method = message.method() == http::verb::head ? "HEAD" : "GET";
  request.path = target->path;
  request.query = target->query;
  for (const auto& field : message) {
    const std::string name(field.name_string().data(), field.name_string().size());
    request.headers.emplace_back(absl::AsciiStrToLower(name), std::string(field.value().data(), field.value().size()));
  }
  CheckAnswer(request, router(request));
  return 0;
}
