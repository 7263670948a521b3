#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace hjerte::portal {

// An attribute; the value is escaped when written. The name is a literal of ours.
struct Attribute {
  std::string_view name;
  std::string value;
};

// Writes HTML and SVG. Every text and attribute value is escaped, so a hostile name can only ever be a name; elements
// close in the order they were opened.
class HtmlWriter {
 public:
  using Attributes = std::initializer_list<Attribute>;

  // Opens an element; Close() ends the innermost open one.
  HtmlWriter& Open(std::string_view tag, Attributes attributes = {});
  HtmlWriter& Close();
  // An element with text only.
  HtmlWriter& Element(std::string_view tag, Attributes attributes, std::string_view text);
  HtmlWriter& Element(std::string_view tag, std::string_view text) { return Element(tag, {}, text); }
  // An element without content or end tag ("meta", "link", "input").
  HtmlWriter& Void(std::string_view tag, Attributes attributes);
  HtmlWriter& Text(std::string_view text);

  // The document, with its doctype. All elements must be closed.
  std::string Document() &&;
  // What was written so far, without doctype.
  const std::string& fragment() const { return out_; }

 private:
  void Begin(std::string_view tag, Attributes attributes);

  std::string out_;
  std::vector<std::string> open_;
};

// Escapes for text and for double-quoted attribute values.
std::string EscapeHtml(std::string_view text);

}  // namespace hjerte::portal
