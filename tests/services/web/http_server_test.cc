#include "services/web/http_server.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

#include "tests/services/web/raw_client.h"

namespace hjerte::tests {
namespace {

using web::HttpRequest;
using web::HttpResponse;
using web::HttpServer;
using web::HttpServerOptions;

HttpServerOptions PlainOptions() {
  HttpServerOptions options;
  options.plain_http = true;
  return options;
}

std::unique_ptr<HttpServer> StartServer(const HttpServerOptions& options, web::HttpHandler handler = {}) {
  if (!handler) {
    handler = [](const HttpRequest& request) {
      HttpResponse response;
      response.body = "page " + request.path;
      return response;
    };
  }
  auto server = HttpServer::Start(options, std::move(handler));
  EXPECT_TRUE(server.ok()) << server.status();
  return server.ok() ? *std::move(server) : nullptr;
}

// Waits until the condition holds; false after 20 seconds.
template <class Condition>
bool Eventually(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(HttpServerTest, AnswersWithEverySecurityHeader) {
  const auto server = StartServer(PlainOptions());
  const std::string answer = Get(server->port(), "/a");
  EXPECT_EQ(StatusOf(answer), 200);
  EXPECT_EQ(BodyOf(answer), "page /a");
  const std::string policy = HeaderOf(answer, "content-security-policy");
  EXPECT_NE(policy.find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_EQ(HeaderOf(answer, "x-content-type-options"), "nosniff");
  EXPECT_EQ(HeaderOf(answer, "x-frame-options"), "DENY");
  EXPECT_EQ(HeaderOf(answer, "referrer-policy"), "no-referrer");
  EXPECT_EQ(HeaderOf(answer, "server"), "");
}

TEST(HttpServerTest, KeepsAConnectionOpenAndAnswersPipelinedRequestsInOrder) {
  const auto server = StartServer(PlainOptions());
  RawClient client(server->port());
  client.Send(
      "GET /1 HTTP/1.1\r\nHost: t\r\n\r\nGET /2 HTTP/1.1\r\nHost: t\r\n\r\nHEAD /3 HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "page /1");
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "page /2");
  client.Send("GET /4 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  const std::string rest = client.ReadToEnd();
  // HEAD has the length of the page and not the page.
  EXPECT_EQ(HeaderOf(rest, "content-length"), "7");
  EXPECT_EQ(rest.find("page /3"), std::string::npos);
  EXPECT_NE(rest.find("page /4"), std::string::npos);
}

TEST(HttpServerTest, ARequestThatDripsInByteByByteIsAnsweredWhileItIsInTime) {
  const auto server = StartServer(PlainOptions());
  RawClient client(server->port());
  for (const char c : std::string("GET /drip HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")) client.Send({&c, 1});
  EXPECT_EQ(BodyOf(client.ReadToEnd()), "page /drip");
}

TEST(HttpServerTest, HangsUpOnWhoNeverFinishesTheHeaders) {
  HttpServerOptions options = PlainOptions();
  options.request_seconds_max = 1;
  const auto server = StartServer(options);
  RawClient slow(server->port());
  slow.Send("GET / HTTP/1.1\r\nHost: t\r\nX-Slow: ");
  RawClient silent(server->port());
  EXPECT_TRUE(slow.IsClosed());
  EXPECT_TRUE(silent.IsClosed());
}

TEST(HttpServerTest, DrippingHeadersDoNotPutTheDeadlineOff) {
  HttpServerOptions options = PlainOptions();
  options.request_seconds_max = 1;
  const auto server = StartServer(options);
  RawClient client(server->port());
  client.Send("GET / HTTP/1.1\r\n");
  // Each drop comes well before the deadline; the deadline ends it all the same, long before the headers are too long.
  int drops = 0;
  while (drops < 500 && !client.IsClosedWithin(std::chrono::milliseconds(20))) {
    client.Send("a: b\r\n");
    ++drops;
  }
  EXPECT_LT(drops, 500);
}

TEST(HttpServerTest, RefusesHeadersThatAreTooLong) {
  const auto server = StartServer(PlainOptions());
  EXPECT_EQ(StatusOf(Get(server->port(), "/", "X-Long: " + std::string(9000, 'a') + "\r\n")), 431);
  EXPECT_EQ(StatusOf(Get(server->port(), "/" + std::string(9000, 'a'))), 431);
  std::string many;
  for (int i = 0; i < 3000; ++i) many += "a:b\r\n";
  EXPECT_EQ(StatusOf(Get(server->port(), "/", many)), 431);
  EXPECT_EQ(server->stats().requests_refused, 3U);
  EXPECT_EQ(StatusOf(Get(server->port(), "/")), 200);
}

TEST(HttpServerTest, RefusesBodies) {
  const auto server = StartServer(PlainOptions());
  EXPECT_EQ(StatusOf(Get(server->port(), "/", "Content-Length: 5000\r\n")), 413);
  EXPECT_EQ(StatusOf(Get(server->port(), "/", "Content-Length: 99999999999999999999\r\n")), 400);
  EXPECT_EQ(StatusOf(Get(server->port(), "/", "Content-Length: 1\r\nContent-Length: 2\r\n")), 400);
  RawClient chunked(server->port());
  chunked.Send("GET / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  EXPECT_EQ(StatusOf(chunked.ReadToEnd()), 400);
}

TEST(HttpServerTest, RefusesOtherMethodsAndVersions) {
  const auto server = StartServer(PlainOptions());
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"}) {
    RawClient client(server->port());
    client.Send(std::string(method) + " / HTTP/1.1\r\nHost: t\r\n\r\n");
    const std::string answer = client.ReadToEnd();
    EXPECT_EQ(StatusOf(answer), 405) << method;
    EXPECT_EQ(HeaderOf(answer, "allow"), "GET, HEAD");
  }
  RawClient unknown(server->port());
  unknown.Send("BREW / HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(StatusOf(unknown.ReadToEnd()), 501);
  RawClient version(server->port());
  version.Send("GET / HTTP/3.7\r\nHost: t\r\n\r\n");
  EXPECT_EQ(StatusOf(version.ReadToEnd()), 505);
}

TEST(HttpServerTest, AnAnswerToHeadHasNoBodyWhateverItsStatus) {
  const auto server = StartServer(PlainOptions());
  for (const char* rest : {" / HTTP/1.1\r\nHost: t\r\n", " /../x HTTP/1.1\r\nHost: t\r\n", " / HTTP/1.1\r\n",
                           " / HTTP/1.1\r\nHost: t\r\nContent-Length: 5000\r\n"}) {
    RawClient client(server->port());
    client.Send("HEAD" + std::string(rest) + "Connection: close\r\n\r\n");
    const std::string answer = client.ReadToEnd();
    EXPECT_GE(StatusOf(answer), 200) << rest;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
  }
}

TEST(HttpServerTest, RefusesWhatIsNotHttp) {
  const auto server = StartServer(PlainOptions());
  for (const std::string& rubbish :
       {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 \r\n\r\n"), std::string("GET\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\nno colon\r\n\r\n"), std::string("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\n\r\n"), std::string("GET /\0 HTTP/1.1\r\nHost: t\r\n\r\n", 28),
        std::string("GET http://other/ HTTP/1.1\r\nHost: t\r\n\r\n"),
        std::string("GET * HTTP/1.1\r\nHost: t\r\n\r\n")}) {
    RawClient client(server->port());
    client.Send(rubbish);
    EXPECT_EQ(StatusOf(client.ReadToEnd()), 400) << rubbish;
  }
}

TEST(HttpServerTest, AHandlerThatFailsIsA500AndTellsNothing) {
  const auto server = StartServer(
      PlainOptions(), [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("the secret reason"); });
  const std::string answer = Get(server->port(), "/");
  EXPECT_EQ(StatusOf(answer), 500);
  EXPECT_EQ(answer.find("secret"), std::string::npos);
  EXPECT_EQ(server->stats().handlers_failed, 1U);
}

TEST(HttpServerTest, AHandlersHeaderCannotBreakOutOfItsLine) {
  const auto server = StartServer(PlainOptions(), [](const HttpRequest&) {
    HttpResponse response;
    response.headers.emplace_back("x-name", "a\r\nset-cookie: b");
    return response;
  });
  EXPECT_EQ(Get(server->port(), "/").find("set-cookie"), std::string::npos);
}

TEST(HttpServerTest, AStormOfIdleConnectionsLeavesItAnsweringOthers) {
  HttpServerOptions options = PlainOptions();
  options.connections_max = 16;
  const auto server = StartServer(options);
  std::vector<std::unique_ptr<RawClient>> storm;
  for (int i = 0; i < 200; ++i) {
    storm.push_back(std::make_unique<RawClient>(server->port()));
    storm.back()->Send("GET / HTTP/1.1\r\n");
  }
  for (int i = 0; i < 5; ++i) EXPECT_EQ(StatusOf(Get(server->port(), "/")), 200);
  EXPECT_TRUE(Eventually([&] { return server->stats().connections_open <= 17; }));
  EXPECT_GE(server->stats().connections_evicted, 180U);
  // The quietest went first: the newest of the storm is still there.
  EXPECT_TRUE(storm.front()->IsClosed());
  EXPECT_TRUE(storm.back()->IsQuiet());
}

// Also one who comes from afar and takes longer to ask than the storm to fill every place.
TEST(HttpServerTest, AStormFromOneAddressTurnsNobodyElseOut) {
  HttpServerOptions options = PlainOptions();
  options.connections_max = 16;
  const auto server = StartServer(options);
  RawClient other(server->port(), "127.0.0.2");
  std::vector<std::unique_ptr<RawClient>> storm;
  for (int i = 0; i < 200; ++i) storm.push_back(std::make_unique<RawClient>(server->port()));
  EXPECT_TRUE(Eventually([&] { return server->stats().connections_evicted >= 185; }));
  other.Send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(StatusOf(other.ReadAnswer()), 200);
}

TEST(HttpServerTest, WhoeverAsksWithoutEndOnManyConnectionsDoesNotHoldOthersUp) {
  constexpr size_t kStorm = 100;
  std::promise<void> all_have_asked;
  std::vector<std::string> answered;
  const auto server = StartServer(PlainOptions(), [&](const HttpRequest& request) {
    if (answered.empty()) all_have_asked.get_future().wait();
    answered.push_back(request.path);
    return HttpResponse();
  });
  std::vector<std::unique_ptr<RawClient>> storm;
  for (size_t i = 0; i < kStorm; ++i) storm.push_back(std::make_unique<RawClient>(server->port()));
  RawClient other(server->port(), "127.0.0.2");
  ASSERT_TRUE(Eventually([&] { return server->stats().connections_open == kStorm + 1; }));
  for (const auto& client : storm) {
    for (int i = 0; i < 10; ++i) client->Send("GET /storm HTTP/1.1\r\nHost: t\r\n\r\n");
  }
  other.Send("GET /other HTTP/1.1\r\nHost: t\r\n\r\n");
  all_have_asked.set_value();
  EXPECT_EQ(StatusOf(other.ReadAnswer()), 200);
  server->Stop();
  const auto turn = std::find(answered.begin(), answered.end(), "/other") - answered.begin();
  EXPECT_LT(turn, 10);
}

TEST(HttpServerTest, ARequestLimitEndsAConnection) {
  HttpServerOptions options = PlainOptions();
  options.requests_per_connection_max = 2;
  const auto server = StartServer(options);
  RawClient client(server->port());
  for (int i = 0; i < 3; ++i) client.Send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(HeaderOf(client.ReadAnswer(), "connection"), "keep-alive");
  EXPECT_EQ(HeaderOf(client.ReadAnswer(), "connection"), "close");
  EXPECT_EQ(client.ReadAnswer(), "");
}

TEST(HttpServerTest, StopClosesWhoWaitsAndFinishesWhoIsBeingAnswered) {
  std::atomic<bool> in_handler{false};
  std::atomic<bool> go_on{false};
  const auto server = StartServer(PlainOptions(), [&](const HttpRequest&) {
    in_handler = true;
    EXPECT_TRUE(Eventually([&] { return go_on.load(); }));
    HttpResponse response;
    response.body = "whole";
    return response;
  });
  RawClient waiting(server->port());
  RawClient answered(server->port());
  answered.Send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
  ASSERT_TRUE(Eventually([&] { return in_handler.load(); }));
  std::thread stopper([&] { server->Stop(); });
  go_on = true;
  EXPECT_EQ(BodyOf(answered.ReadAnswer()), "whole");
  EXPECT_TRUE(waiting.IsClosed());
  stopper.join();
  server->Stop();
  RawClient late(server->port());
  EXPECT_TRUE(late.IsClosed());
}

TEST(HttpServerTest, PlainHttpIsForLoopbackOnly) {
  HttpServerOptions options = PlainOptions();
  options.address = "0.0.0.0";
  const auto server = HttpServer::Start(options, [](const HttpRequest&) { return HttpResponse(); });
  ASSERT_FALSE(server.ok());
  EXPECT_NE(std::string(server.status().message()).find("loopback"), std::string::npos);
}

TEST(HttpServerTest, SaysWhichFileOrAddressIsWrong) {
  HttpServerOptions options;
  options.certificate_file = "/nowhere/server.pem";
  const auto no_file = HttpServer::Start(options, [](const HttpRequest&) { return HttpResponse(); });
  ASSERT_FALSE(no_file.ok());
  EXPECT_NE(std::string(no_file.status().message()).find("/nowhere/server.pem"), std::string::npos);
  const auto first = StartServer(PlainOptions());
  HttpServerOptions taken = PlainOptions();
  taken.port = first->port();
  const auto second = HttpServer::Start(taken, [](const HttpRequest&) { return HttpResponse(); });
  ASSERT_FALSE(second.ok());
  EXPECT_NE(std::string(second.status().message()).find(std::to_string(first->port())), std::string::npos);
}

}  // namespace
}  // namespace hjerte::tests
