#include "mapping/registry/content.h"

#include "tests/shared.h"

namespace hjerte::registry {
namespace {

std::filesystem::path DhrdDir() { return tests::SourceDir() / "mapping" / "dhrd"; }

TEST(Content, TheShippedContentLoads) {
  const auto content = LoadContent(DhrdDir());
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ((*content)->indicator_sets().size(), 1u);
  EXPECT_EQ((*content)->sha256().size(), 64u);
  EXPECT_TRUE((*content)->draft());
}

}  // namespace
}  // namespace hjerte::registry
