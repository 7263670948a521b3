#include "services/tool/export_file.h"

#include <fstream>

#include "tests/temporary_folder.h"

namespace hjerte::tool {
namespace {

ExportLine Line(const std::string& cursor) { return {cursor, "record", "0751", "751-1", R"({"age":60})"}; }

TEST(ExportFile, ResumesAfterItsLastLine) {
  tests::TemporaryFolder folder;
  {
    auto file = ExportFile::Open(folder / "out");
    ASSERT_TRUE(file.ok());
    EXPECT_EQ(file->cursor(), "");
    file->Append(Line("c1"));
    file->Append({"c2", "retraction", "0751", "751-\"2", ""});
    ASSERT_TRUE(file->Flush().ok());
  }
  const auto file = ExportFile::Open(folder / "out");
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->cursor(), "c2");
  EXPECT_EQ(tests::ReadFile(folder / "out"),
            "{\"cursor\":\"c1\",\"kind\":\"record\",\"authority\":\"0751\",\"course_key\":\"751-1\",\"record\":{"
            "\"age\":60}}\n"
            "{\"cursor\":\"c2\",\"kind\":\"retraction\",\"authority\":\"0751\",\"course_key\":\"751-\\\"2\"}\n");
}

TEST(ExportFile, ALineThatWasNotWrittenToItsEndIsAskedForAgain) {
  tests::TemporaryFolder folder;
  {
    auto file = ExportFile::Open(folder / "out");
    ASSERT_TRUE(file.ok());
    file->Append(Line("c1"));
    ASSERT_TRUE(file->Flush().ok());
  }
  const std::string whole = tests::ReadFile(folder / "out");
  std::ofstream(folder / "out", std::ios::app) << R"({"cursor":"c2","kind":"rec)";
  auto file = ExportFile::Open(folder / "out");
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->cursor(), "c1");
  file->Append(Line("c2"));
  ASSERT_TRUE(file->Flush().ok());
  EXPECT_EQ(tests::ReadFile(folder / "out").substr(0, whole.size()), whole);
  EXPECT_EQ(tests::ReadFile(folder / "out").size(), 2 * whole.size());
}

TEST(ExportFile, AnotherKindOfFileIsNotWrittenInto) {
  tests::TemporaryFolder folder;
  folder.Write("out", "name;age\n");
  EXPECT_EQ(ExportFile::Open(folder / "out").status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace hjerte::tool
