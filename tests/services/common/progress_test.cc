#include "services/common/progress.h"

#include <sstream>

namespace hjerte::common {
namespace {

TEST(Progress, ShowsHowFarTheWorkHasComeOnATerminal) {
  std::ostringstream out;
  {
    Progress progress("Simulating", 200, out, true);
    progress.Update(100);
    EXPECT_THAT(out.str(), testing::HasSubstr("Simulating [###############...............] 50 % (100 of 200)"));
  }
  EXPECT_THAT(out.str(), testing::EndsWith("\r\x1b[K")) << "the line is erased at the end";
}

TEST(Progress, IsSilentElsewhere) {
  std::ostringstream out;
  {
    Progress progress("Simulating", 200, out, false);
    progress.Update(100);
  }
  EXPECT_EQ(out.str(), "");
}

TEST(Progress, RedrawsOnlyWhenThereIsSomethingNew) {
  std::ostringstream out;
  Progress progress("Rows", 1'000'000, out, true);
  for (int done = 0; done <= 9'999; ++done) progress.Update(done);
  EXPECT_LT(out.str().size(), 2000u);
}

}  // namespace
}  // namespace hjerte::common
