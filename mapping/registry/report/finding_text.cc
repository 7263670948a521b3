#include "mapping/registry/report/finding_text.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace hjerte::registry {
namespace {

struct Wording {
  std::string_view code;
  Severity severity;
  std::string_view da;
  std::string_view en;
};

Wording WordingOf(Fault fault) {
  switch (fault) {
    case Fault::kRequired:
      return {"required", Severity::kError, "mangler", "is missing"};
    case Fault::kType:
      return {"type", Severity::kError, "har en værdi af en forkert type", "has a value of the wrong type"};
    case Fault::kUnit:
      return {"unit", Severity::kError, "mangler en enhed eller har en enhed, der ikke kan omregnes",
              "has no unit or one that cannot be converted"};
    case Fault::kFormat:
      return {"format", Severity::kError, "er ikke skrevet i det rigtige format", "is not written in the right format"};
    case Fault::kCode:
      return {"code", Severity::kError, "har en kode, der ikke findes i kodelisten",
              "has a code that is not in the code list"};
    case Fault::kRange:
      return {"range", Severity::kError, "ligger uden for det mulige", "is outside what is possible"};
    case Fault::kPlausible:
      return {"plausible", Severity::kWarning, "er usædvanlig; kontrollér den", "is unusual; check it"};
    case Fault::kPoint:
      return {"point", Severity::kError, "mangler et måletidspunkt (start, slutning eller opfølgning)",
              "lacks its measurement point (start, end or follow-up)"};
    case Fault::kFuture:
      return {"future", Severity::kError, "er dateret efter modtagelsen", "is dated after it was received"};
    case Fault::kModulus:
      break;
  }
  return {"modulus", Severity::kWarning, "opfylder ikke modulus 11; det er tilladt siden 2007, men kontrollér nummeret",
          "does not pass modulus 11; that is allowed since 2007, but check the number"};
}

// What would have been right, where the fault does not say it.
std::string ExpectedText(const Variable& variable, Fault fault, std::string_view date) {
  if (fault == Fault::kFormat && variable.type == ValueType::kDate) return absl::StrCat(" (", std::string(date), ")");
  const Limits& limits = fault == Fault::kRange ? variable.error_limits : variable.warning_limits;
  if ((fault != Fault::kRange && fault != Fault::kPlausible) || !limits.low) return {};
  return absl::StrCat(" (", *limits.low, "–", *limits.high, variable.unit.empty() ? "" : " ", variable.unit, ")");
}

}  // namespace

Finding ValueFinding(const Variable& variable, Fault fault, std::string location) {
  const Wording wording = WordingOf(fault);
  const auto sentence = [&](const std::string& label, std::string_view what, const std::string& help,
                            std::string_view date) {
    return absl::StrCat(label, " ", std::string(what), ExpectedText(variable, fault, date), ".",
                        help.empty() ? "" : " ", help);
  };
  Finding finding;
  finding.severity = wording.severity;
  finding.code = absl::StrCat("dhrd-", variable.id, "-", std::string(wording.code));
  finding.location = std::move(location);
  finding.variable = variable.id;
  finding.text = {sentence(variable.label.da, wording.da, variable.help.da, "åååå-mm-dd"),
                  sentence(variable.label.en, wording.en, variable.help.en, "yyyy-mm-dd")};
  return finding;
}

Finding ShapeFinding(std::string code, std::string location, std::string da, std::string en) {
  return {Severity::kError, std::move(code), std::move(location), "", {std::move(da), std::move(en)}};
}

}  // namespace hjerte::registry
