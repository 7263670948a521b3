#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/portal/html.h"
#include "services/portal/texts.h"

namespace hjerte::portal {

// What every page has in common.
struct PageFrame {
  std::string title;                                       // without the product's name
  std::string path;                                        // own address without language, e.g. "/municipality/0751"
  std::vector<std::pair<std::string, std::string>> query;  // own parameters without the language
};

// A whole page: head, skip link, header with the language switch, `write_main` inside <main>, footer.
std::string WritePage(const Phrases& phrases, const PageFrame& frame,
                      const std::function<void(HtmlWriter&)>& write_main);

// An address of ours in the language of the page.
std::string PageAddress(const Phrases& phrases, std::string_view path,
                        const std::vector<std::pair<std::string, std::string>>& query = {});

// The page for a request that cannot be answered: 400, 403, 404, 503.
std::string WriteErrorPage(const Phrases& phrases, int status);

// A note that the definitions are a draft.
void WriteDraftNote(HtmlWriter& html, const Phrases& phrases);

}  // namespace hjerte::portal
