#include "services/tool/results_format.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <vector>

#include "mapping/registry/date.h"
#include "services/common/time_text.h"
#include "services/portal/format.h"
#include "services/tool/text_table.h"

namespace hjerte::tool {
namespace {

namespace v1 = hjertegateway::v1;
using registry::Language;

const std::string& In(const v1::LocalizedText& text, Language language) {
  return language == Language::kDanish ? text.da() : text.en();
}

// A decimal as the language writes it.
std::string Decimal(std::string text, Language language) {
  if (language == Language::kDanish) std::replace(text.begin(), text.end(), '.', ',');
  return text;
}

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

// The period's name for people: "2024", "3. kvartal 2024", "third quarter of 2024".
std::string PeriodText(const v1::Period& period, Language language) {
  if (period.kind() < v1::PERIOD_KIND_MONTH || period.kind() > v1::PERIOD_KIND_OWN) return period.label();
  registry::Period known{.kind = static_cast<registry::PeriodKind>(period.kind() - v1::PERIOD_KIND_MONTH),
                         .from = registry::ParseDate(period.from()).value_or(registry::Date{}),
                         .to = registry::ParseDate(period.to()).value_or(registry::Date{}),
                         .label = period.label()};
  return portal::FormatPeriod(known, language);
}

// A stratum's name for people; diagnosis groups and age bands are called what they are.
std::string StratumText(const v1::Cell& cell, Language language) {
  if (cell.stratum() == "female") return std::string(Say(language, "kvinder", "women"));
  if (cell.stratum() == "male") return std::string(Say(language, "mænd", "men"));
  if (cell.stratum() == "s119") return std::string(Say(language, "§ 119", "section 119"));
  if (cell.stratum() == "s140") return std::string(Say(language, "§ 140", "section 140"));
  return cell.stratum_kind() == v1::STRATUM_KIND_UNSPECIFIED ? std::string(Say(language, "alle", "all"))
                                                             : cell.stratum();
}

// "at the date" is what the service calls each course's own geography.
std::string_view GeographyText(const std::string& geography, Language language) {
  if (geography == "at the date") return Say(language, "geografi ved hvert forløbs afslutning", "geography at closure");
  return geography;
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

std::string_view VerdictText(v1::StandardVerdict verdict, Language language) {
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

std::string ReasonLabel(const v1::Indicator* indicator, const std::string& reason, Language language) {
  if (indicator != nullptr) {
    for (const v1::ExclusionReason& known : indicator->exclusion_reasons()) {
      if (known.id() == reason) return In(known.label(), language);
    }
  }
  return reason;
}

std::string Exclusions(const v1::Cell& cell, const v1::Indicator* indicator, Language language) {
  std::string text;
  for (const v1::ExclusionCount& count : cell.exclusions()) {
    if (count.has_count() && count.count() == 0) continue;
    if (!text.empty()) text += ", ";
    text += ReasonLabel(indicator, count.reason(), language) + " " +
            (count.has_count() ? std::to_string(count.count()) : "#");
  }
  return text;
}

std::vector<std::string> TableRow(const v1::Cell& cell, const v1::Indicator* indicator, Language language) {
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
          PeriodText(cell.period(), language),
          StratumText(cell, language),
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

void WriteProvenance(const v1::Provenance& provenance, Language language, std::ostream& out) {
  out << Say(language, "Grundlag: ", "Computed with: ") << provenance.indicator_set() << ", "
      << Say(language, "variabelsæt ", "variable set ") << provenance.variable_set() << ", "
      << GeographyText(provenance.geography(), language) << ", gateway " << provenance.engine() << ", commit "
      << provenance.commit_seq() << ", " << InstantText(provenance.computed_at()) << ", "
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

std::string_view StateText(v1::CourseState state, Language language) {
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

// The variable of a deciding value, whose point stands behind a full stop.
const v1::Variable* FindVariable(const v1::ListVariablesResponse& variables, const std::string& name) {
  const auto& list = variables.variables();
  const auto found = std::find_if(list.begin(), list.end(), [&](const v1::Variable& known) {
    return known.id() == name.substr(0, name.find('.'));
  });
  return found == list.end() ? nullptr : &*found;
}

// "Rygestatus ved start (smoking.start)".
std::string NameOf(const std::string& name, const v1::Variable* variable, Language language) {
  if (variable == nullptr) return name;
  std::string text = In(variable->label(), language);
  if (name.ends_with(".start")) text += Say(language, " ved start", " at start");
  if (name.ends_with(".end")) text += Say(language, " ved slutning", " at the end");
  if (name.ends_with(".follow_up")) text += Say(language, " ved opfølgning", " at follow-up");
  return text + " (" + name + ")";
}

// A code with its label before it; any other value as it is.
std::string ValueText(const std::string& value, const v1::Variable* variable, Language language) {
  if (variable == nullptr) return value;
  for (const v1::VariableCode& known : variable->codes()) {
    if (known.code() == value) return In(known.label(), language) + " (" + value + ")";
  }
  return value;
}

}  // namespace

void WriteResultsTable(const v1::GetResultsResponse& results, const v1::ListIndicatorSetsResponse& sets,
                       Language language, std::ostream& out) {
  for (int begin = 0; begin < results.cells_size();) {
    const v1::Unit& unit = results.cells(begin).unit();
    out << unit.name() << " (" << unit.id() << ")\n";
    TextTable table;
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
                      const v1::ListVariablesResponse& variables, Language language, std::ostream& out) {
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
      const v1::Variable* variable = FindVariable(variables, value.variable());
      out << "    " << NameOf(value.variable(), variable, language) << " = ";
      if (!value.value().empty()) {
        out << ValueText(value.value(), variable, language);
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

void WriteFreshness(const v1::GetFreshnessResponse& freshness, Language language, std::ostream& out) {
  TextTable table;
  table.Row({std::string(Say(language, "Kommune", "Municipality")),
             std::string(Say(language, "Seneste levering", "Last delivery")),
             std::string(Say(language, "Nyeste hændelse", "Newest event")),
             std::string(Say(language, "Næste senest", "Next expected")),
             std::string(Say(language, "Afvist", "Refused")), std::string(Say(language, "Forløb", "Courses")),
             std::string(Say(language, "Uoplyst", "Unknown")), std::string(Say(language, "Overlap", "Overlapping"))});
  for (const v1::Freshness& entry : freshness.municipalities()) {
    table.Row({entry.authority(), entry.has_last_delivery() ? InstantText(entry.last_delivery()) : "–",
               entry.newest_event().empty() ? "–" : entry.newest_event(),
               entry.has_next_expected() ? InstantText(entry.next_expected()) : "–",
               CsvCount(entry.has_refused(), entry.refused()), CsvCount(entry.has_courses(), entry.courses()),
               entry.unknown_percent().empty() ? "–" : Decimal(entry.unknown_percent(), language) + " %",
               CsvCount(entry.has_overlapping(), entry.overlapping())});
  }
  table.Print(out);
}

}  // namespace hjerte::tool
