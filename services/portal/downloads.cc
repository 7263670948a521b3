#include "services/portal/downloads.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "services/common/time_text.h"

namespace hjerte::portal {
namespace {

std::string_view LevelId(registry::UnitKind level) {
  switch (level) {
    case registry::UnitKind::kMunicipality:
      return "municipality";
    case registry::UnitKind::kCluster:
      return "cluster";
    case registry::UnitKind::kRegion:
      return "region";
    case registry::UnitKind::kNation:
      break;
  }
  return "nation";
}

std::string_view VerdictId(const std::optional<registry::Verdict>& verdict) {
  if (!verdict) return "";
  switch (*verdict) {
    case registry::Verdict::kMet:
      return "met";
    case registry::Verdict::kNotMet:
      return "not-met";
    case registry::Verdict::kUndecided:
      return "undecided";
    case registry::Verdict::kNotSet:
      break;
  }
  return "not-set";
}

std::string DateText(registry::Date date) { return common::FormatDate(std::chrono::year_month_day(date)); }

// Every reason that occurs, in the order first met.
std::vector<std::string> ReasonsOf(const std::vector<PublishedCell>& cells) {
  std::vector<std::string> reasons;
  for (const PublishedCell& published : cells) {
    for (const ReasonCount& exclusion : published.cell.exclusions) {
      if (std::find(reasons.begin(), reasons.end(), exclusion.reason) == reasons.end()) {
        reasons.push_back(exclusion.reason);
      }
    }
  }
  return reasons;
}

// Writes the lines of a CSV in the manner of one language.
class CsvLines {
 public:
  explicit CsvLines(registry::Language language)
      : separator_(language == registry::Language::kDanish ? ';' : ','),
        comma_(language == registry::Language::kDanish) {
    out_ = "\xEF\xBB\xBF";
  }

  void Text(std::string_view text) {
    std::string safe(text);
    if (!safe.empty() && std::string_view("=+-@\t\r").find(safe.front()) != std::string_view::npos)
      safe.insert(0, 1, '\'');
    const bool quote = safe.find_first_of("\";,\r\n") != std::string::npos;
    Separate();
    if (!quote) {
      out_ += safe;
      return;
    }
    out_ += '"';
    for (const char c : safe) {
      if (c == '"') out_ += '"';
      out_ += c;
    }
    out_ += '"';
  }
  void Count(const std::optional<int64_t>& count) { Raw(count ? absl::StrCat(*count) : "#"); }
  void Decimal(std::string text) {
    if (comma_) std::replace(text.begin(), text.end(), '.', ',');
    Raw(text);
  }
  void Raw(std::string_view text) {
    Separate();
    out_ += text;
  }
  void EndLine() {
    out_ += "\r\n";
    first_ = true;
  }
  std::string Take() && { return std::move(out_); }

 private:
  void Separate() {
    if (!first_) out_ += separator_;
    first_ = false;
  }

  std::string out_;
  char separator_;
  bool comma_;
  bool first_ = true;
};

void WriteCsvCell(CsvLines& lines, const Phrases& phrases, const PublishedCell& published,
                  const ProvenanceView& provenance, const std::vector<std::string>& reasons) {
  const Cell& cell = published.cell;
  lines.Text(provenance.indicator_set);
  lines.Text(published.indicator);
  lines.Text(LevelId(published.unit.kind));
  lines.Text(published.unit.id);
  lines.Text(published.unit.name);
  lines.Text(published.period.label);
  lines.Text(DateText(published.period.from));
  lines.Text(DateText(published.period.to));
  if (cell.figures) {
    lines.Count(cell.figures->numerator);
    lines.Count(cell.figures->denominator);
    lines.Decimal(cell.figures->percent);
    lines.Decimal(cell.figures->low);
    lines.Decimal(cell.figures->high);
  } else {
    for (int i = 0; i < 5; ++i) lines.Raw("#");
  }
  lines.Count(cell.unknown);
  lines.Decimal(cell.unknown ? cell.unknown_percent : "#");
  for (const std::string& reason : reasons) {
    const auto found = std::find_if(cell.exclusions.begin(), cell.exclusions.end(),
                                    [&](const ReasonCount& exclusion) { return exclusion.reason == reason; });
    if (found == cell.exclusions.end()) {
      lines.Raw("");
    } else {
      lines.Count(found->count);
    }
  }
  lines.Raw(VerdictId(cell.verdict));
  lines.Raw(provenance.draft ? phrases("csv.draft") : "");
  lines.EndLine();
}

// One JSON object under construction.
class JsonObject {
 public:
  JsonObject& Text(std::string_view name, std::string_view value) { return Raw(name, Quote(value)); }
  JsonObject& Number(std::string_view name, int64_t value) { return Raw(name, absl::StrCat(value)); }
  JsonObject& Bool(std::string_view name, bool value) { return Raw(name, value ? "true" : "false"); }
  JsonObject& Raw(std::string_view name, std::string_view json) {
    out_ += out_.empty() ? "" : ",";
    out_ += Quote(name) + ":" + std::string(json);
    return *this;
  }
  std::string Json() const { return "{" + out_ + "}"; }

