// Texts that are no JSON, one for each way a text goes wrong, and texts at the edge that are.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "mapping/json/document.h"

namespace hjerte::json {
namespace {

struct Sample {
  std::string_view why;
  std::string_view text;
};

TEST(Rejects, EveryTextThatIsNoJson) {
  const std::vector<Sample> samples = {
      {"nothing", ""},
      {"only blanks", " \n\t"},
      {"only a mark", "\xEF\xBB\xBF"},
      {"a second mark", "\xEF\xBB\xBF\xEF\xBB\xBF{}"},
      {"UTF-16", std::string_view("\xFF\xFE{\0}\0", 6)},
      {"an open array", "[1"},
      {"an open object", "{\"a\":1"},
      {"a lone bracket", "]"},
      {"crossed brackets", "[{]}"},
      {"a comma at the end of an array", "[1,]"},
      {"a comma at the end of an object", "{\"a\":1,}"},
      {"a comma at the start", "[,1]"},
      {"two commas", "[1,,2]"},
      {"no comma", "[1 2]"},
      {"no colon", "{\"a\" 1}"},
      {"two colons", "{\"a\"::1}"},
      {"no value", "{\"a\":}"},
      {"a name without quotes", "{a:1}"},
      {"a name in single quotes", "{'a':1}"},
      {"a number for a name", "{1:1}"},
      {"two values", "1 2"},
      {"something behind the value", "{}#"},
      {"a comment", "[1/*a*/]"},
      {"a line comment", "[1]//a"},
      {"a capital literal", "[True]"},
      {"half a literal", "[nul]"},
      {"NaN", "[NaN]"},
      {"Infinity", "[-Infinity]"},
      {"a plus sign", "[+1]"},
      {"a leading zero", "[012]"},
      {"a negative leading zero", "[-012]"},
      {"a minus alone", "[-]"},
      {"a point at the end", "[1.]"},
      {"a point at the start", "[.5]"},
      {"an exponent without digits", "[1e]"},
      {"a signed exponent without digits", "[1e+]"},
      {"a fraction before an exponent without digits", "[1.e1]"},
      {"a hexadecimal number", "[0x1]"},
      {"a number with a letter", "[1a]"},
      {"two minus signs", "[--1]"},
      {"an Arabic digit", "[\xD9\xA1]"},
      {"an open string", "[\"a"},
      {"a single quote", "['a']"},
      {"a line break in a string", "[\"a\nb\"]"},
      {"a tab in a string", "[\"a\tb\"]"},
      {"a NUL in a string", std::string_view("[\"a\0b\"]", 7)},
      {"an unknown escape", "[\"\\a\"]"},
      {"an escape of a byte", "[\"\\x41\"]"},
      {"an escape without its end", "[\"\\\"]"},
      {"an escape of three digits", "[\"\\u00e\"]"},
      {"an escape of no digits", "[\"\\u00zz\"]"},
      {"a high surrogate alone", "[\"\\uD800\"]"},
      {"a low surrogate alone", "[\"\\uDC00\"]"},
      {"surrogates the wrong way round", "[\"\\uDC00\\uD800\"]"},
      {"two high surrogates", "[\"\\uD800\\uD800\"]"},
      {"a surrogate as UTF-8", "[\"\xED\xA0\x80\"]"},
      {"a byte that begins nothing", "[\"\x80\"]"},
      {"a character cut short", "[\"\xC3\"]"},
      {"a character written too long", "[\"\xE0\x80\xAF\"]"},
      {"a character beyond Unicode", "[\"\xF4\x90\x80\x80\"]"},
      {"invalid UTF-8 between values", "[1,\xE5]"},
      {"a form feed between values", "[1,\f2]"},
      {"a no-break space between values",
       "[1,\xC2\xA0"
       "2]"},
      {"a number beyond any double", "[1e400]"},  // JSON, but nothing measured is that large.
      {"a name twice", R"({"a":1,"b":2,"a":3})"},
      {"a name twice by an escape", R"({"a":1,"\u0061":2})"},
      {"a name twice further in", R"([{"x":{"a":1,"a":1}}])"},
  };
  for (const Sample& sample : samples) EXPECT_FALSE(Parse(sample.text).ok()) << sample.why;
}

TEST(Accepts, WhatIsAtTheEdge) {
  const std::vector<Sample> samples = {
      {"a value alone", "1"},
      {"a string alone", "\"\""},
      {"an empty name", R"({"":1})"},
      {"a NUL by an escape", R"(["\u0000"])"},
      {"a noncharacter", "[\"\xEF\xBF\xBF\"]"},
      {"a delete character", "[\"\x7F\"]"},
      {"minus zero", "[-0, -0.0]"},
      {"an exponent below any double", "[1E-400]"},
      {"a number of many digits", "[123456789012345678901234567890.123456789]"},
      {"blanks everywhere", " { \"a\" : [ 1 , 2 ] } \n"},
      {"the same name in two objects", R"([{"a":1},{"a":2}])"},
      {"names that differ by case", R"({"a":1,"A":2})"},
  };
  for (const Sample& sample : samples) EXPECT_TRUE(Parse(sample.text).ok()) << sample.why;
}

TEST(Accepts, DepthToTheLimitAndNotBeyond) {
  const std::string open(64, '[');
  const std::string close(64, ']');
  EXPECT_TRUE(Parse(open + close).ok());
  EXPECT_FALSE(Parse("[" + open + close + "]").ok());
}

}  // namespace
}  // namespace hjerte::json
