#include "services/portal/portal.h"

#include <utility>

#include "absl/status/status.h"
#include "services/portal/assets.h"
#include "services/portal/country_page.h"
#include "services/portal/downloads.h"
#include "services/portal/http_wire.h"
#include "services/portal/municipality_page.h"
#include "services/portal/page_frame.h"

namespace hjerte::portal {
namespace {

// Browsers ask again each time and mostly get "not modified".
constexpr char kRevalidate[] = "no-cache";
constexpr char kForEver[] = "public, max-age=31536000, immutable";

registry::Language LanguageOf(const HttpRequest& request) {
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

// The handlers' common ground; shared by the routes' functions.
class Pages {
 public:
  explicit Pages(PortalDependencies dependencies) : dependencies_(std::move(dependencies)) {}

  HttpResponse Refuse(const HttpRequest& request, int status) const {
    HttpResponse response;
    response.status = status;
    response.body = WriteErrorPage(PhrasesOf(request), status);
    return response;
  }

  HttpResponse Country(const HttpRequest& request) const {
    return Fresh(request, [&]() -> HttpResponse {
      const auto view = dependencies_.source->Country();
      if (!view.ok()) return Refuse(request, StatusOf(view.status()));
      return Page(WriteCountryPage(PhrasesOf(request), *view, request.Query("q")));
    });
  }

  HttpResponse Municipality(const HttpRequest& request, const std::string& code) const {
    return Fresh(request, [&]() -> HttpResponse {
      const auto view = dependencies_.source->Municipality(code, request.Query("period"));
      if (!view.ok()) return Refuse(request, StatusOf(view.status()));
      return Page(WriteMunicipalityPage(PhrasesOf(request), *view));
    });
  }

  HttpResponse Download(const HttpRequest& request, const std::string& code, bool csv) const {
    return Fresh(request, [&]() -> HttpResponse {
      const auto cells = dependencies_.source->Cells(code);
      if (!cells.ok()) return Refuse(request, StatusOf(cells.status()));
      const auto country = dependencies_.source->Country();
      if (!country.ok()) return Refuse(request, StatusOf(country.status()));
      const Phrases phrases = PhrasesOf(request);
      HttpResponse response =
          Page(csv ? WriteCsv(phrases, *cells, country->provenance) : WriteJson(*cells, country->provenance));
      response.content_type = csv ? "text/csv; charset=utf-8" : "application/json";
      // The code was found among the municipalities, so it holds digits only.
      response.headers.emplace_back("content-disposition",
                                    "attachment; filename=\"indicators-" + code + (csv ? ".csv\"" : ".json\""));
      return response;
    });
  }

  HttpResponse Asset(const HttpRequest& request, const std::string& name) const {
    const std::string_view content = name.ends_with(".yaml") ? std::string_view() : AssetNamed(name);
    if (content.empty()) return Refuse(request, 404);
    HttpResponse response;
    response.body = content;
    response.content_type = name.ends_with(".css")  ? "text/css; charset=utf-8"
                            : name.ends_with(".js") ? "text/javascript; charset=utf-8"
                                                    : "image/svg+xml";
    const bool marked = request.Query("v") == AssetMark(name);
    response.headers.emplace_back("cache-control", marked ? kForEver : kRevalidate);
    return response;
  }

 private:
  Phrases PhrasesOf(const HttpRequest& request) const { return {*dependencies_.texts, LanguageOf(request)}; }

  static HttpResponse Page(std::string body) {
    HttpResponse response;
    response.body = std::move(body);
    return response;
  }

  // Answers "not modified" without rendering when the browser holds what we would send.
  template <class Render>
  HttpResponse Fresh(const HttpRequest& request, const Render& render) const {
    const std::string etag = "\"" + dependencies_.source->Version() + files_mark_ + "\"";
    HttpResponse response;
    if (request.Header("if-none-match") == etag) {
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

Router MakePortal(const PortalDependencies& dependencies) {
  const auto pages = std::make_shared<const Pages>(dependencies);
  std::vector<Route> routes = {
      {"/", Role::kPublic, [pages](const HttpRequest& request, const PathValues&) { return pages->Country(request); }},
      {"/municipality/{code}.csv", Role::kPublic,
       [pages](const HttpRequest& request, const PathValues& values) {
         return pages->Download(request, values[0], true);
       }},
      {"/municipality/{code}.json", Role::kPublic,
       [pages](const HttpRequest& request, const PathValues& values) {
         return pages->Download(request, values[0], false);
       }},
      {"/municipality/{code}", Role::kPublic,
       [pages](const HttpRequest& request, const PathValues& values) {
         return pages->Municipality(request, values[0]);
       }},
      {"/assets/{name}", Role::kPublic,
       [pages](const HttpRequest& request, const PathValues& values) { return pages->Asset(request, values[0]); }},
      {"/healthz", Role::kPublic, [](const HttpRequest&, const PathValues&) { return PlainText("ok\n"); }},
  };
  return {std::move(routes),
          [pages](const HttpRequest& request, int status) { return pages->Refuse(request, status); }};
}

}  // namespace hjerte::portal
