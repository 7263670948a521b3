#include <array>
#include <cstdio>
#include <filesystem>

#include "services/portal/portal.h"
#include "services/web/http_server.h"
#include "tests/services/portal/sample_source.h"
#include "tests/shared.h"

namespace hjerte::tests {
namespace {

namespace fs = std::filesystem;

std::string FirstOf(std::initializer_list<const char*> programs) {
  for (const char* program : programs) {
    if (fs::exists(program)) return program;
  }
  return "";
}

std::string OutputOf(const std::string& command) {
  std::string out;
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "cannot run " + command;
  std::array<char, 4096> buffer;
  for (size_t n = fread(buffer.data(), 1, buffer.size(), pipe); n > 0;
       n = fread(buffer.data(), 1, buffer.size(), pipe)) {
    out.append(buffer.data(), n);
  }
  pclose(pipe);
  return out;
}

TEST(PortalInABrowser, ReadsWellOnEveryWidthAndWorksByKeyboard) {
  const std::string chromium = FirstOf({"/usr/bin/chromium"});
  const std::string node = FirstOf({"/usr/bin/node", "/usr/local/bin/node"});
  if (chromium.empty() || node.empty()) GTEST_SKIP() << "needs the packages chromium and nodejs";

  SampleSource source;
  const auto texts = portal::Texts::Shipped();
  ASSERT_TRUE(texts.ok()) << texts.status();
  web::HttpServerOptions options;
  options.plain_http = true;
  const auto server = web::HttpServer::Start(options, portal::MakePortal({&source, &*texts}));
  ASSERT_TRUE(server.ok()) << server.status();

  const fs::path folder = fs::path(HJERTE_BUILD_DIR) / "portal_screenshots";
  fs::create_directories(folder);
  const std::string script = (SourceDir() / "tests/services/portal/browser_check.mjs").string();
  const std::string origin = "http://127.0.0.1:" + std::to_string((*server)->port());
  EXPECT_EQ(OutputOf(node + " '" + script + "' " + chromium + " " + origin + " '" + folder.string() + "' 2>&1"),
            "ok\n");
}

}  // namespace
}  // namespace hjerte::tests
