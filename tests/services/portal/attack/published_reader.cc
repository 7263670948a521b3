#include "tests/services/portal/attack/published_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "mapping/json/document.h"
#include "services/portal/format.h"

namespace hjerte::tests {
namespace {

using registry::testing::SeenCell;

// The text between two marks, from `at` on; `at` moves behind it. Empty when there is none.
std::string_view Between(std::string_view text, std::string_view from, std::string_view to, size_t& at) {
  const size_t begin = text.find(from, at);
  if (begin == std::string_view::npos) {
    at = text.size();
    return {};
  }
  const size_t end = text.find(to, begin + from.size());
  at = end == std::string_view::npos ? text.size() : end;
  return text.substr(begin + from.size(), at - begin - from.size());
}

// The whole numbers of a text, without thousands separators.
std::vector<int64_t> NumbersOf(std::string_view text) {
  std::vector<int64_t> numbers;
  bool inside = false;
  for (const char c : text) {
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      if (!inside) numbers.push_back(0);
      numbers.back() = numbers.back() * 10 + (c - '0');
      inside = true;
    } else if (c != ',') {
      inside = false;
    }
  }
  return numbers;
}

std::vector<std::string> Split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(separator, at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    at = end + separator.size();
  }
  return parts;
}

std::optional<int64_t> CountOf(std::string_view text) {
  int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(count) : std::nullopt;
}

registry::UnitKind KindOf(std::string_view level) {
  if (level == "municipality") return registry::UnitKind::kMunicipality;
  if (level == "cluster") return registry::UnitKind::kCluster;
  return level == "region" ? registry::UnitKind::kRegion : registry::UnitKind::kNation;
}

registry::UnitKind KindOf(hjertegateway::v1::UnitKind kind) {
  switch (kind) {
    case hjertegateway::v1::UNIT_KIND_MUNICIPALITY:
      return registry::UnitKind::kMunicipality;
    case hjertegateway::v1::UNIT_KIND_CLUSTER:
      return registry::UnitKind::kCluster;
    case hjertegateway::v1::UNIT_KIND_REGION:
      return registry::UnitKind::kRegion;
    default:
      return registry::UnitKind::kNation;
  }
}

registry::StratumKind KindOf(hjertegateway::v1::StratumKind kind) {
  switch (kind) {
    case hjertegateway::v1::STRATUM_KIND_SEX:
      return registry::StratumKind::kSex;
    case hjertegateway::v1::STRATUM_KIND_AGE_GROUP:
      return registry::StratumKind::kAgeGroup;
    case hjertegateway::v1::STRATUM_KIND_DIAGNOSIS_GROUP:
      return registry::StratumKind::kDiagnosisGroup;
    case hjertegateway::v1::STRATUM_KIND_LEGAL_BASIS:
      return registry::StratumKind::kLegalBasis;
    default:
      return registry::StratumKind::kTotal;
  }
}

std::optional<int64_t> JsonCount(const json::Value& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  return value == nullptr ? std::nullopt : CountOf(value->text());
}

}  // namespace

PublishedReader::PublishedReader(const std::vector<registry::Cell>& cells) {
  for (const registry::Cell& cell : cells) {
    places_[{cell.indicator, cell.unit_kind, cell.unit, cell.period.from, cell.period.to, cell.stratum_kind,
             cell.stratum}] = seen_.size();
    SeenCell& seen = seen_.emplace_back();
    seen.indicator = cell.indicator;
    seen.unit_kind = cell.unit_kind;
    seen.unit = cell.unit;
    seen.period = cell.period;
    seen.stratum_kind = cell.stratum_kind;
    seen.stratum = cell.stratum;
    seen.exclusions.resize(cell.exclusions.size());
    units_by_name_[cell.unit_name] = {cell.unit_kind, cell.unit};
    periods_by_text_[portal::FormatPeriod(cell.period, registry::Language::kEnglish)] = cell.period;
  }
}

// Where there is no course nothing can be hidden, and what is shown must say so.
SeenCell* PublishedReader::At(const Key& key, bool shown) {
  const auto found = places_.find(key);
  if (found != places_.end()) return &seen_[found->second];
  EXPECT_FALSE(shown) << "a figure of " << std::get<0>(key) << " " << std::get<2>(key) << " that no cell holds";
  return nullptr;
}

