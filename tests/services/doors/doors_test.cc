#include <algorithm>
#include <set>
#include <sstream>

#include "services/portal/portal.h"
#include "services/web/operations.h"
#include "tests/services/doors/doors_fixture.h"

namespace hjerte::tests {
namespace {

using doors::Action;
using doors::Listener;
using doors::Role;
using Roles = std::set<Role>;
using Door = std::pair<Listener, std::string>;

const Roles kEveryCaller = {Role::kAdapter,  Role::kReader,   Role::kMunicipality,
                            Role::kRegistry, Role::kExporter, Role::kAdmin};
const Roles kEverybody = {Role::kAnyone, Role::kOperator};

// Who may, as the people who run the gateway agreed, apart from the table: a role that slips into it is found here.
const std::map<Action, Roles> kAgreed = {
    {Action::kDeliver, {Role::kAdapter}},
    {Action::kValidate, {Role::kAdapter, Role::kMunicipality}},
    {Action::kListVariables, kEveryCaller},
    {Action::kReadPublished, kEveryCaller},
    {Action::kReadLiveOwn, {Role::kMunicipality, Role::kRegistry}},
    {Action::kReadLiveAll, {Role::kRegistry}},
    {Action::kExplainOwn, {Role::kMunicipality, Role::kRegistry}},
    {Action::kExplainAll, {Role::kRegistry}},
    {Action::kExport, {Role::kRegistry, Role::kExporter}},
    {Action::kExportCpr, {Role::kExporter}},
    {Action::kListResources, {Role::kRegistry}},
    {Action::kPublish, {Role::kRegistry, Role::kAdmin}},
    {Action::kAdminister, {Role::kAdmin}},
    {Action::kAskHealth, kEveryCaller},
    {Action::kReadContracts, kEveryCaller},
    {Action::kSeePages, kEverybody},
    {Action::kWatchOver, {Role::kOperator}},
};

std::string TextOf(const Wanted& wanted) {
  std::ostringstream text;
  text << "listener " << static_cast<int>(std::get<0>(wanted)) << " " << std::get<1>(wanted) << " to "
       << doors::ActionName(std::get<2>(wanted));
  return text.str();
}

// Everything that both programs serve.
class Doors : public CallsTest {
 protected:
  // One address for each route.
  std::map<Wanted, Try> Tries() {
    std::map<Wanted, Try> tries = TriesOfCalls();
    for (const auto& [pattern, path] :
         std::map<std::string, std::string>{{"/", "/"},
                                            {"/municipality/{code}", "/municipality/0751"},
                                            {"/municipality/{code}.csv", "/municipality/0751.csv"},
                                            {"/municipality/{code}.json", "/municipality/0751.json"},
                                            {"/assets/{name}", "/assets/portal.css"},
                                            {"/healthz", "/healthz"}}) {
      tries[{Listener::kPages, pattern, Action::kSeePages}] = TryPath(pages_, path);
    }
    for (const web::Router* router : {&central_operations_, &adapter_operations_}) {
      for (const char* path : {"/metrics", "/healthz"}) {
        tries[{router->listener(), path, Action::kWatchOver}] = TryPath(*router, path);
      }
    }
    return tries;
  }

  std::set<Door> Served() {
    std::set<Door> served;
    for (const std::string& name : ServedServices()) {
      const google::protobuf::ServiceDescriptor* service =
          google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
      // gRPC's own, of which the program holds no contract.
      if (name == "grpc.health.v1.Health") {
        for (const char* method : {"Check", "Watch"}) served.insert({Listener::kCalls, "/" + name + "/" + method});
        continue;
      }
      if (service == nullptr) {
        ADD_FAILURE() << name << " is served, and what it holds is not known here";
        continue;
      }
      for (int i = 0; i < service->method_count(); ++i) {
        served.insert({Listener::kCalls, "/" + name + "/" + service->method(i)->name()});
      }
    }
    for (const web::Router* router : {&pages_, &central_operations_, &adapter_operations_}) {
      for (const web::Route& route : router->routes()) served.insert({router->listener(), route.pattern});
    }
    return served;
  }

