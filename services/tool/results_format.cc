#include "services/tool/results_format.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <vector>

#include "services/common/time_text.h"

namespace hjerte::tool {
namespace {

namespace v1 = hjertegateway::v1;

const std::string& In(const v1::LocalizedText& text, ResultsLanguage language) {
  return language == ResultsLanguage::kDanish ? text.da() : text.en();
}

std::string_view Say(ResultsLanguage language, std::string_view da, std::string_view en) {
  return language == ResultsLanguage::kDanish ? da : en;
}

// A decimal as the language writes it.
std::string Decimal(std::string text, ResultsLanguage language) {
  if (language == ResultsLanguage::kDanish) std::replace(text.begin(), text.end(), '.', ',');
  return text;
}

// Width in characters, not bytes, since Danish letters take two.
std::size_t Width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0U) != 0x80U; }));
}

// Lines of cells, padded to columns.
class Table {
 public:
  void Row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void Print(std::ostream& out) const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
      widths.resize(std::max(widths.size(), row.size()));
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
    }
    for (const auto& row : rows_) {
      std::string line;
      for (std::size_t i = 0; i < row.size(); ++i) {
        line += row[i];
        if (i + 1 < row.size()) line.append(widths[i] - Width(row[i]) + 2, ' ');
      }
      out << line << "\n";
    }
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::string_view UnitKindName(v1::UnitKind kind) {
  switch (kind) {
    case v1::UNIT_KIND_MUNICIPALITY:
      return "municipality";
    case v1::UNIT_KIND_CLUSTER:
      return "cluster";
    case v1::UNIT_KIND_REGION:
      return "region";
    default:
      return "nation";
  }
}

std::string_view PeriodKindName(v1::PeriodKind kind) {
  switch (kind) {
    case v1::PERIOD_KIND_MONTH:
      return "month";
    case v1::PERIOD_KIND_QUARTER:
      return "quarter";
    case v1::PERIOD_KIND_HALF_YEAR:
      return "half-year";
    case v1::PERIOD_KIND_YEAR:
      return "year";
    default:
      return "own";
  }
}

std::string_view StratumKindName(v1::StratumKind kind) {
  switch (kind) {
    case v1::STRATUM_KIND_SEX:
      return "sex";
    case v1::STRATUM_KIND_AGE_GROUP:
      return "age-group";
    case v1::STRATUM_KIND_DIAGNOSIS_GROUP:
      return "diagnosis-group";
    case v1::STRATUM_KIND_LEGAL_BASIS:
      return "legal-basis";
    default:
      return "total";
  }
}

std::string_view VerdictName(v1::StandardVerdict verdict) {
  switch (verdict) {
    case v1::STANDARD_VERDICT_NOT_SET:
      return "not-set";
    case v1::STANDARD_VERDICT_MET:
      return "met";
    case v1::STANDARD_VERDICT_NOT_MET:
      return "not-met";
    case v1::STANDARD_VERDICT_UNDECIDED:
      return "undecided";
    default:
      return "";
  }
}

std::string_view VerdictText(v1::StandardVerdict verdict, ResultsLanguage language) {
  switch (verdict) {
    case v1::STANDARD_VERDICT_NOT_SET:
      return Say(language, "ikke fastsat", "not set");
    case v1::STANDARD_VERDICT_MET:
      return Say(language, "opfyldt", "met");
    case v1::STANDARD_VERDICT_NOT_MET:
      return Say(language, "ikke opfyldt", "not met");
    case v1::STANDARD_VERDICT_UNDECIDED:
      return Say(language, "uafklaret", "undecided");
    default:
      return "";
  }
}

const v1::Indicator* FindIndicator(const v1::ListIndicatorSetsResponse& sets, const std::string& id) {
  for (const v1::IndicatorSet& set : sets.sets()) {
    for (const v1::Indicator& indicator : set.indicators()) {
      if (indicator.id() == id) return &indicator;
    }
  }
  return nullptr;
}

std::string ReasonLabel(const v1::Indicator* indicator, const std::string& reason, ResultsLanguage language) {
  if (indicator != nullptr) {
    for (const v1::ExclusionReason& known : indicator->exclusion_reasons()) {
      if (known.id() == reason) return In(known.label(), language);
    }
  }
  return reason;
}

std::string Exclusions(const v1::Cell& cell, const v1::Indicator* indicator, ResultsLanguage language) {
  std::string text;
  for (const v1::ExclusionCount& count : cell.exclusions()) {
    if (count.has_count() && count.count() == 0) continue;
    if (!text.empty()) text += ", ";
    text += ReasonLabel(indicator, count.reason(), language) + " " +
            (count.has_count() ? std::to_string(count.count()) : "#");
  }
  return text;
}