void PublishedReader::Learn(const std::string& door, std::optional<int64_t>& known, std::optional<int64_t> count) {
  if (!count) return;
  ++figures_[door];
  EXPECT_TRUE(!known || *known == *count) << door << " says " << *count << ", another door says " << *known;
  known = count;
}

void PublishedReader::ReadAnswer(const hjertegateway::v1::GetResultsResponse& answer) {
  for (const hjertegateway::v1::Cell& cell : answer.cells()) {
    SeenCell* seen =
        At({cell.indicator(), KindOf(cell.unit().kind()), cell.unit().id(), *registry::ParseDate(cell.period().from()),
            *registry::ParseDate(cell.period().to()), KindOf(cell.stratum_kind()), cell.stratum()},
           true);
    if (seen == nullptr) continue;
    const auto count = [](bool has, int64_t value) { return has ? std::optional(value) : std::nullopt; };
    Learn("gRPC", seen->numerator, count(cell.has_numerator(), cell.numerator()));
    Learn("gRPC", seen->denominator, count(cell.has_denominator(), cell.denominator()));
    Learn("gRPC", seen->unknown, count(cell.has_unknown(), cell.unknown()));
    for (int i = 0; i < cell.exclusions_size(); ++i) {
      Learn("gRPC", seen->exclusions.at(static_cast<size_t>(i)),
            count(cell.exclusions(i).has_count(), cell.exclusions(i).count()));
    }
    seen->percent = cell.percent();
    seen->ci_low = cell.ci_low();
    seen->ci_high = cell.ci_high();
    // An unknown share beside hidden counts would give the denominator away.
    EXPECT_TRUE(cell.unknown_percent().empty() || cell.has_denominator()) << cell.DebugString();
  }
}

void PublishedReader::ReadCsv(std::string_view file) {
  const std::vector<std::string> lines = Split(file, "\r\n");
  const std::vector<std::string> header = Split(lines.at(0), ",");
  for (size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    const std::vector<std::string> fields = Split(lines[i], ",");
    ASSERT_EQ(fields.size(), header.size()) << lines[i];
    SeenCell* seen = At({fields[1], KindOf(std::string_view(fields[2])), fields[3], *registry::ParseDate(fields[6]),
                         *registry::ParseDate(fields[7]), registry::StratumKind::kTotal, ""},
                        true);
    if (seen == nullptr) continue;
    Learn("CSV", seen->numerator, CountOf(fields[8]));
    Learn("CSV", seen->denominator, CountOf(fields[9]));
    Learn("CSV", seen->unknown, CountOf(fields[13]));
    if (fields[9] == "#") {
      for (const size_t share : {10, 11, 12}) EXPECT_EQ(fields[share], "#") << lines[i];
      EXPECT_TRUE(fields[14].empty() || fields[14] == "#") << lines[i];
    }
    // Columns of other indicators' reasons are empty.
    size_t reason = 0;
    for (size_t column = 15; column + 2 < fields.size(); ++column) {
      if (fields[column].empty()) continue;
      Learn("CSV", seen->exclusions.at(reason++), CountOf(fields[column]));
    }
  }
}

void PublishedReader::ReadJson(std::string_view file) {
  const auto document = json::Parse(file);
  ASSERT_TRUE(document.ok()) << document.status();
  for (const json::Value& cell : document->root().Find("cells")->elements()) {
    const auto text = [&cell](std::string_view name) { return std::string(cell.Find(name)->text()); };
    SeenCell* seen =
        At({text("indicator"), KindOf(std::string_view(text("level"))), text("unitId"),
            *registry::ParseDate(text("from")), *registry::ParseDate(text("to")), registry::StratumKind::kTotal, ""},
           true);
    if (seen == nullptr) continue;
    Learn("JSON", seen->numerator, JsonCount(cell, "numerator"));
    Learn("JSON", seen->denominator, JsonCount(cell, "denominator"));
    Learn("JSON", seen->unknown, JsonCount(cell, "unknown"));
    if (cell.Find("denominator") == nullptr) {
      for (const char* share : {"percent", "intervalLow", "intervalHigh", "unknownPercent"}) {
        EXPECT_EQ(cell.Find(share), nullptr) << share;
      }
    }
    size_t reason = 0;
    for (const json::Value& exclusion : cell.Find("excluded")->elements()) {
      Learn("JSON", seen->exclusions.at(reason++), JsonCount(exclusion, "count"));
    }
  }
}

