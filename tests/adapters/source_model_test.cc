// The logical models of the shipped sources (mapping/dhrd/models) beside the maps that read them.
#include <cctype>
#include <set>

#include "adapters/source/danish_values.h"
#include "adapters/source_config.h"
#include "mapping/json/document.h"
#include "mapping/structuremap/loader.h"
#include "tests/shared.h"
#include "tests/temporary_folder.h"

namespace hjerte::adapters {
namespace {

struct Model {
  std::string url;
  // Name of each field, without its parents, and what becomes of it.
  std::map<std::string, std::set<std::string>> fields;
};

std::filesystem::path Registry() { return tests::SourceDir() / "mapping/dhrd"; }

Model ReadModel(const std::string& name) {
  Model model;
  const auto document = json::Parse(tests::ReadFile(Registry() / "models" / (name + ".json")));
  EXPECT_TRUE(document.ok()) << document.status();
  EXPECT_EQ(document->root().Find("kind")->text(), "logical");
  model.url = std::string(document->root().Find("url")->text());
  for (const json::Value& element : document->root().Find("differential")->Find("element")->elements()) {
    const std::string_view path = element.Find("path")->text();
    if (path.find('.') == std::string_view::npos) continue;
    const json::Value* mapping = element.Find("mapping");
    EXPECT_NE(mapping, nullptr) << path << " does not say what becomes of it";
    if (mapping == nullptr) continue;
    model.fields[std::string(path.substr(path.rfind('.') + 1))].insert(
        std::string(mapping->elements()[0].Find("map")->text()));
  }
  return model;
}

// The names in a FHIRPath text that are neither functions, words of the language, variables nor texts.
void CollectNames(const std::string& text, std::set<std::string>& names) {
  static const std::set<std::string> kWords = {"and", "or", "in", "is", "not", "true", "false"};
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\'') {
      at = text.find('\'', at + 1) + 1;
      continue;
    }
    const std::size_t begin = at;
    while (at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_')) ++at;
    if (at == begin) {
      ++at;
      continue;
    }
    const std::string word = text.substr(begin, at - begin);
    const bool variable = begin > 0 && (text[begin - 1] == '$' || text[begin - 1] == '%');
    const bool call = at < text.size() && text[at] == '(';
    if (!variable && !call && std::isalpha(static_cast<unsigned char>(word[0])) != 0 && !kWords.contains(word)) {
      names.insert(word);
    }
  }
}

void CollectRule(const structuremap::Rule& rule, std::set<std::string>& names) {
  for (const structuremap::Source& source : rule.sources) {
    names.insert(source.element.begin(), source.element.end());
    for (const auto* expression : {&source.condition, &source.check}) {
      if (expression->has_value()) CollectNames((*expression)->text, names);
    }
  }
  for (const structuremap::Rule& child : rule.rules) CollectRule(child, names);
}

class SourceModel : public testing::TestWithParam<const char*> {};

TEST_P(SourceModel, HasEveryFieldItsMapReadsAndSaysWhatBecomesOfEachOfItsOwn) {
  const Model model = ReadModel(GetParam());
  const std::filesystem::path file = Registry() / "maps" / (std::string(GetParam()) + ".map");
  const auto map = structuremap::LoadMap(file);
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_NE(tests::ReadFile(file).find("uses \"" + model.url + "\""), std::string::npos);
  std::set<std::string> read;
  for (const structuremap::Group& group : map->groups) {
    for (const structuremap::Rule& rule : group.rules) CollectRule(rule, read);
  }
  for (const std::string& name : read) EXPECT_TRUE(model.fields.contains(name)) << "the map reads " << name;
  for (const auto& [name, becomes] : model.fields) {
    const bool said_unread = becomes == std::set<std::string>{"not carried"};
    EXPECT_NE(read.contains(name), said_unread) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Shipped, SourceModel, testing::Values("csv-forloeb", "json-forloeb"));

TEST(SourceModelOfCsv, HasEveryColumnThatTheFormatReads) {
  const Model model = ReadModel("csv-forloeb");
  const auto source = SourceOfFormat(Registry(), "csv-forloeb", "/");
  ASSERT_TRUE(source.ok()) << source.status();
  for (const source::CsvFile& csv : std::get<source::CsvDropOptions>(source->options).layout.files) {
    for (const source::CsvColumn& column : csv.columns) {
      EXPECT_TRUE(model.fields.contains(source::ColumnIdentifier(column.header))) << column.header;
    }
  }
}

}  // namespace
}  // namespace hjerte::adapters