  SampleSource source_;
  portal::Texts texts_ = *portal::Texts::Shipped();
  web::Router pages_ = portal::MakePortal({&source_, &texts_});
  web::Router central_operations_ =
      web::MakeOperations(Listener::kCentralOperations, [] { return std::string("hjerte_up 1\n"); });
  web::Router adapter_operations_ =
      web::MakeOperations(Listener::kAdapterOperations, [] { return std::string("hjerte_up 1\n"); });
};

TEST_F(Doors, WhatIsServedHasItsRowAndEveryRowIsServed) {
  StartService();
  std::set<Door> rows;
  for (const doors::Row& row : doors::Table()) rows.insert({row.listener, std::string(row.route)});
  EXPECT_THAT(Served(), testing::ContainerEq(rows));
}

TEST_F(Doors, EachRowHasItsTestAndNoTestIsOfARowThatIsGone) {
  std::set<std::string> rows;
  for (const doors::Row& row : doors::Table()) {
    rows.insert(TextOf({row.listener, std::string(row.route), row.action}));
  }
  std::set<std::string> tried;
  for (const auto& [wanted, attempt] : Tries()) tried.insert(TextOf(wanted));
  EXPECT_THAT(tried, testing::ContainerEq(rows));
}

TEST_F(Doors, EachOpensToTheRolesOfItsRowAndToNobodyElse) {
  StartService();
  DeliverCourses({indicator::testing::CourseReport{}});
  for (const auto& [wanted, attempt] : Tries()) {
    const Roles& agreed = kAgreed.at(std::get<2>(wanted));
    for (int role = 0; role < static_cast<int>(Role::kCount); ++role) {
      EXPECT_EQ(attempt(static_cast<Role>(role)), agreed.contains(static_cast<Role>(role)))
          << TextOf(wanted) << ", as " << doors::RoleName(static_cast<Role>(role));
    }
  }
}

TEST_F(Doors, WhoTheConfigurationDoesNotKnowOpensNone) {
  StartService();
  for (const doors::Row& row : doors::Table()) {
    if (row.listener != Listener::kCalls) continue;
    EXPECT_EQ(Call(ChannelOf("adapter-0999"), std::string(row.route), "").status.error_code(),
              grpc::StatusCode::PERMISSION_DENIED)
        << row.route;
  }
}

TEST_F(Doors, WhatTheTableDoesNotNameOpensToNobody) {
  StartService();
  for (const char* route : {"/hjertegateway.v1.AdminService/Shutdown", "/grpc.channelz.v1.Channelz/GetServers", "/x",
                            "//hjertegateway.v1.AdminService/Backup", "/hjertegateway.v1.AdminService/Backup/",
                            "/hjertegateway.v1.adminservice/backup", "/hjertegateway.v1.AdminService/%42ackup",
                            "/hjertegateway.v1.AdminService/Backup?x=y"}) {
    EXPECT_EQ(Call(ChannelOf("admin-ops"), route, "").status.error_code(), grpc::StatusCode::PERMISSION_DENIED)
        << route;
  }
  const web::Router router(
      Listener::kPages, {{"/new", [](const web::HttpRequest&, const web::PathValues&) { return web::HttpResponse(); }}},
      [](const web::HttpRequest&, int status) {
        web::HttpResponse response;
        response.status = status;
        return response;
      });
  for (int role = 0; role < static_cast<int>(Role::kCount); ++role) {
    EXPECT_FALSE(TryPath(router, "/new")(static_cast<Role>(role)));
  }
}

// Whoever tries every door is seen: who it was and what was wanted, and nothing of what the call held.
TEST_F(Doors, ARefusedCallIsALineOfTheLogThatSaysWhoWantedWhat) {
  StartService();
  const std::map<Wanted, Try> tries = Tries();
  const auto refused = [&](const std::string& route, Action action, Role role) {
    EXPECT_FALSE(tries.at({Listener::kCalls, "/hjertegateway.v1." + route, action})(role));
  };
  const auto lines = [this](const std::string& who, const std::string& wanted) {
    const std::vector<std::string> all = log_->Lines();
    return std::count_if(all.begin(), all.end(), [&](const std::string& line) {
      return line.find("event=call-refused who=urn:hjertegateway:" + who) != std::string::npos &&
             line.find("wanted=" + wanted) != std::string::npos;
    });
  };
  refused("ExportService/Subscribe", Action::kExport, Role::kReader);
  EXPECT_EQ(lines("reader:public role=reader", "\"export course records\""), 1);
  refused("IndicatorService/GetResults", Action::kReadLiveAll, Role::kReader);
  EXPECT_EQ(lines("reader:public", "\"read live figures\""), 1);
  refused("IndicatorService/ExplainCourse", Action::kExplainAll, Role::kMunicipality);
  EXPECT_EQ(lines("municipality:0751", "\"look at a course of another authority\""), 1);
  refused("AdminService/Backup", Action::kAdminister, Role::kRegistry);
  EXPECT_EQ(lines("registry:dhrd", "administer"), 1);
  Call(ChannelOf("adapter-0999"), "/hjertegateway.v1.DeliveryService/ListVariables", "");
  EXPECT_EQ(lines("adapter:0999", "\"any call\" certificate=\"CN="), 1);
  Call(ChannelOf("adapter-0751"), "/hjertegateway.v1.AdminService/Shutdown", "");
  EXPECT_EQ(lines("adapter:0751", "\"a call that nobody serves\""), 1);
  const std::string cpr = indicator::testing::SyntheticCpr(3);
  Deliver({Request(indicator::testing::CourseReport{.cpr = cpr}.Bundle(), cpr)});
  EXPECT_EQ(lines("adapter:0751", "\"deliver for another authority\""), 1);
  for (const std::string& line : log_->Lines()) EXPECT_EQ(line.find(cpr), std::string::npos);
}

}  // namespace
}  // namespace hjerte::tests
