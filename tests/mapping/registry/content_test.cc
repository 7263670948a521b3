#include "mapping/registry/content/content.h"

#include "mapping/registry/content/geography.h"
#include "tests/mapping/registry/registry_fixture.h"
#include "tests/temporary_folder.h"

namespace hjerte::registry {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kGeography =
    "# id: g\n# valid_from: 2007-01-01\n"
    "municipality;municipality_name;cluster;cluster_name;region;region_name;cluster_status\n"
    "0101;København;A;A;1084;Hovedstaden;confirmed\n";

constexpr std::string_view kVariables = R"(version: v 1
status: draft
valid_from: 2007-01-01
assembly:
  plan_categories: ["s|plan"]
variables:
  - id: start_date
    type: date
    label: {da: Start, en: Start}
    fhir:
      - {resource: opening-plan, value: period.start}
  - id: smoking
    type: code
    label: {da: Rygning, en: Smoking}
    codes:
      - {code: smoker, label: {da: Ryger, en: Smoker}}
    points: [start, end]
    fhir:
      - {resource: Observation, key: code, codings: ["l|1"], value: valueCodeableConcept}
  - id: walk
    type: quantity
    unit: m
    label: {da: Gang, en: Walk}
    points: [start, end]
    fhir:
      - {resource: Observation, key: code, codings: ["l|2"], value: valueQuantity}
)";

constexpr std::string_view kIndicators = R"yaml(id: s1
version: "1"
status: draft
label: {da: S, en: S}
valid_from: 2007-01-01
cohort: "start_date.exists()"
population: "start_date.exists()"
indicators:
  - id: K1
    type: result
    label: {da: K, en: K}
    description: {da: K, en: K}
    unknown:
      - {id: none, label: {da: I, en: N}, when: "smoking.end.empty()"}
    numerator: "smoking.end = 'smoker'"
)yaml";

// A small registry in a folder of its own; tests spoil one file.
class SmallRegistry {
 public:
  SmallRegistry() {
    Write("geography/g.csv", kGeography);
    Write("variables.yaml", kVariables);
    Write("indicators/s1.yaml", kIndicators);
  }

  void Write(const std::string& name, std::string_view text) {
    fs::create_directories((Dir() / name).parent_path());
    std::ofstream(Dir() / name, std::ios::binary) << text;
  }

  void Replace(const std::string& name, const std::string& part, const std::string& by) {
    std::string text = testing::ReadText(Dir() / name);
    const size_t at = text.find(part);
    ASSERT_NE(at, std::string::npos) << part;
    Write(name, text.replace(at, part.size(), by));
  }

  absl::StatusOr<std::shared_ptr<const Content>> Load() const { return LoadContent(Dir()); }

  std::string Refusal() const {
    const auto content = Load();
    return content.ok() ? "loaded" : std::string(content.status().message());
  }

 private:
  fs::path Dir() const { return folder_.path(); }
  tests::TemporaryFolder folder_;
};

// What loading says after one replacement.
std::string Spoilt(const std::string& file, const std::string& part, const std::string& by) {
  SmallRegistry registry;
  registry.Replace(file, part, by);
  return registry.Refusal();
}

void ExpectRefusal(const std::string& refusal, const std::string& place, const std::string& words) {
  EXPECT_EQ(refusal.substr(0, place.size()), place) << refusal;
  EXPECT_NE(refusal.find(words), std::string::npos) << refusal;
}

TEST(Content, TheShippedContentLoadsAndIsADraft) {
  const std::shared_ptr<const Content>& content = testing::Dhrd();
  ASSERT_NE(content, nullptr);
  EXPECT_TRUE(content->draft());
  EXPECT_EQ(content->sha256().size(), 64u);
  EXPECT_EQ(content->indicator_sets().front().indicators.size(), 6u);
  for (const Indicator& indicator : content->indicator_sets().front().indicators) {
    EXPECT_FALSE(indicator.standard.has_value()) << "no standard of the registry could be found";
    EXPECT_TRUE(indicator.draft);
    EXPECT_EQ(indicator.excluded[0].id, "died");
    EXPECT_EQ(indicator.excluded[1].id, "entered_in_error");
    EXPECT_EQ(indicator.excluded[2].id, "transferred");
  }
}

TEST(Content, EveryVariableHasLabelsAndAWayToCorrectItInBothLanguages) {
  for (const Variable& variable : testing::Dhrd()->variables_on(*ParseDate("2026-01-01")).variables) {
    EXPECT_FALSE(variable.label.da.empty()) << variable.id;
    EXPECT_FALSE(variable.label.en.empty()) << variable.id;
    EXPECT_EQ(variable.help.da.empty(), variable.help.en.empty()) << variable.id;
    for (const Code& code : variable.codes) EXPECT_FALSE(code.label.da.empty()) << variable.id << " " << code.code;
  }
}

