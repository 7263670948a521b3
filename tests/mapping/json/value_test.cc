#include "mapping/json/value.h"

#include <gtest/gtest.h>

#include "mapping/json/document.h"
#include "mapping/json/write.h"

namespace hjerte::json {
namespace {

TEST(Value, MembersKeepTheirOrderWhenReplaced) {
  Arena arena;
  Value object = Value::Object(arena);
  object.Set(arena, "b", Value::Number("1"));
  object.Set(arena, "a", Value::String("x"));
  object.Set(arena, "b", Value::Bool(true));
  EXPECT_EQ(Write(object), R"({"b":true,"a":"x"})");
  EXPECT_TRUE(object.Remove("b"));
  EXPECT_FALSE(object.Remove("b"));
  EXPECT_EQ(Write(object), R"({"a":"x"})");
}

TEST(Value, CopiesOfAContainerShareItsContent) {
  Arena arena;
  Value parent = Value::Object(arena);
  Value child = Value::Array(arena);
  parent.Set(arena, "list", child);
  for (int i = 0; i < 100; ++i) child.Append(arena, Value::Number("1"));
  EXPECT_EQ(parent.Find("list")->size(), 100u);
}

TEST(Value, ADeepCopyIsIndependent) {
  Arena arena;
  Document document = *Parse(R"({"a":[1,{"b":"c"}],"d":null})");
  Value copy = Copy(arena, document.root());
  EXPECT_TRUE(DeepEqual(copy, document.root()));
  copy.Set(arena, "d", Value::Bool(false));
  EXPECT_FALSE(DeepEqual(copy, document.root()));
  EXPECT_TRUE(document.root().Find("d")->is_null());
}

TEST(Value, ReadingTheWrongKindIsEmptyNotUndefined) {
  const Value number = Value::Number("3");
  EXPECT_EQ(number.Find("a"), nullptr);
  EXPECT_TRUE(number.elements().empty());
  EXPECT_TRUE(Value::Object().members().empty());
  EXPECT_EQ(Value::Array().size(), 0u);
}

TEST(WriteCanonical, SortsNamesAndKeepsNumbers) {
  Document document = *Parse(R"({ "b" : [1.50, {"z":0,"y":1}], "a" : "æ" })");
  EXPECT_EQ(WriteCanonical(document.root()), "{\"a\":\"\xC3\xA6\",\"b\":[1.50,{\"y\":1,\"z\":0}]}");
}

TEST(Write, IndentsWithTwoSpaces) {
  Document document = *Parse(R"({"a":[1],"b":{},"c":[]})");
  EXPECT_EQ(Write(document.root(), Indent::kTwoSpaces), "{\n  \"a\": [\n    1\n  ],\n  \"b\": {},\n  \"c\": []\n}");
}

TEST(Write, EscapesWhatMustBeEscapedWhereverItStands) {
  for (int byte = 0; byte < 0x80; ++byte) {
    const char c = static_cast<char>(byte);
    const bool special = byte < 0x20 || c == '"' || c == '\\';
    for (std::size_t length = 1; length <= 17; ++length) {
      for (std::size_t at = 0; at < length; ++at) {
        std::string text(length, 'a');
        text[at] = c;
        std::string written;
        AppendQuoted(text, written);
        EXPECT_EQ(written.find('\\') != std::string::npos, special) << byte << " at " << at << " of " << length;
        const auto again = Parse(written);
        ASSERT_TRUE(again.ok()) << written;
        EXPECT_EQ(again->root().text(), text);
      }
    }
  }
}

TEST(Arena, ResetReusesItsMemory) {
  Arena arena;
  for (int i = 0; i < 1000; ++i) arena.CopyText("0123456789");
  EXPECT_GE(arena.bytes_used(), 10000u);
  arena.Reset();
  EXPECT_EQ(arena.bytes_used(), 0u);
  EXPECT_EQ(arena.CopyText("after"), "after");
}

}  // namespace
}  // namespace hjerte::json
