#include "services/portal/page_frame.h"

#include "absl/strings/str_cat.h"
#include "services/portal/assets.h"
#include "services/web/request_target.h"

namespace hjerte::portal {
namespace {

std::string Address(std::string_view path, const std::vector<std::pair<std::string, std::string>>& query,
                    std::string_view language) {
  std::string address = std::string(path) + "?lang=" + std::string(language);
  for (const auto& [name, value] : query) address += "&" + web::PercentEncode(name) + "=" + web::PercentEncode(value);
  return address;
}

void WriteHead(HtmlWriter& html, const Phrases& phrases, const PageFrame& frame) {
  html.Open("head");
  html.Void("meta", {{"charset", "utf-8"}});
  html.Element("title", frame.title + " · " + phrases("site.name"));
  html.Void("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  html.Void("meta", {{"name", "color-scheme"}, {"content", "light dark"}});
  html.Void("meta", {{"name", "description"}, {"content", phrases("site.description")}});
  html.Void("link", {{"rel", "stylesheet"}, {"href", AssetAddress("portal.css")}});
  html.Void("link", {{"rel", "icon"}, {"type", "image/svg+xml"}, {"href", AssetAddress("icon.svg")}});
  for (const char* language : {"da", "en"}) {
    html.Void("link",
              {{"rel", "alternate"}, {"hreflang", language}, {"href", Address(frame.path, frame.query, language)}});
  }
  html.Open("script", {{"src", AssetAddress("portal.js")}, {"defer", ""}}).Close();
  html.Close();
}

void WriteLanguageSwitch(HtmlWriter& html, const Phrases& phrases, const PageFrame& frame) {
  html.Open("nav", {{"class", "languages"}, {"aria-label", phrases("site.languages")}});
  for (const auto& [code, name] : {std::pair("da", "Dansk"), std::pair("en", "English")}) {
    const std::string address = Address(frame.path, frame.query, code);
    if (phrases.code() == code) {
      html.Element("a", {{"href", address}, {"lang", code}, {"hreflang", code}, {"aria-current", "true"}}, name);
    } else {
      html.Element("a", {{"href", address}, {"lang", code}, {"hreflang", code}}, name);
    }
  }
  html.Close();
}

void WriteHeader(HtmlWriter& html, const Phrases& phrases, const PageFrame& frame) {
  html.Open("header", {{"class", "site"}}).Open("div", {{"class", "inner"}});
  html.Open("a", {{"class", "brand"}, {"href", PageAddress(phrases, "/")}});
  html.Open("svg", {{"viewBox", "0 0 32 32"}, {"aria-hidden", "true"}, {"focusable", "false"}});
  html.Open("path", {{"d", "M16 28 4.6 16.6a7.2 7.2 0 0 1 10.2-10.2L16 7.6l1.2-1.2a7.2 7.2 0 0 1 10.2 10.2Z"}}).Close();
  html.Open("path", {{"class", "pulse"}, {"d", "M2 17h8l2.6-5 4 9.5 3-6.5H30"}}).Close();
  html.Close();
  html.Element("span", phrases("site.name"));
  html.Close();
  WriteLanguageSwitch(html, phrases, frame);
  html.Close().Close();
}

}  // namespace

std::string PageAddress(const Phrases& phrases, std::string_view path,
                        const std::vector<std::pair<std::string, std::string>>& query) {
  return Address(path, query, phrases.code());
}

std::string WritePage(const Phrases& phrases, const PageFrame& frame,
                      const std::function<void(HtmlWriter&)>& write_main) {
  HtmlWriter html;
  html.Open("html", {{"lang", phrases.code()}});
  WriteHead(html, phrases, frame);
  html.Open("body");
  html.Element("a", {{"class", "skip"}, {"href", "#main"}}, phrases("site.skip"));
  WriteHeader(html, phrases, frame);
  html.Open("main", {{"id", "main"}, {"tabindex", "-1"}});
  write_main(html);
  html.Close();
  html.Open("footer", {{"class", "site"}}).Open("div", {{"class", "inner"}});
  html.Element("p", phrases("site.footer"));
  html.Close().Close();
  html.Close().Close();
  return std::move(html).Document();
}

std::string WriteErrorPage(const Phrases& phrases, int status) {
  const std::string key = absl::StrCat("error.", status);
  return WritePage(phrases, {phrases(key + "_title"), "/", {}}, [&](HtmlWriter& html) {
    html.Open("div", {{"class", "message"}});
    html.Element("h1", phrases(key + "_title"));
    html.Element("p", phrases(key + "_text"));
    html.Open("p").Element("a", {{"href", PageAddress(phrases, "/")}}, phrases("error.home")).Close();
    html.Close();
  });
}

void WriteDraftNote(HtmlWriter& html, const Phrases& phrases) {
  html.Open("div", {{"class", "draft-note"}, {"role", "note"}});
  html.Element("strong", {{"class", "badge draft"}}, phrases("draft.badge"));
  html.Element("p", phrases("draft.text"));
  html.Close();
}

}  // namespace hjerte::portal
