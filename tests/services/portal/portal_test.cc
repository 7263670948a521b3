#include "services/portal/portal.h"

#include "services/portal/assets.h"
#include "services/web/router.h"
#include "tests/services/portal/sample_source.h"

namespace hjerte::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using web::HttpRequest;
using web::HttpResponse;

class PortalTest : public ::testing::Test {
 protected:
  PortalTest() : texts_(*portal::Texts::Shipped()), router_(portal::MakePortal({&source_, &texts_})) {}

  HttpResponse Ask(const std::string& path, std::vector<web::NameValue> query = {}) {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.query = std::move(query);
    return router_(request);
  }
  static std::string HeaderOf(const HttpResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return "";
  }

  SampleSource source_;
  portal::Texts texts_;
  web::Router router_;
};

TEST_F(PortalTest, ACprInAnAddressIsRefusedAndNotRepeated) {
  // A made-up number that fails modulus 11.
  for (const auto& [path, value] :
       {std::pair("/", "2512489999"), std::pair("/", "251248-9999"), std::pair("/municipality/2512489999", "")}) {
    const HttpResponse response = Ask(path, {{"q", value}});
    EXPECT_EQ(response.status, 400);
    EXPECT_THAT(response.body, Not(HasSubstr("2512489999")));
    EXPECT_THAT(response.body, Not(HasSubstr("251248-9999")));
    EXPECT_THAT(response.body, HasSubstr("CPR"));
  }
}

TEST_F(PortalTest, AnswersInTheLanguageAskedFor) {
  EXPECT_THAT(Ask("/").body, HasSubstr("<html lang=\"da\">"));
  EXPECT_THAT(Ask("/", {{"lang", "en"}}).body, HasSubstr("<html lang=\"en\">"));
  EXPECT_THAT(Ask("/", {{"lang", "\"><script>"}}).body, HasSubstr("<html lang=\"da\">"));
  EXPECT_THAT(Ask("/nowhere", {{"lang", "en"}}).body, HasSubstr("There is no such page"));
}

TEST_F(PortalTest, UnknownUnitsAndPeriodsAreNotFound) {
  EXPECT_EQ(Ask("/municipality/9999").status, 404);
  EXPECT_EQ(Ask("/municipality/9999.csv").status, 404);
  EXPECT_EQ(Ask("/municipality/0751", {{"period", "2025-07"}}).status, 404);
  EXPECT_EQ(Ask("/municipality/").status, 404);
  EXPECT_EQ(Ask("/municipality/0751/x").status, 404);
  EXPECT_EQ(Ask("/assets/da.yaml").status, 404);
  EXPECT_EQ(Ask("/assets/").status, 404);
}

TEST_F(PortalTest, BeforeTheFirstSnapshotItSaysSo) {
  source_.nothing_published = true;
  const HttpResponse response = Ask("/");
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, HasSubstr("ingen offentliggjorte tal endnu"));
  EXPECT_EQ(Ask("/municipality/0751.json").status, 503);
  EXPECT_EQ(Ask("/healthz").status, 200);
}

TEST_F(PortalTest, ABrowserThatHoldsThePageIsNotSentItAgainUntilItChanges) {
  const std::string etag = HeaderOf(Ask("/municipality/0751"), "etag");
  HttpRequest again;
  again.path = "/municipality/0751";
  again.headers = {{"if-none-match", etag}};
  EXPECT_EQ(router_(again).status, 304);
  EXPECT_EQ(router_(again).body, "");
  again.headers = {{"if-none-match", "\"another\", W/" + etag}};
  EXPECT_EQ(router_(again).status, 304) << "a proxy that packs pages weakens their marks";
  source_.version = "2";
  EXPECT_EQ(router_(again).status, 200);
}

TEST_F(PortalTest, AssetsMayBeKeptForEverUnderTheAddressThatNamesTheirContent) {
  for (const char* name : {"portal.css", "portal.js", "icon.svg"}) {
    EXPECT_THAT(HeaderOf(Ask(std::string("/assets/") + name, {{"v", portal::AssetMark(name)}}), "cache-control"),
                HasSubstr("immutable"));
    EXPECT_EQ(HeaderOf(Ask(std::string("/assets/") + name), "cache-control"), "no-cache");
  }
}

TEST_F(PortalTest, DownloadsAreFilesWithTheirOwnType) {
  const HttpResponse csv = Ask("/municipality/0751.csv");
  EXPECT_EQ(csv.content_type, "text/csv; charset=utf-8");
  EXPECT_EQ(HeaderOf(csv, "content-disposition"), "attachment; filename=\"indicators-0751.csv\"");
  EXPECT_EQ(Ask("/municipality/0751.json").content_type, "application/json");
}

}  // namespace
}  // namespace hjerte::tests
