#include <fstream>

#include "tests/services/tool/tool_fixture.h"

namespace hjerte::tool {
namespace {

using testing::HasSubstr;

class Fhirpath : public ToolFixture {
 protected:
  std::string Write(const std::string& name, const std::string& content) {
    const auto path = folder_ / name;
    std::ofstream(path) << content;
    return path.string();
  }
};

TEST_F(Fhirpath, PrintsOneValueALine) {
  const std::string file = Write("patient.json", R"({"resourceType":"Patient","name":[{"given":["Ida","Bo"]}]})");
  EXPECT_EQ(Run({"fhirpath", "Patient.name.given", file}), kExitOk);
  EXPECT_EQ(Out(), "{\"type\":\"string\",\"value\":\"Ida\"}\n{\"type\":\"string\",\"value\":\"Bo\"}\n");
}

TEST_F(Fhirpath, NeedsNoFileForAnExpressionWithoutOne) {
  EXPECT_EQ(Run({"fhirpath", "today() + 2 days"}), kExitOk);
  EXPECT_EQ(Out(), "{\"type\":\"date\",\"value\":\"@2026-02-02\"}\n");
}

TEST_F(Fhirpath, AWrongExpressionIsAUsageErrorWithItsPlace) {
  EXPECT_EQ(Run({"fhirpath", "1 +"}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("line 1, column 4: expected"));
}

TEST_F(Fhirpath, ABatchAnswersEachLineWithItsId) {
  const std::string file = Write("patient.json", R"({"resourceType":"Patient","active":true})");
  const std::string lines =
      Write("lines.jsonl", R"({"id":1,"expression":"active","input":")" + file + R"(","predicate":true})" + "\n" +
                               R"({"id":"b","expression":"'a","input":null})" + "\n" +
                               R"({"id":3,"expression":"1 'mg' + true","input":null})" + "\nno json\n");
  EXPECT_EQ(Run({"fhirpath", "--batch", lines}), kExitOk);
  EXPECT_THAT(Out(), HasSubstr(R"({"id":1,"result":[{"type":"boolean","value":"true"}]})"));
  EXPECT_THAT(Out(), HasSubstr(R"({"id":"b","error":{"kind":"syntax",)"));
  EXPECT_THAT(Out(), HasSubstr(R"({"id":3,"error":{"kind":"semantic",)"));
  EXPECT_THAT(Out(), HasSubstr(R"({"id":null,"error":{"kind":"execution",)"));
}

TEST_F(Fhirpath, ABatchGoesOnWhateverALineIs) {
  const std::string file = Write("patient.json", R"({"resourceType":"Patient","name":[{"given":["Ida"]}]})");
  const std::string lines = Write("lines.jsonl", "[]\n1\n\"text\"\nnull\n{}\n\n" + std::string(200'000, '[') + "\n" +
                                                     R"({"id":7,"expression":5,"input":false})" + "\n" +
                                                     R"({"id":8,"expression":"id","input":"none.json"})" + "\n" +
                                                     R"({"id":9,"expression":"name.given","input":")" + file + R"("})");
  EXPECT_EQ(Run({"fhirpath", "--batch", lines}), kExitOk);
  std::istringstream answers(Out());
  std::vector<std::string> all;
  for (std::string line; std::getline(answers, line);) all.push_back(line);
  ASSERT_EQ(all.size(), 9U) << Out().substr(0, 2000);
  for (size_t i = 0; i < 8; ++i) EXPECT_THAT(all[i], HasSubstr("\"error\":{\"kind\":")) << i;
  EXPECT_THAT(all[7], HasSubstr("\"id\":8"));
  EXPECT_THAT(all[7], HasSubstr("none.json: cannot be read"));
  EXPECT_EQ(all[8], R"({"id":9,"result":[{"type":"string","value":"Ida"}]})");
}

TEST_F(Fhirpath, ABatchLineMayBeAPredicateOrStrict) {
  const std::string file = Write("patient.json", R"({"resourceType":"Patient","active":false})");
  const std::string head = R"(,"input":")" + file + R"(")";
  const std::string lines =
      Write("lines.jsonl", R"({"id":1,"expression":"active","predicate":true)" + head + "}\n" +
                               R"({"id":2,"expression":"name","predicate":true)" + head + "}\n" +
                               R"({"id":3,"expression":"'a' | 'b'","predicate":true)" + head + "}\n" +
                               R"({"id":4,"expression":"Observation.value")" + head + "}\n" +
                               R"({"id":5,"expression":"Observation.value","strict":true)" + head + "}\n");
  EXPECT_EQ(Run({"fhirpath", "--batch", lines}), kExitOk);
  std::istringstream answers(Out());
  std::vector<std::string> all;
  for (std::string line; std::getline(answers, line);) all.push_back(line);
  ASSERT_EQ(all.size(), 5U);
  EXPECT_THAT(all[0], HasSubstr(R"("value":"false")"));
  EXPECT_THAT(all[1], HasSubstr(R"("value":"false")"));
  EXPECT_THAT(all[2], HasSubstr(R"("value":"true")"));
  EXPECT_EQ(all[3], R"({"id":4,"result":[]})");
  EXPECT_THAT(all[4], HasSubstr(R"("kind":"semantic")"));
}

TEST_F(Fhirpath, ValueSetsComeFromFiles) {
  const std::string file = Write("patient.json", R"({"resourceType":"Patient","gender":"male"})");
  const std::string set = Write("set.json", R"({"resourceType":"ValueSet","url":"http://example.org/vs",
    "expansion":{"contains":[{"system":"http://hl7.org/fhir/administrative-gender","code":"male"}]}})");
  EXPECT_EQ(Run({"fhirpath", "gender.memberOf('http://example.org/vs')", file, "--valueset", set}), kExitOk) << Err();
  EXPECT_EQ(Out(), "{\"type\":\"boolean\",\"value\":\"true\"}\n");
  const std::string open = Write("open.json", R"({"resourceType":"ValueSet","url":"http://example.org/open",
    "compose":{"include":[{"system":"http://loinc.org"}]}})");
  EXPECT_EQ(Run({"fhirpath", "1", "--valueset", open}), kExitUsage);
  EXPECT_THAT(Err(), HasSubstr("open.json: http://example.org/open: lists no codes; expand the value set first"));
}

TEST_F(Fhirpath, AMissingFileIsAnErrorOfTheEnvironment) {
  EXPECT_EQ(Run({"fhirpath", "id", (folder_ / "none.json").string()}), kExitEnvironment);
}

}  // namespace
}  // namespace hjerte::tool
