#include "mapping/fhirpath/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "mapping/fhirpath/definitions.h"
#include "mapping/fhirpath/type_table.h"
#include "mapping/json/document.h"

namespace hjerte::fhirpath {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A course record as a registry has it.
std::shared_ptr<const TypeTable> CourseModel() {
  TypeTable::Builder builder = MakeLogicalModel("Course");
  builder.AddType("Course").AddType("Smoking");
  builder.AddElement("Course", "age", "Integer").AddElement("Course", "start", "Date");
  builder.AddElement("Course", "smoking", "Smoking").AddElement("Smoking", "start", "String");
  builder.AddElement("Course", "tests", "Decimal", /*list=*/true);
  return *std::move(builder).Build();
}

class OverCourses : public testing::Test {
 protected:
  absl::StatusOr<Expression> Compile(std::string_view source) {
    CompileOptions options;
    options.model = model_.get();
    options.root_type = "Course";
    options.variables = {"year"};
    options.check_variables = true;
    return Expression::Compile(source, options);
  }
  std::string Refusal(std::string_view source) {
    const auto expression = Compile(source);
    if (expression.ok()) return "accepted";
    EXPECT_EQ(KindOf(expression.status()), ErrorKind::kSemantic);
    return std::string(expression.status().message());
  }

  std::shared_ptr<const TypeTable> model_ = CourseModel();
  json::Document course_ =
      *json::Parse(R"({"age":61,"start":"2026-02-03","smoking":{"start":"smoker"},"tests":[1.5]})");
  EvaluationContext context_;
};

TEST_F(OverCourses, MemberPathsNameWhatIsRead) {
  EXPECT_THAT(Compile("smoking.start = 'smoker' and age >= 18")->member_paths(), ElementsAre("age", "smoking.start"));
  EXPECT_THAT(Compile("tests.where($this > 1).first()")->member_paths(), ElementsAre("tests"));
  EXPECT_THAT(Compile("smoking.exists(start = 'smoker')")->member_paths(), ElementsAre("smoking", "smoking.start"));
  EXPECT_THAT(Compile("iif(age > 60, smoking.start, 'x')")->member_paths(), ElementsAre("age", "smoking.start"));
  EXPECT_THAT(Compile("smoking.children().exists()")->member_paths(), ElementsAre("smoking.*"));
  EXPECT_THAT(Compile("%year = 2026")->member_paths(), ElementsAre());
}

TEST_F(OverCourses, DatesCompareAsDates) {
  EXPECT_EQ(*Compile("start >= @2026-01-01")->EvaluateBoolean(course_.root(), context_), true);
  EXPECT_EQ(*Compile("start.yearOf() = 2025")->EvaluateBoolean(course_.root(), context_), false);
}

TEST_F(OverCourses, AnUnknownMemberIsRefusedWithItsPlace) {
  EXPECT_THAT(Refusal("age > 1 and\n  smokin.start = 'x'"),
              HasSubstr("line 2, column 3: a Course has no element smokin"));
  EXPECT_THAT(Refusal("smoking.stop"), HasSubstr("a Smoking has no element stop"));
  EXPECT_THAT(Refusal("tests.select(foo)"), HasSubstr("has no element foo"));
}

TEST_F(OverCourses, TypesThatNeverFitAreRefused) {
  EXPECT_THAT(Refusal("age = 'x'"), HasSubstr("Integer = String"));
  EXPECT_THAT(Refusal("start > 3"), HasSubstr("Date > Integer"));
  EXPECT_THAT(Refusal("age and true"), HasSubstr("expected two Booleans"));
  EXPECT_THAT(Refusal("age.upper()"), HasSubstr("needs a string"));
  EXPECT_THAT(Refusal("age is Nonsense"), HasSubstr("there is no type Nonsense"));
  EXPECT_THAT(Refusal("Patient.age"), HasSubstr("never a Patient"));
}

TEST_F(OverCourses, AVariableMustBeKnown) {
  EXPECT_THAT(Refusal("%month = 1"), HasSubstr("%month"));
  context_.SetVariable("year", Collection(Item::Integer(2026)));
  EXPECT_EQ(*Compile("start.yearOf() = %year")->EvaluateBoolean(course_.root(), context_), true);
}

TEST(Expression, PlainJsonNeedsNoTypes) {
  const json::Document row = *json::Parse(R"({"birth":"1960-05-04","weights":[80.5,79],"CPR":"x","birthDate":"1961"})");
  EvaluationContext context;
  EXPECT_EQ(*Expression::Compile("birth < @1970-01-01")->EvaluateBoolean(row.root(), context), true);
  EXPECT_EQ(**Expression::Compile("weights.first().toString()")->EvaluateString(row.root(), context), "80.5");
  EXPECT_EQ(**Expression::Compile("CPR")->EvaluateString(row.root(), context), "x");
}

TEST(Expression, SingletonEvaluationGivesTrueForAnyOneValue) {
  const json::Document row = *json::Parse(R"({"a":"x","b":[1,2],"c":false})");
  EvaluationContext context;
  EXPECT_EQ(*Expression::Compile("a")->EvaluateBoolean(row.root(), context), true);
  EXPECT_EQ(*Expression::Compile("c")->EvaluateBoolean(row.root(), context), false);
  EXPECT_EQ(*Expression::Compile("d")->EvaluateBoolean(row.root(), context), std::nullopt);
  EXPECT_FALSE(Expression::Compile("b")->EvaluateBoolean(row.root(), context).ok());
}

TEST(Expression, HooksAnswerForTheWorld) {
  const json::Document row = *json::Parse(R"({"code":"x","link":{"reference":"Patient/9"}})");
  const json::Document other = *json::Parse(R"({"resourceType":"Patient","id":"9"})");
  EvaluationContext context;
  std::vector<std::string> traced;
  context.hooks().member_of = [](const Item&, std::string_view set) { return std::optional<bool>(set == "urn:a"); };
  context.hooks().conforms_to = [](const Item&, std::string_view) { return std::optional<bool>(true); };
  context.hooks().resolve = [&](std::string_view reference) {
    return reference == "Patient/9" ? &other.root() : nullptr;
  };
  context.hooks().trace = [&](std::string_view name, const Collection&) { traced.emplace_back(name); };
  EXPECT_EQ(*Expression::Compile("code.memberOf('urn:a')")->EvaluateBoolean(row.root(), context), true);
  EXPECT_EQ(*Expression::Compile("code.memberOf('urn:b')")->EvaluateBoolean(row.root(), context), false);
  EXPECT_EQ(*Expression::Compile("conformsTo('urn:p')")->EvaluateBoolean(row.root(), context), true);
  EXPECT_EQ(**Expression::Compile("link.resolve().id")->EvaluateString(row.root(), context), "9");
  ASSERT_TRUE(Expression::Compile("code.trace('here')")->Evaluate(row.root(), context).ok());
  EXPECT_THAT(traced, ElementsAre("here"));
}

TEST(Expression, WithoutAClockNowIsAnError) {
  EvaluationContext context;
  EXPECT_FALSE(Expression::Compile("now()")->Evaluate(nullptr, context).ok());
}

TEST(Expression, IsSafeToShareBetweenThreads) {
  const Expression expression = *Expression::Compile("a.where($this > 1).select($this * 2).sort(-$this)");
  const json::Document row = *json::Parse(R"({"a":[1,2,3]})");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      EvaluationContext context;
      for (int round = 0; round < 1000; ++round) {
        const auto values = expression.Evaluate(row.root(), context);
        ASSERT_TRUE(values.ok() && values->size() == 2 && values->front().integer() == 6);
        context.ResetArena();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Bundle, ReferencesResolveByAddressAndByTypeAndId) {
  const json::Document bundle = *json::Parse(R"({"resourceType":"Bundle","entry":[
    {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"p","contained":[{"resourceType":"Organization","id":"o"}],
     "managingOrganization":{"reference":"#o"}}},
    {"resource":{"resourceType":"Observation","id":"a","subject":{"reference":"urn:uuid:1"}}},
    {"resource":{"resourceType":"Observation","id":"b","subject":{"reference":"http://example.org/Patient/p/_history/2"}}},
    {"resource":{"resourceType":"Observation","id":"c","subject":{"reference":"Patient/q"}}}]})");
  EvaluationContext context;
  CompileOptions options;
  options.model = R4Model();
  const auto ids = Expression::Compile("entry.resource.ofType(Observation).subject.resolve().id", options);
  ASSERT_TRUE(ids.ok()) << ids.status();
  EXPECT_EQ(ids->Evaluate(bundle.root(), context)->size(), 2u);
  EXPECT_EQ(**Expression::Compile("Bundle.entry.resource.managingOrganization.resolve().id", options)
                  ->EvaluateString(bundle.root(), context),
            "o");
}

TEST(Definitions, AModelNamesWhatIsMissing) {
  TypeTable::Builder builder("X");
  builder.AddType("A").AddElement("A", "b", "B");
  const auto model = std::move(builder).Build();
  ASSERT_FALSE(model.ok());
  EXPECT_THAT(std::string(model.status().message()), HasSubstr("never defined: B"));
}

}  // namespace
}  // namespace hjerte::fhirpath
