#include "services/tool/results_format.h"

#include <google/protobuf/text_format.h>

#include <sstream>

#include "tests/shared.h"

namespace hjerte::tool {
namespace {

namespace v1 = hjertegateway::v1;
using ::testing::HasSubstr;

template <typename Message>
Message Read(const char* text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

TEST(Explanation, NamesValuesAndCodesInTheWordsOfTheReadersLanguage) {
  const auto explanation = Read<v1::ExplainCourseResponse>(R"(
      indicators {
        indicator: "K4" state: COURSE_STATE_YES reason: "numerator" expression: "smoking.end = 'former'"
        values { variable: "smoking.end" value: "former" }
        values { variable: "shoe_size" value: "43" }
      })");
  const auto variables = Read<v1::ListVariablesResponse>(R"(
      variables {
        id: "smoking" label { da: "Rygestatus" en: "Smoking status" }
        codes { code: "former" label { da: "Tidligere ryger" en: "Former smoker" } }
      })");
  std::ostringstream danish;
  WriteExplanation(explanation, {}, variables, registry::Language::kDanish, danish);
  EXPECT_THAT(danish.str(), HasSubstr("Rygestatus ved slutning (smoking.end) = Tidligere ryger (former)\n"));
  EXPECT_THAT(danish.str(), HasSubstr("shoe_size = 43\n"));
  std::ostringstream english;
  WriteExplanation(explanation, {}, variables, registry::Language::kEnglish, english);
  EXPECT_THAT(english.str(), HasSubstr("Smoking status at the end (smoking.end) = Former smoker (former)\n"));
}

}  // namespace
}  // namespace hjerte::tool
