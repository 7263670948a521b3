#include "services/common/config.h"

#include "tests/temporary_folder.h"

namespace hjerte::common {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

ConfigMap Parsed(const std::string& text) {
  absl::StatusOr<ConfigMap> map = ConfigMap::Parse(text, "/etc/hjerte/adapter.yaml");
  if (!map.ok()) ADD_FAILURE() << map.status();
  return *map;
}

std::string Refusal(const std::string& text, const ConfigLimits& limits = {}) {
  const absl::StatusOr<ConfigMap> map = ConfigMap::Parse(text, "c.yaml", limits);
  return map.ok() ? "accepted" : std::string(map.status().message());
}

TEST(Config, EveryKindOfValueIsRead) {
  const ConfigMap map = Parsed(
      "name: Aarhus\nport: 8443\nratio: 0.5\nactive: true\nretry: 250ms\nkeep: 7d\nmemory: 64MiB\n"
      "since: 2026-01-31\nmode: fast\ncarries: [smoking, walk]\ndatabase: data/outbox.db\nabsolute: /var/x\n"
      "folders: [a, /b]\n");
  EXPECT_EQ(map.String("name"), "Aarhus");
  EXPECT_EQ(map.Integer("port", {.min = 1, .max = 65535}), 8443);
  EXPECT_EQ(map.Number("ratio"), 0.5);
  EXPECT_TRUE(map.Bool("active"));
  EXPECT_EQ(map.Duration("retry"), 250ms);
  EXPECT_EQ(map.Duration("keep"), 7 * 24h);
  EXPECT_EQ(map.Size("memory"), 64 << 20);
  EXPECT_EQ(map.Date("since"), std::chrono::year(2026) / 1 / 31);
  EXPECT_EQ(map.Choice("mode", {"fast", "safe"}), "fast");
  EXPECT_THAT(map.Strings("carries"), testing::ElementsAre("smoking", "walk"));
  EXPECT_EQ(map.Path("database"), "/etc/hjerte/data/outbox.db")
      << "relative to the file, not to where the program runs";
  EXPECT_EQ(map.Path("absolute"), "/var/x");
  EXPECT_THAT(map.Paths("folders"), testing::ElementsAre("/etc/hjerte/a", "/b"));
  EXPECT_TRUE(map.Finish().ok()) << map.Finish();
}

TEST(Config, FallbacksStandInForAbsentKeys) {
  const ConfigMap map = Parsed("x: 1\n");
  map.Integer("x");
  EXPECT_EQ(map.String("name", "none"), "none");
  EXPECT_EQ(map.Duration("retry", 5s), 5s);
  EXPECT_EQ(map.Bool("active", true), true);
  EXPECT_EQ(map.OptionalMap("tls"), std::nullopt);
  EXPECT_TRUE(map.Maps("sources").empty());
  EXPECT_TRUE(map.Finish().ok()) << map.Finish();
}

TEST(Config, EverythingWrongIsToldAtOnceWithFileAndLine) {
  const ConfigMap map = Parsed("port: many\nnmae: Aarhus\ntls:\n  key: [a]\n  colour: red\nretry: 5\n");
  map.Integer("port", {.min = 1, .max = 65535});
  map.String("name");
  map.Duration("retry");
  map.Map("tls").Path("key");
  const absl::Status status = map.Finish();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(
      status.message(),
      "/etc/hjerte/adapter.yaml:1: port: a whole number from 1 up to 65535 was expected\n"
      "/etc/hjerte/adapter.yaml:1: key 'name' is missing: a text was expected\n"
      "/etc/hjerte/adapter.yaml:2: unknown key 'nmae'\n"
      "/etc/hjerte/adapter.yaml:4: key: a path was expected\n"
      "/etc/hjerte/adapter.yaml:5: unknown key 'colour'\n"
      "/etc/hjerte/adapter.yaml:6: retry: a length of time with its unit was expected (250ms, 5s, 10min, 2h, 7d)");
}

TEST(Config, AnAbsentMappingIsReportedOnceAndNotForEachOfItsKeys) {
  const ConfigMap map = Parsed("x: 1\n");
  map.Integer("x");
  const ConfigMap tls = map.Map("tls");
  EXPECT_EQ(tls.String("key"), "");
  EXPECT_EQ(map.Finish().message(), "/etc/hjerte/adapter.yaml:1: key 'tls' is missing: a mapping was expected");
}

TEST(Config, ListsOfMappingsAreReadAndCheckedOneByOne) {
  const ConfigMap map = Parsed("sources:\n  - name: a\n  - name: b\n    typo: 1\n  - plain\n");
  const std::vector<ConfigMap> sources = map.Maps("sources");
  ASSERT_EQ(sources.size(), 2u);
  EXPECT_EQ(sources[0].String("name") + sources[1].String("name"), "ab");
  EXPECT_THAT(std::string(map.Finish().message()),
              testing::AllOf(HasSubstr(":4: unknown key 'typo'"), HasSubstr(":5: sources: a mapping was expected")));
}

TEST(Config, ACallersOwnRuleNamesTheLineToo) {
  const ConfigMap map = Parsed("a: 1\nb: 2\n");
  map.Integer("a");
  map.Integer("b");
  map.Fail("b", "must be less than a");
  EXPECT_EQ(map.Where("b"), "/etc/hjerte/adapter.yaml:2");
  EXPECT_EQ(map.Finish().message(), "/etc/hjerte/adapter.yaml:2: b: must be less than a");
}

TEST(Config, WhatIsNotAMappingOfOneDocumentIsRefused) {
  EXPECT_THAT(Refusal("- a\n"), HasSubstr("c.yaml:1: a mapping"));
  EXPECT_THAT(Refusal(""), HasSubstr("a mapping"));
  EXPECT_THAT(Refusal("a: 1\n---\nb: 2\n"), HasSubstr("one document"));
  EXPECT_THAT(Refusal("a: 1\na: 2\n"), HasSubstr("c.yaml:2: key 'a' stands here a second time"));
  EXPECT_THAT(Refusal("a: 1\nb: [1\n"), HasSubstr("c.yaml:3: "));
  EXPECT_THAT(Refusal("? [a]\n: 1\n"), HasSubstr("a key must be a plain text"));
}

TEST(Config, AHostileFileCostsNothing) {
  EXPECT_THAT(Refusal("a: &x [1]\nb: [*x, *x]\n"), HasSubstr("c.yaml:1: anchors and aliases"));
  EXPECT_THAT(Refusal("a: *x\n"), testing::Ne("accepted"));
  EXPECT_THAT(Refusal("a: " + std::string(100'000, '[')), testing::Ne("accepted"));
  EXPECT_THAT(Refusal("a: " + std::string(17, '[') + std::string(17, ']')), HasSubstr("nested deeper than 16"));
  EXPECT_THAT(Refusal("a: [1,2,3,4]\n", {.nodes_max = 4}), HasSubstr("more than 4 values"));
  EXPECT_THAT(Refusal(std::string(2 << 20, '#')), HasSubstr("larger than"));
}

TEST(Config, AFileIsLoadedAndAMissingOneNamed) {
  const tests::TemporaryFolder folder;
  const absl::StatusOr<ConfigMap> map = ConfigMap::Load(folder.Write("a.yaml", "name: x\n"));
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(map->String("name"), "x");
  EXPECT_EQ(map->Path("log", "none"), "none");
  EXPECT_THAT(std::string(ConfigMap::Load(folder / "b.yaml").status().message()), HasSubstr("b.yaml"));
  EXPECT_EQ(ConfigMap::Load(folder.path()).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace hjerte::common
