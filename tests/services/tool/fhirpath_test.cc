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

TEST_F(Fhirpath, AMissingFileIsAnErrorOfTheEnvironment) {
  EXPECT_EQ(Run({"fhirpath", "id", (folder_ / "none.json").string()}), kExitEnvironment);
}

}  // namespace
}  // namespace hjerte::tool
