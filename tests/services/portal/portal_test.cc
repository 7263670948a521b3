#include "services/portal/portal.h"

#include <map>

#include "services/portal/assets.h"
#include "services/portal/operations.h"
#include "services/portal/router.h"
#include "tests/services/portal/raw_client.h"
#include "tests/services/portal/sample_source.h"

namespace hjerte::tests {
namespace {

using portal::HttpRequest;
using portal::HttpResponse;
using portal::Role;
using ::testing::HasSubstr;
using ::testing::Not;

class PortalTest : public ::testing::Test {
 protected:
  PortalTest() : texts_(*portal::Texts::Shipped()), router_(portal::MakePortal({&source_, &texts_})) {}

  HttpResponse Ask(const std::string& path, std::vector<portal::NameValue> query = {}, Role role = Role::kPublic) {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.query = std::move(query);
    request.role = role;
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
  portal::Router router_;
};

// One address for each route. A new route must be added here with who may use it, or the test below fails.
struct Use {
  const char* path;
  Role role;
};
const std::map<std::string, Use>& UseOfEachRoute() {
  static const std::map<std::string, Use> uses = {
      {"/", {"/", Role::kPublic}},
      {"/municipality/{code}", {"/municipality/0751", Role::kPublic}},
      {"/municipality/{code}.csv", {"/municipality/0751.csv", Role::kPublic}},
      {"/municipality/{code}.json", {"/municipality/0751.json", Role::kPublic}},
      {"/assets/{name}", {"/assets/portal.css", Role::kPublic}},
      {"/healthz", {"/healthz", Role::kPublic}},
  };
  return uses;
}

// Asks a router as each role and expects 403 below the route's role. Every route must have its line in `uses`.
void ExpectRolesKept(const portal::Router& router, const std::map<std::string, Use>& uses) {
  EXPECT_EQ(router.routes().size(), uses.size());
  for (const portal::Route& route : router.routes()) {
    const auto use = uses.find(route.pattern);
    ASSERT_NE(use, uses.end()) << route.pattern << " has no test of who may use it";
    for (const Role role : {Role::kPublic, Role::kOperator}) {
      HttpRequest request;
      request.path = use->second.path;
      request.role = role;
      EXPECT_EQ(router(request).status, role < use->second.role ? 403 : 200) << route.pattern;
    }
  }
}

TEST_F(PortalTest, EachRouteIsOpenToItsRoleAndToNoLowerOne) { ExpectRolesKept(router_, UseOfEachRoute()); }

TEST(OperationsTest, NothingOfItIsPublic) {
  ExpectRolesKept(portal::MakeOperations([] { return std::string("hjerte_up 1\n"); }),
                  {{"/metrics", {"/metrics", Role::kOperator}}, {"/healthz", {"/healthz", Role::kOperator}}});
}

TEST(OperationsTest, ServesMetricsOnALoopbackAddressOnly) {
  const auto server = portal::StartOperations("127.0.0.1:0", [] { return std::string("hjerte_up 1\n"); });
  ASSERT_TRUE(server.ok()) << server.status();
  const std::string answer = Get((*server)->port(), "/metrics");
  EXPECT_EQ(StatusOf(answer), 200);
  EXPECT_EQ(BodyOf(answer), "hjerte_up 1\n");
  EXPECT_FALSE(portal::StartOperations("0.0.0.0:0", [] { return std::string(); }).ok());
  for (const char* wrong : {"", "localhost:1", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "::1:80"}) {
    EXPECT_FALSE(portal::StartOperations(wrong, [] { return std::string(); }).ok()) << wrong;
  }
}

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
