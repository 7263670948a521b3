#include "adapters/source/json_faults.h"

namespace hjerte::source {
namespace {

std::string AsSentence(std::string text) { return text.ends_with('.') ? text : text + '.'; }

}  // namespace

Text NotJsonText(const Text& what, const std::optional<json::TextError>& error) {
  Text text{.da = what.da + " er ikke gyldig JSON", .en = what.en + " is not valid JSON"};
  if (error) {
    const std::string line = std::to_string(error->line);
    const std::string column = std::to_string(error->column);
    text.da += " (linje " + line + ", kolonne " + column + "): " + error->da;
    text.en += " (line " + line + ", column " + column + "): " + error->en;
  }
  return {.da = AsSentence(std::move(text.da)), .en = AsSentence(std::move(text.en))};
}

}  // namespace hjerte::source