std::vector<std::string> TableRow(const v1::Cell& cell, const v1::Indicator* indicator, ResultsLanguage language) {
  const bool percent = !cell.masked() && !cell.percent().empty();
  std::string share = cell.masked() ? "#" : percent ? Decimal(cell.percent(), language) + " %" : "–";
  std::string counts =
      cell.masked() ? "#" : std::to_string(cell.numerator()) + "/" + std::to_string(cell.denominator());
  std::string interval = cell.masked() ? "#"
                         : percent     ? Decimal(cell.ci_low(), language) + "–" + Decimal(cell.ci_high(), language)
                                       : "–";
  std::string unknown = cell.has_unknown() ? std::to_string(cell.unknown()) : "#";
  if (!cell.unknown_percent().empty()) unknown += " (" + Decimal(cell.unknown_percent(), language) + " %)";
  return {cell.indicator(),
          indicator == nullptr ? "" : In(indicator->label(), language),
          cell.period().label(),
          cell.stratum(),
          std::move(counts),
          std::move(share),
          std::move(interval),
          std::move(unknown),
          std::string(VerdictText(cell.verdict(), language)),
          Exclusions(cell, indicator, language)};
}

std::string InstantText(const google::protobuf::Timestamp& timestamp) {
  return common::FormatInstant(common::Instant{std::chrono::seconds(timestamp.seconds())});
}

void WriteProvenance(const v1::Provenance& provenance, ResultsLanguage language, std::ostream& out) {
  out << Say(language, "Grundlag: ", "Computed with: ") << provenance.indicator_set() << ", "
      << provenance.variable_set() << ", " << Say(language, "geografi ", "geography ") << provenance.geography() << ", "
      << Say(language, "gateway ", "gateway ") << provenance.engine() << ", commit " << provenance.commit_seq() << ", "
      << InstantText(provenance.computed_at()) << ", "
      << (provenance.snapshot() ? Say(language, "offentliggjort udgave", "published snapshot")
                                : Say(language, "aktuelle tal", "live figures"))
      << (provenance.draft() ? Say(language, ", udkast til definitioner", ", draft definitions") : "") << "\n";
}

// A field of CSV, quoted where it has to be; one that a spreadsheet would run is made plain text.
std::string CsvField(const std::string& text) {
  std::string safe = text;
  if (!safe.empty() && std::string_view("=+-@\t\r").find(safe.front()) != std::string_view::npos) safe = "'" + safe;
  if (safe.find_first_of("\",\n\r") == std::string::npos) return safe;
  std::string quoted = "\"";
  for (const char c : safe) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::vector<std::string> AllReasons(const v1::ListIndicatorSetsResponse& sets) {
  std::vector<std::string> reasons;
  for (const v1::IndicatorSet& set : sets.sets()) {
    for (const v1::Indicator& indicator : set.indicators()) {
      for (const v1::ExclusionReason& reason : indicator.exclusion_reasons()) {
        if (std::find(reasons.begin(), reasons.end(), reason.id()) == reasons.end()) reasons.push_back(reason.id());
      }
    }
  }
  return reasons;
}

std::string CsvCount(bool present, std::int64_t count) { return present ? std::to_string(count) : "#"; }

std::string_view StateText(v1::CourseState state, ResultsLanguage language) {
  switch (state) {
    case v1::COURSE_STATE_NOT_APPLICABLE:
      return Say(language, "ikke omfattet", "not applicable");
    case v1::COURSE_STATE_EXCLUDED:
      return Say(language, "udelukket", "excluded");
    case v1::COURSE_STATE_UNKNOWN:
      return Say(language, "uoplyst", "unknown");
    case v1::COURSE_STATE_NO:
      return Say(language, "nej", "no");
    case v1::COURSE_STATE_YES:
      return Say(language, "ja", "yes");
    default:
      return "";
  }
}

}  // namespace

void WriteResultsTable(const v1::GetResultsResponse& results, const v1::ListIndicatorSetsResponse& sets,
                       ResultsLanguage language, std::ostream& out) {
  for (int begin = 0; begin < results.cells_size();) {
    const v1::Unit& unit = results.cells(begin).unit();
    out << unit.name() << " (" << unit.id() << ")\n";
    Table table;
    table.Row({"", std::string(Say(language, "Indikator", "Indicator")),
               std::string(Say(language, "Periode", "Period")), std::string(Say(language, "Gruppe", "Stratum")), "n/N",
               std::string(Say(language, "Andel", "Share")), "95 % CI",
               std::string(Say(language, "Uoplyst", "Unknown")), std::string(Say(language, "Standard", "Standard")),
               std::string(Say(language, "Udelukket", "Excluded"))});
    int end = begin;
    for (; end < results.cells_size() && results.cells(end).unit().kind() == unit.kind() &&
           results.cells(end).unit().id() == unit.id();
         ++end) {
      const v1::Cell& cell = results.cells(end);
      table.Row(TableRow(cell, FindIndicator(sets, cell.indicator()), language));
    }
    table.Print(out);
    out << "\n";
    begin = end;
  }
  if (results.cells().empty()) out << Say(language, "Ingen forløb.", "No courses.") << "\n";
  WriteProvenance(results.provenance(), language, out);
}