TEST(Content, ASmallRegistryOfOnesOwnLoads) { EXPECT_EQ(SmallRegistry().Refusal(), "loaded"); }

TEST(Content, AnUnknownVariableInAnExpressionIsRefused) {
  ExpectRefusal(Spoilt("indicators/s1.yaml", "smoking.end = ", "smokin.end = "), "indicators/s1.yaml:15:", "smokin");
  ExpectRefusal(Spoilt("indicators/s1.yaml", "smoking.end.empty()", "'smokin' in carried"),
                "indicators/s1.yaml:14:", "smokin");
  ExpectRefusal(Spoilt("indicators/s1.yaml", "smoking.end = ", "smoking.middle = "),
                "indicators/s1.yaml:15:", "middle");
}

TEST(Content, ATypeErrorInAnExpressionIsRefused) {
  ExpectRefusal(Spoilt("indicators/s1.yaml", "smoking.end = 'smoker'", "walk.end + smoking.end > 3"),
                "indicators/s1.yaml:15:", "K1 numerator");
  ExpectRefusal(Spoilt("indicators/s1.yaml", "smoking.end = 'smoker'", "smoking.end = ("),
                "indicators/s1.yaml:15:", "K1 numerator");
}

TEST(Content, ACycleAmongDerivedVariablesIsRefused) {
  SmallRegistry registry;
  std::string text(kVariables);
  text += "  - {id: a, type: boolean, label: {da: a, en: a}, derive: \"b.exists()\"}\n";
  text += "  - {id: b, type: boolean, label: {da: b, en: b}, derive: \"a.exists()\"}\n";
  registry.Write("variables.yaml", text);
  ExpectRefusal(registry.Refusal(), "variables.yaml:27:", "a → b → a");
}

TEST(Content, OverlappingValiditiesAreRefused) {
  SmallRegistry registry;
  std::string second(kIndicators);
  second.replace(second.find("id: s1"), 6, "id: s2");
  registry.Write("indicators/s2.yaml", second);
  ExpectRefusal(registry.Refusal(), "indicators/s2.yaml:5:", "overlaps that of `s1`");
  second.replace(second.find("valid_from: 2007-01-01"), 22, "valid_from: 2020-01-01");
  registry.Write("indicators/s2.yaml", second);
  registry.Replace("indicators/s1.yaml", "valid_from: 2007-01-01", "valid_from: 2007-01-01\nvalid_to: 2019-12-31");
  EXPECT_EQ(registry.Refusal(), "loaded");
  registry.Write("variables-2.yaml", kVariables);
  ExpectRefusal(registry.Refusal(), "variables.yaml:3:", "overlaps");
}

TEST(Content, DuplicateIdsAreRefused) {
  ExpectRefusal(Spoilt("variables.yaml", "- id: smoking", "- id: start_date"), "variables.yaml:12:", "stands twice");
  SmallRegistry registry;
  registry.Write("indicators/s2.yaml", kIndicators);
  ExpectRefusal(registry.Refusal(), "indicators/s2.yaml:1:", "exists twice");
  SmallRegistry doubled;
  const size_t indicator = kIndicators.find("  - id: K1");
  doubled.Write("indicators/s1.yaml", std::string(kIndicators) + std::string(kIndicators.substr(indicator)));
  ExpectRefusal(doubled.Refusal(), "indicators/s1.yaml:16:", "indicator `K1` stands twice");
  ExpectRefusal(Spoilt("indicators/s1.yaml", "{id: none,", "{id: no_answer,"),
                "indicators/s1.yaml:14:", "stands twice");
}

TEST(Content, AStandardWithoutASourceIsRefused) {
  const std::string standard = "    standard: {direction: at-least, percent: 90}\n    unknown:";
  ExpectRefusal(Spoilt("indicators/s1.yaml", "    unknown:", standard), "indicators/s1.yaml:13:", "source");
  EXPECT_EQ(Spoilt("indicators/s1.yaml",
                   "    unknown:", "    standard: {direction: below, percent: 15.5, source: A report}\n    unknown:"),
            "loaded");
  ExpectRefusal(Spoilt("indicators/s1.yaml",
                       "    unknown:", "    standard: {direction: below, percent: 115, source: A}\n    unknown:"),
                "indicators/s1.yaml:13:", "0 to 100");
}

