#include "mapping/fhirpath/html_checks.h"

#include <algorithm>
#include <vector>

namespace hjerte::fhirpath {

namespace {

// R4, Narrative: the basic formatting of XHTML, without forms, scripts, frames and objects.
constexpr std::string_view kElements[] = {
    "a",   "abbr", "acronym", "b",     "big", "blockquote", "br",  "caption", "cite", "code",  "col",  "colgroup",
    "dd",  "dfn",  "div",     "dl",    "dt",  "em",         "h1",  "h2",      "h3",   "h4",    "h5",   "h6",
    "hr",  "i",    "img",     "li",    "ol",  "p",          "pre", "q",       "samp", "small", "span", "strong",
    "sub", "sup",  "table",   "tbody", "td",  "tfoot",      "th",  "thead",   "tr",   "tt",    "ul",   "var"};

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool IsAllowed(std::string_view element) {
  return std::find(std::begin(kElements), std::end(kElements), element) != std::end(kElements);
}

// A tag without its angle brackets.
struct Tag {
  std::string_view name;
  std::string_view attributes;
  bool closing = false;
  bool self_closing = false;
};

Tag ParseTag(std::string_view body) {
  Tag tag;
  if (body.starts_with('/')) {
    tag.closing = true;
    body.remove_prefix(1);
  }
  if (body.ends_with('/')) {
    tag.self_closing = true;
    body.remove_suffix(1);
  }
  size_t end = 0;
  while (end < body.size() && !IsSpace(body[end])) ++end;
  tag.name = body.substr(0, end);
  tag.attributes = body.substr(end);
  return tag;
}

// Handlers of events and addresses that run code are what narrative may never carry.
bool AttributesAllowed(std::string_view attributes) {
  for (size_t i = 0; i + 3 < attributes.size(); ++i) {
    if (IsSpace(attributes[i]) && attributes[i + 1] == 'o' && attributes[i + 2] == 'n') return false;
  }
  return attributes.find("javascript:") == std::string_view::npos;
}

// Where the tag that starts at `at` ends; quotes may hold a '>'.
size_t TagEnd(std::string_view text, size_t at) {
  char quote = '\0';
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '>') {
      return at;
    }
  }
  return std::string_view::npos;
}

}  // namespace

bool IsAcceptableXhtml(std::string_view text) {
  std::vector<std::string_view> open;
  bool content = false;
  bool seen_root = false;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '<') {
      if (!IsSpace(text[at])) {
        if (open.empty()) return false;
        content = true;
      }
      ++at;
      continue;
    }
    if (text.substr(at).starts_with("<!--")) {
      const size_t end = text.find("-->", at);
      if (end == std::string_view::npos) return false;
      at = end + 3;
      continue;
    }
    const size_t end = TagEnd(text, at);
    if (end == std::string_view::npos) return false;
    const Tag tag = ParseTag(text.substr(at + 1, end - at - 1));
    at = end + 1;
    if (tag.closing) {
      if (open.empty() || open.back() != tag.name) return false;
      open.pop_back();
      continue;
    }
    if (!IsAllowed(tag.name) || !AttributesAllowed(tag.attributes)) return false;
    if (open.empty() && (seen_root || tag.name != "div")) return false;
    seen_root = true;
    if (tag.name == "img") content = true;
    if (!tag.self_closing) open.push_back(tag.name);
  }
  return seen_root && open.empty() && content;
}

}  // namespace hjerte::fhirpath
