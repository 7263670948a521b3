#include "services/web/request_target.h"

namespace hjerte::tests {
namespace {

using web::ParseRequestTarget;

TEST(RequestTargetTest, SplitsAndDecodes) {
  const auto target = ParseRequestTarget("/municipality/0751?lang=da&q=S%C3%B8nder+borg&x&=y");
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(target->path, "/municipality/0751");
  const std::vector<web::NameValue> expected = {{"lang", "da"}, {"q", "Sønder borg"}, {"x", ""}, {"", "y"}};
  EXPECT_EQ(target->query, expected);
}

TEST(RequestTargetTest, RefusesEveryWayOutOfTheTree) {
  for (const char* target : {"/../etc/passwd", "/a/../../b", "/%2e%2e/etc", "/a/%2E%2e/b", "/..", "/.", "/a/./b",
                             "/a%2Fb", "/a%5cb", "/a\\b", "", "a", "//..", "http://other/", "*"}) {
    EXPECT_FALSE(ParseRequestTarget(target).ok()) << target;
  }
}

TEST(RequestTargetTest, RefusesBadEncoding) {
  for (const char* target : {"/%", "/%4", "/%zz", "/%00", "/%0a", "/%7f", "/%c3", "/%c0%af", "/%ed%a0%80",
                             "/%f5%80%80%80", "/?q=%", "/?q=%ff", "/?%0d%0a=1", "/?q=%e2%28%a1"}) {
    EXPECT_FALSE(ParseRequestTarget(target).ok()) << target;
  }
}

TEST(RequestTargetTest, RefusesMoreParametersThanAnyPageHas) {
  std::string target = "/?";
  for (int i = 0; i < 16; ++i) target += "a=1&";
  EXPECT_TRUE(ParseRequestTarget(target).ok());
  EXPECT_FALSE(ParseRequestTarget(target + "a=1").ok());
}

TEST(RequestTargetTest, WhatIsEncodedDecodesToItself) {
  const std::string text = "Ærø & \"Læsø\" 100 % + / ?";
  const auto target = ParseRequestTarget("/?q=" + web::PercentEncode(text));
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(target->query.at(0).second, text);
}

}  // namespace
}  // namespace hjerte::tests