TEST(Content, AnExclusionIsTheSameAsOneOfAnotherIndicatorOnly) {
  const auto loaded = [](const std::string& first, const std::string& second) {
    const std::string key = "    excluded: [{id: x, label: {da: X, en: X}, when: \"walk.end = 1\"";
    const std::string indicator(kIndicators.substr(kIndicators.find("  - id: K1")));
    const auto with = [&](std::string text, const std::string& same) {
      return text.insert(text.find("    unknown:"), key + same + "}]\n");
    };
    std::string other = indicator;
    SmallRegistry registry;
    registry.Write("indicators/s1.yaml",
                   with(std::string(kIndicators), first) + with(other.replace(other.find("K1"), 2, "K2"), second));
    return registry.Refusal();
  };
  EXPECT_EQ(loaded("", ", same_courses_as: K1.x"), "loaded");
  for (const char* wrong : {"K2.x", "K1.y", "K3.x", "x"}) {
    ExpectRefusal(loaded("", std::string(", same_courses_as: ") + wrong), "indicators/s1.yaml:", "INDICATOR.REASON");
  }
  ExpectRefusal(loaded(", same_courses_as: K2.x", ", same_courses_as: K1.x"), "indicators/s1.yaml:", "once");
}

TEST(Content, UnknownAndMissingKeysAreRefused) {
  ExpectRefusal(Spoilt("variables.yaml", "unit: m", "units: m"), "variables.yaml:22:", "unknown key `units`");
  ExpectRefusal(Spoilt("indicators/s1.yaml", "    numerator:", "    nominator:"),
                "indicators/s1.yaml:15:", "unknown key `nominator`");
  ExpectRefusal(Spoilt("indicators/s1.yaml", "status: draft\n", ""), "indicators/s1.yaml:1:", "`status` is missing");
  ExpectRefusal(Spoilt("variables.yaml", "type: date", "type: day"), "variables.yaml:8:", "use one of");
  ExpectRefusal(Spoilt("variables.yaml", "en: Start}", "se: Start}"), "variables.yaml:9:", "unknown key `se`");
  ExpectRefusal(Spoilt("variables.yaml", "valid_from: 2007-01-01", "valid_from: 2007-13-01"),
                "variables.yaml:3:", "YYYY-MM-DD");
  ExpectRefusal(Spoilt("variables.yaml", "[\"s|plan\"]", "["), "variables.yaml:", "no valid YAML");
}

TEST(Content, GeographiesAreCheckedLineByLine) {
  ExpectRefusal(Spoilt("geography/g.csv", "0101;", "101;"), "geography/g.csv:4:", "four digits");
  ExpectRefusal(Spoilt("geography/g.csv", "# id: g\n", ""), "geography/g.csv:3:", "no id");
  ExpectRefusal(Spoilt("geography/g.csv", ";confirmed\n", ";confirmed\n0101;B;A;A;1;R;confirmed\n"),
                "geography/g.csv:5:", "twice");
  SmallRegistry registry;
  std::string second(kGeography);
  second.replace(second.find("# id: g"), 7, "# id: h");
  registry.Write("geography/h.csv", second);
  ExpectRefusal(registry.Refusal(), "geography/h.csv:1:", "overlaps that of `g`");
}

TEST(Content, TheHashFollowsEveryByteThatIsRead) {
  SmallRegistry registry;
  const std::string before = (*registry.Load())->sha256();
  EXPECT_EQ((*registry.Load())->sha256(), before);
  registry.Replace("variables.yaml", "da: Gang", "da: Gangtest");
  EXPECT_NE((*registry.Load())->sha256(), before);
}

TEST(Geography, HasNinetyEightMunicipalitiesTwentyTwoClustersAndFiveRegionsUntil2026) {
  const Geography& old = testing::Dhrd()->geography_on(*ParseDate("2026-12-31"));
  EXPECT_EQ(old.id(), "dk-2007");
  EXPECT_EQ(old.units(UnitKind::kMunicipality).size(), 98u);
  EXPECT_EQ(old.units(UnitKind::kCluster).size(), 23u);  // With the unknown one.
  EXPECT_EQ(old.units(UnitKind::kRegion).size(), 5u);
  EXPECT_EQ(old.units(UnitKind::kRegion)[*old.UnitOf(UnitKind::kRegion, "0751")].name, "Region Midtjylland");
  EXPECT_FALSE(old.UnitOf(UnitKind::kRegion, "0999").has_value());
}

TEST(Geography, FromTheFirstOfJanuary2027TwoRegionsAreOne) {
  const Geography& now = testing::Dhrd()->geography_on(*ParseDate("2027-01-01"));
  EXPECT_EQ(now.id(), "dk-2027");
  EXPECT_EQ(now.units(UnitKind::kRegion).size(), 4u);
  EXPECT_EQ(now.UnitOf(UnitKind::kRegion, "0101"), now.UnitOf(UnitKind::kRegion, "0370"));
  EXPECT_EQ(now.units(UnitKind::kCluster).size(), 1u);
}

}  // namespace
}  // namespace hjerte::registry
