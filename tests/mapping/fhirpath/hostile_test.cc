// What an expression or a document may do on purpose: it ends with an error or a result, within its limits.
#include <gtest/gtest.h>

#include <string>

#include "mapping/fhirpath/definitions.h"
#include "mapping/fhirpath/expression.h"
#include "mapping/json/document.h"
#include "tests/mapping/fhirpath/allocation_fixture.h"

namespace hjerte::fhirpath {
namespace {

std::string Repeat(std::string_view text, size_t count) {
  std::string result;
  for (size_t i = 0; i < count; ++i) result.append(text);
  return result;
}

absl::Status RunSource(const std::string& source, EvaluationContext& context) {
  const auto expression = Expression::Compile(source);
  if (!expression.ok()) return expression.status();
  return expression->Evaluate(nullptr, context).status();
}

TEST(Hostile, DeepNestingIsAnErrorNotACrash) {
  for (const char* open : {"(", "-", "a.where(", "{", "a[", "iif(true,"}) {
    EXPECT_FALSE(Expression::Compile(Repeat(open, 10'000) + "1").ok()) << open;
  }
  EXPECT_FALSE(Expression::Compile("1" + Repeat("+1", 10'000)).ok());
  EXPECT_FALSE(Expression::Compile("a" + Repeat(".a", 10'000)).ok());
}

TEST(Hostile, TheDeepestExpressionAllowedRuns) {
  EvaluationContext context;
  EXPECT_TRUE(RunSource("1" + Repeat("+1", 480), context).ok());
  EXPECT_TRUE(RunSource(Repeat("(", 240) + "1" + Repeat(")", 240), context).ok());
  EXPECT_TRUE(RunSource("true" + Repeat(" or false", 480), context).ok());
}

TEST(Hostile, AnExpressionTooLongIsRefused) {
  EXPECT_EQ(Expression::Compile(Repeat(" ", 100'000)).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(Hostile, EndlessRepetitionEndsAtTheLimitOfSteps) {
  EvaluationContext context;
  context.limits().max_steps = 100'000;
  EXPECT_EQ(RunSource("1.repeatAll($this)", context).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(RunSource("1.repeat($this + 1)", context).code(), absl::StatusCode::kResourceExhausted);
}

TEST(Hostile, GrowthEndsAtTheLimitOfSize) {
  EvaluationContext context;
  context.limits().max_items = 10'000;
  const std::string doubling = "(1).combine(1)" + Repeat(".select($this.combine($this))", 40);
  EXPECT_EQ(RunSource(doubling, context).code(), absl::StatusCode::kResourceExhausted);
  context.limits().max_bytes = 1 << 20;
  const std::string growing = "'xxxxxxxxxx'" + Repeat(".replace('x', 'xxxxxxxxxx')", 12);
  EXPECT_FALSE(RunSource(growing, context).ok());
}

TEST(Hostile, AUnitThatDoublesEndsAtTheLimitOfSize) {
  EvaluationContext context;
  context.limits().max_bytes = 1 << 20;
  for (const char* unit : {"'m/s'", "'{a}'"}) {
    const std::string doubling = std::string("(1 ") + unit + ")" + Repeat(".select($this * $this)", 60);
    EXPECT_EQ(RunSource(doubling, context).code(), absl::StatusCode::kResourceExhausted) << unit;
  }
}

TEST(Hostile, RegularExpressionsRunInLinearTime) {
  EvaluationContext context;
  const std::string text = Repeat("a", 5'000) + "!";
  EXPECT_TRUE(RunSource("'" + text + "'.matches('^(a+)+$')", context).ok());
  EXPECT_TRUE(RunSource("'" + text + "'.matches('(a|aa)+$')", context).ok());
  EXPECT_FALSE(RunSource("'a'.matches('(((a{1000}){1000}){1000})')", context).ok());
}

TEST(Hostile, NumbersAtTheEdgeGiveNothingOrAnError) {
  EvaluationContext context;
  for (const char* source :
       {"99999999999999999999999999999999999999.0 * 99999999999999999999999999999999999999.0", "10.power(1000000)",
        "0.00000000000000000000000000000000000001.ln()", "(-2147483648) div (-1)", "-(-9223372036854775807L - 1L)",
        "@0001-01-01 - 1 day", "@9999-12-31T23:59:59.999Z + 1000000000000 milliseconds", "100.exp()",
        "1 '10*30.10*30.10*30'.toQuantity('m')", "1 'm99' * 1 'm99'", "9223372036854775807L + 1L"}) {
    EXPECT_TRUE(RunSource(source, context).ok()) << source;
  }
}

// Work is counted in steps, so that the test does not depend on the machine.
uint64_t StepsOverBundle(size_t entries, std::string_view source) {
  std::string text = R"({"resourceType":"Bundle","entry":[)";
  for (size_t i = 0; i < entries; ++i) {
    const std::string id = std::to_string(i);
    if (i > 0) text.push_back(',');
    text += R"({"fullUrl":"urn:uuid:)" + id + R"(","resource":{"resourceType":"Observation","id":")" + id +
            R"(","hasMember":[{"reference":"urn:uuid:)" + std::to_string((i * 7919 + 1) % entries) + R"("}]}})";
  }
  const json::Document document = *json::Parse(text + "]}");
  CompileOptions options;
  options.model = R4Model();
  const auto expression = Expression::Compile(source, options);
  EXPECT_TRUE(expression.ok()) << expression.status();
  EvaluationContext context;
  const auto values = expression->Evaluate(document.root(), context);
  EXPECT_TRUE(values.ok()) << values.status();
  return context.steps();
}

TEST(Linear, TwiceTheEntriesTakeTwiceTheSteps) {
  if (R4Model() == nullptr) GTEST_SKIP() << "built without R4's types";
  for (const std::string_view source :
       {"Bundle.entry.resource.ofType(Observation).hasMember.resolve().id.count()",
        "Bundle.entry.resource.id.distinct().count()", "Bundle.entry.where(resource.id.exists()).count()",
        "(Bundle.entry.resource.id | Bundle.entry.fullUrl).count()", "Bundle.descendants().count()",
        "Bundle.entry.resource.id.intersect(Bundle.entry.resource.id).count()"}) {
    const auto half = static_cast<double>(StepsOverBundle(50'000, source));
    const auto whole = static_cast<double>(StepsOverBundle(100'000, source));
    EXPECT_NEAR(whole / half, 2.0, 0.1) << source;
  }
}

TEST(Allocation, ASimplePathAllocatesNothing) {
  const json::Document document =
      *json::Parse(R"({"resourceType":"Observation","status":"final","valueQuantity":{"value":412.5,"unit":"m"}})");
  CompileOptions options;
  options.model = R4Model();
  for (const char* source : {"Observation.value.ofType(Quantity).value", "Observation.status",
                             "Observation.value.ofType(Quantity).value > 400", "status = 'final'"}) {
    const Expression expression = *Expression::Compile(source, options);
    EvaluationContext context;
    const size_t before = tests::CountAllocations();
    const auto values = expression.Evaluate(document.root(), context);
    const size_t used = tests::CountAllocations() - before;
    ASSERT_TRUE(values.ok() && values->size() == 1) << source;
    EXPECT_EQ(used, 0u) << source;
  }
}

}  // namespace
}  // namespace hjerte::fhirpath
