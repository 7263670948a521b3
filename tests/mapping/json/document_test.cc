#include "mapping/json/document.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "mapping/json/text_error.h"
#include "mapping/json/write.h"

namespace hjerte::json {
namespace {

std::string RoundTrip(std::string_view text) {
  absl::StatusOr<Document> document = Parse(text);
  return document.ok() ? Write(document->root()) : std::string("refused: ") + std::string(document.status().message());
}

std::string Refused(std::string_view text, const Limits& limits = {}) {
  absl::StatusOr<Document> document = Parse(text, limits);
  return document.ok() ? "accepted" : std::string(document.status().message());
}

TEST(Parse, NumbersKeepTheirText) {
  EXPECT_EQ(RoundTrip(R"([1.50, -0, 1E5, 1.00000000001e-2147483638])"), R"([1.50,-0,1E5,1.00000000001e-2147483638])");
}

TEST(Parse, AWholeByteOrderMarkIsSkipped) { EXPECT_EQ(RoundTrip("\xEF\xBB\xBF{\"a\":1}"), R"({"a":1})"); }

TEST(Parse, HalfAByteOrderMarkIsRefused) {
  EXPECT_NE(Refused("\xEF\xBB{\"a\":1}"), "accepted");
  EXPECT_NE(Refused("\xEF{\"a\":1}"), "accepted");
  EXPECT_NE(Refused("\xEF\xBB\xBF"), "accepted");
}

TEST(Parse, EscapesAreDecodedAndWrittenBack) {
  EXPECT_EQ(RoundTrip(R"(["a\/\u00e6\ud83d\ude00\n\u0001"])"), "[\"a/\xC3\xA6\xF0\x9F\x98\x80\\n\\u0001\"]");
}

TEST(Parse, LoneSurrogatesAreRefused) {
  EXPECT_NE(Refused(R"(["\ud800"])"), "accepted");
  EXPECT_NE(Refused(R"(["\udc00"])"), "accepted");
  EXPECT_NE(Refused(R"({"\udc00": 1})"), "accepted");
  EXPECT_NE(Refused("[\"\xED\xA0\x80\"]"), "accepted");
}

TEST(Parse, InvalidUtf8IsRefused) {
  EXPECT_NE(Refused("[\"\xFF\"]"), "accepted");
  EXPECT_NE(Refused("[\"\xC0\xAF\"]"), "accepted");
  EXPECT_NE(Refused("[\"\xF8\x88\x80\x80\x80\"]"), "accepted");
}

TEST(Parse, ANulByteIsNotTheEnd) {
  EXPECT_NE(Refused(std::string_view("[1]\0", 4)), "accepted");
  EXPECT_NE(Refused(std::string_view("[1]\0[2]", 7)), "accepted");
  EXPECT_NE(Refused(std::string_view("\0", 1)), "accepted");
}

TEST(Parse, DuplicateNamesAreRefusedInSmallAndLargeObjects) {
  EXPECT_NE(Refused(R"({"a":1,"a":2})"), "accepted");
  std::string large = "{";
  for (int i = 0; i < 100; ++i) large += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_NE(Refused(large + "\"k7\":1}"), "accepted");
  EXPECT_EQ(Refused(large + "\"x\":1}"), "accepted");
}

TEST(Parse, LimitsRefuseBeforeTheMemoryIsTaken) {
  EXPECT_NE(Refused(std::string(1'000'000, '[')), "accepted");
  Limits limits;
  limits.max_members = 10;
  EXPECT_NE(Refused("[1,2,3,4,5,6,7,8,9,10]", limits), "accepted");
  limits = {.max_string_bytes = 3};
  EXPECT_NE(Refused(R"(["abcd"])", limits), "accepted");
  limits = {.max_number_chars = 3};
  EXPECT_NE(Refused("[1234]", limits), "accepted");
  limits = {.max_bytes = 3};
  EXPECT_NE(Refused("[12]", limits), "accepted");
}

TEST(Parse, ErrorsNameTheirPlaceAndNoContent) {
  const std::string message = Refused("{\n  \"cpr\": 0101011234x\n}");
  EXPECT_NE(message.find("line 2, column 11"), std::string::npos) << message;
  EXPECT_EQ(message.find("0101"), std::string::npos) << message;
}

TEST(Parse, ErrorsAreToldInDanishToo) {
  const auto error = [](std::string_view text) { return TextErrorOf(Parse(text).status()).value_or(TextError()); };
  const TextError colon = error("{\n  \"a\" 1}");
  EXPECT_EQ(std::tuple(colon.byte, colon.line, colon.column), std::tuple(8u, 2u, 7u));
  EXPECT_EQ(colon.da, "et kolon mangler efter et navn. Ret teksten her.");
  EXPECT_EQ(colon.en, "Missing a colon after a name of object member. Correct the text here.");
  EXPECT_EQ(error(R"({"a":1,"a":2})").da, "objektet, der slutter her, har det samme navn to gange; behold det ene");
  EXPECT_FALSE(TextErrorOf(Parse("[12]", {.max_bytes = 3}).status()).has_value());
}

TEST(Document, MovingItKeepsItsValues) {
  absl::StatusOr<Document> document = Parse(R"({"a":{"b":["c"]}})");
  ASSERT_TRUE(document.ok());
  const Value* inner = document->root().Find("a");
  Document moved = *std::move(document);
  EXPECT_EQ(Write(*inner), R"({"b":["c"]})");
}

}  // namespace
}  // namespace hjerte::json
