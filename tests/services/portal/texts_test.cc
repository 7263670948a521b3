#include "services/portal/texts.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/shared.h"

namespace hjerte::tests {
namespace {

using portal::Texts;
using registry::Language;

std::string PortalSources() {
  std::string all;
  for (const auto& file : std::filesystem::directory_iterator(SourceDir() / "services/portal")) {
    if (file.path().extension() != ".cc") continue;
    std::ifstream in(file.path());
    all.append(std::istreambuf_iterator<char>(in), {});
  }
  return all;
}

TEST(TextsTest, BothLanguagesAreComplete) {
  const auto texts = Texts::Shipped();
  ASSERT_TRUE(texts.ok()) << texts.status();
  for (const std::string& key : texts->Keys()) {
    // Two languages that say exactly the same were mostly forgotten; names are the exception.
    if (key == "site.name" || key == "standard.heading" || key == "level.region" || key == "guide.standard_title" ||
        key.starts_with("csv.")) {
      continue;
    }
    EXPECT_NE(texts->Get(Language::kDanish, key), texts->Get(Language::kEnglish, key)) << key;
  }
}

TEST(TextsTest, EveryTextIsUsed) {
  const auto texts = Texts::Shipped();
  ASSERT_TRUE(texts.ok());
  const std::string sources = PortalSources();
  for (const std::string& key : texts->Keys()) {
    const std::string family = key.substr(0, key.find('.') + 1);
    // Some keys are put together from their family and a value.
    const bool assembled = family == "error." || family == "guide." || family == "standard.";
    EXPECT_NE(sources.find("\"" + (assembled ? family : key)), std::string::npos) << key << " is never shown";
  }
}

TEST(TextsTest, RefusesCataloguesThatDiffer) {
  EXPECT_TRUE(Texts::Parse("a: \"et {n}\"", "a: \"one {n}\"").ok());
  EXPECT_FALSE(Texts::Parse("a: et\nb: to", "a: one").ok());
  EXPECT_FALSE(Texts::Parse("a: et", "a: one\nb: two").ok());
  EXPECT_FALSE(Texts::Parse("a: \"et {n}\"", "a: \"one {m}\"").ok());
  EXPECT_FALSE(Texts::Parse("a: \"\"", "a: one").ok());
  EXPECT_FALSE(Texts::Parse("[", "a: one").ok());
}

TEST(TextsTest, AValueIsNeverTakenForAPatternAgain) {
  const auto texts = Texts::Parse("a: \"{x} og {y}\"", "a: \"{x} and {y}\"");
  ASSERT_TRUE(texts.ok());
  EXPECT_EQ(texts->Get(Language::kEnglish, "a", {{"x", "{y}"}, {"y", "2"}}), "{y} and 2");
}

}  // namespace
}  // namespace hjerte::tests