void PublishedReader::ReadPage(std::string_view page, const std::string& municipality, const registry::Period& period) {
  size_t at = 0;
  while (at < page.size()) {
    const std::string_view article = Between(page, "<article", "</article>", at);
    if (article.empty()) break;
    size_t inside = 0;
    const std::string indicator(Between(article, "id=\"", "\"", inside));
    ReadArticle(article, indicator, municipality, period);
  }
}

// "12 of 20", "#", or that there are no courses.
void PublishedReader::ReadFraction(const std::string& indicator, registry::UnitKind kind, const std::string& unit,
                                   const registry::Period& period, std::string_view text) {
  std::vector<int64_t> numbers = NumbersOf(text);
  if (text.find('#') != std::string_view::npos) {
    EXPECT_TRUE(numbers.empty()) << text;
    return;
  }
  if (numbers.empty()) numbers = {0, 0};
  SeenCell* seen = At({indicator, kind, unit, period.from, period.to, registry::StratumKind::kTotal, ""},
                      numbers.size() == 2 && numbers[1] > 0);
  if (seen == nullptr) return;
  ASSERT_EQ(numbers.size(), 2U) << text;
  Learn("page", seen->numerator, numbers[0]);
  Learn("page", seen->denominator, numbers[1]);
}

void PublishedReader::ReadArticle(std::string_view article, const std::string& indicator,
                                  const std::string& municipality, const registry::Period& period) {
  for (size_t at = 0; at < article.size();) {  // Beside cluster, region and nation.
    const std::string_view unit = Between(article, "<span class=\"unit\">", "</span>", at);
    const std::string_view count = Between(article, "class=\"number count\">", "</td>", at);
    const auto known = units_by_name_.find(unit);
    if (known != units_by_name_.end())
      ReadFraction(indicator, known->second.first, known->second.second, period, count);
  }
  size_t at = article.find("<details class=\"numbers\">");
  while (at < article.size()) {  // Over time: period, per cent, interval, count, unknown.
    const std::string_view row = Between(article, "<tr>", "</tr>", at);
    size_t inside = 0;
    const auto when = periods_by_text_.find(Between(row, "<th scope=\"row\">", "</th>", inside));
    if (when == periods_by_text_.end()) continue;
    std::vector<std::string_view> fields;
    for (int i = 0; i < 4; ++i) fields.push_back(Between(row, "<td>", "</td>", inside));
    ReadFraction(indicator, registry::UnitKind::kMunicipality, municipality, when->second, fields[2]);
    const std::vector<int64_t> unknown = NumbersOf(fields[3]);
    EXPECT_TRUE(unknown.size() <= 1 || fields[2] != "#") << row;
    SeenCell* seen = At({indicator, registry::UnitKind::kMunicipality, municipality, when->second.from, when->second.to,
                         registry::StratumKind::kTotal, ""},
                        false);
    if (seen != nullptr && !unknown.empty()) Learn("page", seen->unknown, unknown[0]);
  }
  SeenCell* own = At({indicator, registry::UnitKind::kMunicipality, municipality, period.from, period.to,
                      registry::StratumKind::kTotal, ""},
                     false);
  if (own == nullptr) return;
  at = article.find("<section class=\"left-out\">");
  for (size_t i = 0; i <= own->exclusions.size(); ++i) {  // Unknown, then each reason.
    const std::vector<int64_t> numbers = NumbersOf(Between(article, "<dd>", "</dd>", at));
    if (!numbers.empty()) Learn("page", i == 0 ? own->unknown : own->exclusions[i - 1], numbers[0]);
  }
}

}  // namespace hjerte::tests
