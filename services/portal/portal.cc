#include "services/portal/portal.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "services/portal/assets.h"
#include "services/portal/country_page.h"
#include "services/portal/downloads.h"
#include "services/portal/municipality_page.h"
#include "services/portal/page_frame.h"
#include "services/web/http_wire.h"

namespace hjerte::portal {
namespace {

// Browsers ask again each time and mostly get "not modified".
constexpr char kRevalidate[] = "no-cache";
constexpr char kForEver[] = "public, max-age=31536000, immutable";

registry::Language LanguageOf(const web::HttpRequest& request) {
  return request.Query("lang") == "en" ? registry::Language::kEnglish : registry::Language::kDanish;
}

int StatusOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kInvalidArgument:
      return 400;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kUnavailable:
      return 503;
    default:
      return 500;
  }
}

// Whether the browser holds what has that mark. A proxy that packs pages makes the mark a weak one.
bool IsHeld(std::string_view if_none_match, std::string_view etag) {
  for (std::size_t begin = 0; begin < if_none_match.size();) {
    const std::size_t end = std::min(if_none_match.find(',', begin), if_none_match.size());
    std::string_view held = if_none_match.substr(begin, end - begin);
    begin = end + 1;
    while (!held.empty() && (held.front() == ' ' || held.front() == '\t')) held.remove_prefix(1);
    while (!held.empty() && (held.back() == ' ' || held.back() == '\t')) held.remove_suffix(1);
    if (held.starts_with("W/")) held.remove_prefix(2);
    if (held == etag) return true;
  }
  return false;
}

// The handlers' common ground; shared by the routes' functions.
class Pages {
 public:
  explicit Pages(PortalDependencies dependencies) : dependencies_(std::move(dependencies)) {}

  web::HttpResponse Refuse(const web::HttpRequest& request, int status) const {
    web::HttpResponse response;
    response.status = status;
    response.body = WriteErrorPage(PhrasesOf(request), status);
    return response;
  }

  web::HttpResponse Country(const web::HttpRequest& request) const {
    return Fresh(request, [&]() -> web::HttpResponse {
      const auto view = dependencies_.source->Country();
      if (!view.ok()) return Refuse(request, StatusOf(view.status()));
      return Page(WriteCountryPage(PhrasesOf(request), *view, request.Query("q")));
    });
  }

  web::HttpResponse Municipality(const web::HttpRequest& request, const std::string& code) const {
    return Fresh(request, [&]() -> web::HttpResponse {
      const auto view = dependencies_.source->Municipality(code, request.Query("period"));
      if (!view.ok()) return Refuse(request, StatusOf(view.status()));
      return Page(WriteMunicipalityPage(PhrasesOf(request), *view));
    });
  }

  web::HttpResponse Download(const web::HttpRequest& request, const std::string& code, bool csv) const {
    return Fresh(request, [&]() -> web::HttpResponse {
      const auto cells = dependencies_.source->Cells(code);
      if (!cells.ok()) return Refuse(request, StatusOf(cells.status()));
      const auto country = dependencies_.source->Country();
      if (!country.ok()) return Refuse(request, StatusOf(country.status()));
      const Phrases phrases = PhrasesOf(request);
      web::HttpResponse response =
          Page(csv ? WriteCsv(phrases, *cells, country->provenance) : WriteJson(*cells, country->provenance));
      response.content_type = csv ? "text/csv; charset=utf-8" : "application/json";
      // The code was found among the municipalities, so it holds digits only.
      response.headers.emplace_back("content-disposition",
                                    "attachment; filename=\"indicators-" + code + (csv ? ".csv\"" : ".json\""));
      return response;
    });
  }

  web::HttpResponse Asset(const web::HttpRequest& request, const std::string& name) const {
    const std::string_view content = name.ends_with(".yaml") ? std::string_view() : AssetNamed(name);
    if (content.empty()) return Refuse(request, 404);
    web::HttpResponse response;
    response.body = content;
    response.content_type = name.ends_with(".css")  ? "text/css; charset=utf-8"
                            : name.ends_with(".js") ? "text/javascript; charset=utf-8"
                                                    : "image/svg+xml";
    const bool marked = request.Query("v") == AssetMark(name);
    response.headers.emplace_back("cache-control", marked ? kForEver : kRevalidate);
    return response;
  }

 private:
  Phrases PhrasesOf(const web::HttpRequest& request) const { return {*dependencies_.texts, LanguageOf(request)}; }

  static web::HttpResponse Page(std::string body) {
    web::HttpResponse response;
    response.body = std::move(body);
    return response;
  }

  // Answers "not modified" without rendering when the browser holds what we would send.
  template <class Render>
  web::HttpResponse Fresh(const web::HttpRequest& request, const Render& render) const {
    const std::string etag = "\"" + dependencies_.source->Version() + files_mark_ + "\"";
    web::HttpResponse response;
    if (IsHeld(request.Header("if-none-match"), etag)) {
      response.status = 304;
    } else {
      response = render();
    }
    if (response.status == 200 || response.status == 304) {
      response.headers.emplace_back("etag", etag);
      response.headers.emplace_back("cache-control", kRevalidate);
    }
    return response;
  }

  PortalDependencies dependencies_;
  // A page depends on its address, the data, and these files.
  const std::string files_mark_ = "-" + AssetMark("portal.css") + AssetMark("da.yaml") + AssetMark("en.yaml");
};

}  // namespace

web::Router MakePortal(const PortalDependencies& dependencies) {
  const auto pages = std::make_shared<const Pages>(dependencies);
  std::vector<web::Route> routes = {
      {"/", [pages](const web::HttpRequest& request, const web::PathValues&) { return pages->Country(request); }},
      {"/municipality/{code}.csv",
       [pages](const web::HttpRequest& request, const web::PathValues& values) {
         return pages->Download(request, values[0], true);
       }},
      {"/municipality/{code}.json",
       [pages](const web::HttpRequest& request, const web::PathValues& values) {
         return pages->Download(request, values[0], false);
       }},
      {"/municipality/{code}",
       [pages](const web::HttpRequest& request, const web::PathValues& values) {
         return pages->Municipality(request, values[0]);
       }},
      {"/assets/{name}", [pages](const web::HttpRequest& request,
                                 const web::PathValues& values) { return pages->Asset(request, values[0]); }},
      {"/healthz", [](const web::HttpRequest&, const web::PathValues&) { return web::PlainText("ok\n"); }},
  };
  return {doors::Listener::kPages, std::move(routes),
          [pages](const web::HttpRequest& request, int status) { return pages->Refuse(request, status); }};
}

}  // namespace hjerte::portal