void WriteResultsCsv(const v1::GetResultsResponse& results, const v1::ListIndicatorSetsResponse& sets,
                     std::ostream& out) {
  const std::vector<std::string> reasons = AllReasons(sets);
  out << "indicator,unit_kind,unit_id,unit_name,period_kind,period_label,stratum_kind,stratum,numerator,denominator,"
         "percent,ci_low,ci_high,unknown,unknown_percent,verdict";
  for (const std::string& reason : reasons) out << ",excluded_" << reason;
  out << "\n";
  for (const v1::Cell& cell : results.cells()) {
    out << cell.indicator() << ',' << UnitKindName(cell.unit().kind()) << ',' << CsvField(cell.unit().id()) << ','
        << CsvField(cell.unit().name()) << ',' << PeriodKindName(cell.period().kind()) << ',' << cell.period().label()
        << ',' << StratumKindName(cell.stratum_kind()) << ',' << CsvField(cell.stratum()) << ','
        << CsvCount(cell.has_numerator(), cell.numerator()) << ','
        << CsvCount(cell.has_denominator(), cell.denominator()) << ',' << (cell.masked() ? "#" : cell.percent()) << ','
        << (cell.masked() ? "#" : cell.ci_low()) << ',' << (cell.masked() ? "#" : cell.ci_high()) << ','
        << CsvCount(cell.has_unknown(), cell.unknown()) << ',' << cell.unknown_percent() << ','
        << VerdictName(cell.verdict());
    for (const std::string& reason : reasons) {
      const auto count = std::find_if(cell.exclusions().begin(), cell.exclusions().end(),
                                      [&](const v1::ExclusionCount& known) { return known.reason() == reason; });
      out << ',' << (count == cell.exclusions().end() ? "" : CsvCount(count->has_count(), count->count()));
    }
    out << "\n";
  }
}

void WriteExplanation(const v1::ExplainCourseResponse& explanation, const v1::ListIndicatorSetsResponse& sets,
                      ResultsLanguage language, std::ostream& out) {
  for (const v1::IndicatorExplanation& indicator : explanation.indicators()) {
    const v1::Indicator* known = FindIndicator(sets, indicator.indicator());
    out << indicator.indicator() << " " << (known == nullptr ? "" : In(known->label(), language)) << ": "
        << StateText(indicator.state(), language);
    if (!indicator.reason().empty()) {
      const std::string& label = In(indicator.reason_label(), language);
      out << " – " << (label.empty() ? indicator.reason() : label) << " (" << indicator.reason() << ")";
    }
    out << "\n    " << indicator.expression() << "\n";
    for (const v1::DecidingValue& value : indicator.values()) {
      out << "    " << value.variable() << " = ";
      if (!value.value().empty()) {
        out << value.value();
      } else if (value.not_carried()) {
        out << Say(language, "(kilden fører den ikke)", "(not carried by the source)");
      } else {
        out << Say(language, "(ikke registreret)", "(not recorded)");
      }
      out << "\n";
    }
  }
  for (const v1::Finding& finding : explanation.findings()) {
    out << finding.code() << ": " << In(finding.text(), language) << "\n";
  }
  WriteProvenance(explanation.provenance(), language, out);
}

void WriteFreshness(const v1::GetFreshnessResponse& freshness, ResultsLanguage language, std::ostream& out) {
  Table table;
  table.Row({std::string(Say(language, "Kommune", "Municipality")),
             std::string(Say(language, "Seneste levering", "Last delivery")),
             std::string(Say(language, "Nyeste hændelse", "Newest event")),
             std::string(Say(language, "Næste senest", "Next expected")),
             std::string(Say(language, "Afvist", "Refused")), std::string(Say(language, "Forløb", "Courses")),
             std::string(Say(language, "Uoplyst", "Unknown"))});
  for (const v1::Freshness& entry : freshness.municipalities()) {
    table.Row({entry.authority(), entry.has_last_delivery() ? InstantText(entry.last_delivery()) : "–",
               entry.newest_event().empty() ? "–" : entry.newest_event(),
               entry.has_next_expected() ? InstantText(entry.next_expected()) : "–",
               CsvCount(entry.has_refused(), entry.refused()), CsvCount(entry.has_courses(), entry.courses()),
               entry.unknown_percent().empty() ? "–" : Decimal(entry.unknown_percent(), language) + " %"});
  }
  table.Print(out);
}

}  // namespace hjerte::tool