 private:
  static std::string Quote(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
      } else if (byte < 0x20 || c == '<' || c == '>' || c == '&') {
        out += absl::StrCat("\\u", absl::Hex(byte, absl::kZeroPad4));  // harmless even where a browser guesses HTML
      } else {
        out += c;
      }
    }
    return out + "\"";
  }
  std::string out_;
};

std::string ExclusionsJson(const Cell& cell) {
  std::string out = "[";
  for (const ReasonCount& exclusion : cell.exclusions) {
    JsonObject object;
    object.Text("reason", exclusion.reason);
    if (exclusion.count) {
      object.Number("count", *exclusion.count);
    } else {
      object.Bool("hidden", true);
    }
    out += (out.size() > 1 ? "," : "") + object.Json();
  }
  return out + "]";
}

std::string CellJson(const PublishedCell& published) {
  const Cell& cell = published.cell;
  JsonObject object;
  object.Text("indicator", published.indicator);
  object.Text("level", LevelId(published.unit.kind))
      .Text("unitId", published.unit.id)
      .Text("unit", published.unit.name);
  object.Text("period", published.period.label);
  object.Text("from", DateText(published.period.from)).Text("to", DateText(published.period.to));
  object.Bool("hidden", !cell.figures);
  if (cell.figures) {
    object.Number("numerator", cell.figures->numerator).Number("denominator", cell.figures->denominator);
    // Decimals travel as JSON numbers: their text is already one, rounded by the registry.
    if (!cell.figures->percent.empty()) object.Raw("percent", cell.figures->percent);
    if (!cell.figures->low.empty()) object.Raw("intervalLow", cell.figures->low);
    if (!cell.figures->high.empty()) object.Raw("intervalHigh", cell.figures->high);
  }
  if (cell.unknown) object.Number("unknown", *cell.unknown);
  if (cell.unknown && !cell.unknown_percent.empty()) object.Raw("unknownPercent", cell.unknown_percent);
  object.Raw("excluded", ExclusionsJson(cell));
  object.Text("standard", VerdictId(cell.verdict));
  return object.Json();
}

}  // namespace

std::string WriteCsv(const Phrases& phrases, const std::vector<PublishedCell>& cells,
                     const ProvenanceView& provenance) {
  const std::vector<std::string> reasons = ReasonsOf(cells);
  CsvLines lines(phrases.language());
  for (const char* key : {"csv.set", "csv.indicator", "csv.level", "csv.unit_id", "csv.unit", "csv.period", "csv.from",
                          "csv.to", "csv.numerator", "csv.denominator", "csv.percent", "csv.low", "csv.high",
                          "csv.unknown", "csv.unknown_percent"}) {
    lines.Text(phrases(key));
  }
  for (const std::string& reason : reasons) lines.Text(phrases("csv.excluded", {{"reason", reason}}));
  lines.Text(phrases("csv.verdict"));
  lines.Text(phrases("csv.draft"));
  lines.EndLine();
  for (const PublishedCell& cell : cells) WriteCsvCell(lines, phrases, cell, provenance, reasons);
  return std::move(lines).Take();
}

std::string WriteJson(const std::vector<PublishedCell>& cells, const ProvenanceView& provenance) {
  JsonObject from;
  from.Text("indicatorSet", provenance.indicator_set).Text("variableSet", provenance.variable_set);
  from.Text("geography", provenance.geography).Text("engine", provenance.engine);
  from.Text("contentSha256", provenance.content_sha256);
  from.Bool("draft", provenance.draft);
  if (provenance.computed_at) {
    from.Text("computedAt", common::FormatInstant(*provenance.computed_at));
  }
  std::string list = "[";
  for (const PublishedCell& cell : cells) list += (list.size() > 1 ? ",\n" : "\n") + CellJson(cell);
  return "{\"provenance\":" + from.Json() + ",\n\"cells\":" + list + "\n]}\n";
}

}  // namespace hjerte::portal
