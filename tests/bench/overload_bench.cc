#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <fstream>
#include <iostream>
#include <thread>

#include "mapping/registry/content/content.h"
#include "services/common/file_descriptor.h"
#include "services/common/tls.h"
#include "tests/e2e/program.h"
#include "tests/services/indicator/central_fixture.h"
#include "tests/shared.h"
#include "tests/temporary_folder.h"

namespace hjerte::indicator::testing {
namespace {

namespace v1 = hjertegateway::v1;
using Clock = std::chrono::steady_clock;

struct Load {
  int authorities = 98;
  int reports = 200;  // of each authority
  int sessions = 20;
  int connections = 900;
};

double Ms(Clock::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

// "p50 …, p99 …, longest … ms".
std::string Percentiles(std::vector<double> times) {
  if (times.empty()) return "none";
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    return std::to_string(times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))]);
  };
  return "p50 " + at(0.5) + ", p99 " + at(0.99) + ", longest " + at(1) + " ms";
}

// The real program under more than it can take at once, and clients of every kind.
class Bench : public CentralTest {
 public:
  Bench(const Load& load, std::vector<std::string> authorities) : load_(load), authorities_(std::move(authorities)) {
    std::ofstream out(folder_ / "indicator.yaml");
    out << "content: " << (tests::SourceDir() / "mapping" / "dhrd").string() << "\n"
        << "store: {file: program.db}\nkeys: {vault: vault.key, pseudonym: pseudonym.key}\n"
        << "listen: {address: \"127.0.0.1:0\"}\n"
        << "tls: {authority: ca.pem, certificate: service-central.pem, key: service-central.key}\n"
        << "identities:\n  - {uri: \"urn:hjertegateway:registry:dhrd\", role: registry}\n";
    for (int i = 0; i < load.authorities; ++i) {
      out << "  - {uri: \"urn:hjertegateway:adapter:" << Authority(i) << "\", role: adapter, authority: \""
          << Authority(i) << "\"}\n";
    }
    out.close();
    program_ = std::make_unique<tests::Program>(
        std::vector<std::string>{"hjerte-indicator", "--config", (folder_ / "indicator.yaml").string()},
        folder_ / "program.log");
    serving_ = tests::WaitUntil(
        [this] {
          const std::string log = tests::ReadFile(folder_ / "program.log");
          const std::size_t at = log.find("event=serving port=");
          if (at == std::string::npos || log.find('\n', at) == std::string::npos) return false;
          port_ = std::stoi(log.substr(at + 19));
          return true;
        },
        std::chrono::seconds(60));
  }
  void TestBody() override {}
  bool serving() const { return serving_; }

  void MeasureBacklog();
  void MeasureStorm();
  void MeasureRapidResets();
  void MeasureHeaderFlood();

 private:
  const std::string& Authority(int i) const { return authorities_[static_cast<std::size_t>(i)]; }

  std::shared_ptr<grpc::Channel> Connect(const std::string& who) {
    if (!std::filesystem::exists(folder_ / (who + ".pem"))) {
      WriteCertificate(who.substr(0, who.find('-')), who.substr(who.find('-') + 1));
    }
    const auto credentials = common::TlsChannelCredentials({.authority = folder_ / "ca.pem",
                                                            .certificate = folder_ / (who + ".pem"),
                                                            .key = folder_ / (who + ".key"),
                                                            .revocation_lists = std::nullopt});
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port_), *credentials, arguments);
  }

  // The whole table of a year, as a reader with every right asks for it. False when it was not answered in 5 s.
  static bool Query(v1::IndicatorService::Stub& stub) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
    v1::GetResultsResponse response;
    return stub.GetResults(&context, YearOf("2025", true), &response).ok();
  }

  // Asks again and again until told to stop; how long each answer took.
  struct Queries {
    std::vector<double> times;
    int missed = 0;
  };
  Queries AskUntil(const std::atomic<bool>& stop) {
    const auto stub = v1::IndicatorService::NewStub(Connect("registry-dhrd"));
    Queries queries;
    while (!stop) {
      const Clock::time_point begin = Clock::now();
      if (!Query(*stub)) ++queries.missed;
      queries.times.push_back(Ms(Clock::now() - begin));
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return queries;
  }
  // Runs `attack` while a client asks, and tells what the client saw.
  template <typename Attack>
  void AskDuring(const std::string& name, const Attack& attack) {
    std::atomic<bool> stop = false;
    Queries queries;
    std::thread client([&] { queries = AskUntil(stop); });
    const std::string told = attack();
    stop = true;
    client.join();
    const Clock::time_point begin = Clock::now();
    const auto stub = v1::IndicatorService::NewStub(Connect("registry-dhrd"));
    const bool answered = Query(*stub);
    std::cout << name << ": " << told << "; queries meanwhile " << queries.times.size() << ", "
              << Percentiles(queries.times) << ", missed " << queries.missed << "; a new client afterwards "
              << (answered ? "answered after " : "not answered in ") << Ms(Clock::now() - begin) << " ms\n";
  }

  std::vector<v1::DeliverRequest> Backlog(int authority) const {
    std::vector<v1::DeliverRequest> requests;
    for (int n = 0; n < load_.reports; ++n) {
      CourseReport course{.key = "course-" + std::to_string(n),
                          .cpr = SyntheticCpr(authority * load_.reports + n),
                          .municipality = Authority(authority)};
      course.sessions_planned = load_.sessions;
      course.sessions_attended = load_.sessions / 2;
      requests.push_back(Request(course.Bundle(), Authority(authority)));
    }
    return requests;
  }
  // Delivers a backlog; the time of each receipt.
  std::vector<Clock::time_point> Deliver(int authority, const std::vector<v1::DeliverRequest>& backlog) {
    const auto stub = v1::DeliveryService::NewStub(Connect("adapter-" + Authority(authority)));
    grpc::ClientContext context;
    const auto stream = stub->Deliver(&context);
    std::thread writer([&] {
      for (const v1::DeliverRequest& request : backlog) {
        if (!stream->Write(request)) break;
      }
      stream->WritesDone();
    });
    std::vector<Clock::time_point> receipts;
    for (v1::DeliverResponse response; stream->Read(&response);) {
      if (response.has_receipt()) receipts.push_back(Clock::now());
    }
    writer.join();
    stream->Finish();
    return receipts;
  }
  std::string PeakMemory() const {
    std::ifstream in("/proc/" + std::to_string(program_->pid()) + "/status");
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with("VmHWM:")) return line.substr(line.find_first_of("0123456789"));
    }
    return "unknown";
  }

  const Load load_;
  const std::vector<std::string> authorities_;
  std::unique_ptr<tests::Program> program_;
  bool serving_ = false;
  int port_ = 0;
};

void Bench::MeasureBacklog() {
  std::vector<std::vector<v1::DeliverRequest>> backlogs;
  for (int i = 0; i < load_.authorities; ++i) {
    WriteCertificate("adapter", Authority(i));
    backlogs.push_back(Backlog(i));
  }
  AskDuring("backlog", [&] {
    std::vector<std::vector<Clock::time_point>> receipts(backlogs.size());
    std::vector<std::thread> adapters;
    const Clock::time_point begin = Clock::now();
    for (int i = 0; i < load_.authorities; ++i) {
      const auto index = static_cast<std::size_t>(i);
      adapters.emplace_back([&, i, index] { receipts[index] = Deliver(i, backlogs[index]); });
    }
    for (std::thread& adapter : adapters) adapter.join();
    std::vector<double> done;
    std::size_t received = 0;
    for (const auto& own : receipts) {
      received += own.size();
      if (!own.empty()) done.push_back(Ms(own.back() - begin));
    }
    std::sort(done.begin(), done.end());
    // What each had when the first was done: one for each would be perfectly fair.
    std::size_t least = backlogs.front().size();
    for (const auto& own : receipts) {
      least = std::min<std::size_t>(
          least, static_cast<std::size_t>(std::count_if(
                     own.begin(), own.end(), [&](Clock::time_point at) { return Ms(at - begin) <= done.front(); })));
    }
    return std::to_string(load_.authorities) + " adapters, " + std::to_string(received) + " of " +
           std::to_string(load_.authorities * load_.reports) + " received, " +
           std::to_string(static_cast<double>(received) / done.back() * 1000) +
           " reports/s, first adapter done after " + std::to_string(done.front()) + " ms, last " +
           std::to_string(done.back()) + " ms; when the first was done the slowest had " + std::to_string(least) +
           " of " + std::to_string(load_.reports) + "; peak memory of the service " + PeakMemory();
  });
}

void Bench::MeasureStorm() {
  AskDuring("storm of idle connections", [&] {
    std::vector<common::FileDescriptor> connections;
    for (int i = 0; i < load_.connections; ++i) {
      common::FileDescriptor connection(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      sockaddr_in from{};
      from.sin_family = AF_INET;
      from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + static_cast<std::uint32_t>(i % 8));
      ::bind(connection.get(), reinterpret_cast<sockaddr*>(&from), sizeof(from));
      sockaddr_in to = from;
      to.sin_port = htons(static_cast<std::uint16_t>(port_));
      to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      ::connect(connection.get(), reinterpret_cast<sockaddr*>(&to), sizeof(to));
      connections.push_back(std::move(connection));
    }
    std::this_thread::sleep_for(std::chrono::seconds(2));
    return std::to_string(connections.size()) + " connections for 2 s";
  });
}

void Bench::MeasureRapidResets() {
  AskDuring("rapid resets", [&] {
    constexpr int kCalls = 20'000;
    const auto stub = v1::IndicatorService::NewStub(Connect("adapter-" + Authority(0)));
    const Clock::time_point begin = Clock::now();
    for (int i = 0; i < kCalls; ++i) {
      grpc::ClientContext context;
      v1::GetResultsRequest request;
      grpc::CompletionQueue queue;
      const auto call = stub->AsyncGetResults(&context, request, &queue);
      v1::GetResultsResponse response;
      grpc::Status status;
      call->Finish(&response, &status, &queue);
      context.TryCancel();
      void* tag = nullptr;
      bool ok = false;
      queue.Next(&tag, &ok);
      queue.Shutdown();
      while (queue.Next(&tag, &ok)) {
      }
    }
    return std::to_string(kCalls) + " calls begun and reset in " + std::to_string(Ms(Clock::now() - begin)) + " ms";
  });
}

void Bench::MeasureHeaderFlood() {
  AskDuring("header flood", [&] {
    constexpr int kCalls = 500;
    int refused = 0;
    const auto stub = v1::IndicatorService::NewStub(Connect("adapter-" + Authority(0)));
    for (int i = 0; i < kCalls; ++i) {
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
      for (int j = 0; j < 32; ++j) context.AddMetadata("x-flood-" + std::to_string(j), std::string(4'000, 'x'));
      v1::GetResultsResponse response;
      if (!stub->GetResults(&context, YearOf("2025", false), &response).ok()) ++refused;
    }
    return std::to_string(refused) + " of " + std::to_string(kCalls) + " calls with 128 KB of headers refused";
  });
}

// The first municipalities of the country; only they may be delivered for.
absl::StatusOr<std::vector<std::string>> Municipalities(int number) {
  const auto content = registry::LoadContent(tests::SourceDir() / "mapping" / "dhrd");
  if (!content.ok()) return content.status();
  std::vector<std::string> codes;
  for (const registry::Unit& unit :
       (*content)->geography_on(*registry::ParseDate("2025-01-01")).units(registry::UnitKind::kMunicipality)) {
    if (static_cast<int>(codes.size()) < number) codes.push_back(unit.id);
  }
  return codes;
}

}  // namespace
}  // namespace hjerte::indicator::testing

int main(int argc, char** argv) {
  using hjerte::indicator::testing::Bench;
  hjerte::indicator::testing::Load load;
  CLI::App program("The central service under more than it can take at once, and how soon it answers again");
  program.add_option("--authorities", load.authorities, "Adapters that deliver at once")->check(CLI::Range(1, 98));
  program.add_option("--reports", load.reports, "Reports of each");
  program.add_option("--sessions", load.sessions, "Training sessions of a report");
  program.add_option("--connections", load.connections, "Idle connections of the storm");
  CLI11_PARSE(program, argc, argv);
  auto municipalities = hjerte::indicator::testing::Municipalities(load.authorities);
  if (!municipalities.ok()) {
    std::cerr << municipalities.status() << "\n";
    return 1;
  }
  Bench bench(load, *std::move(municipalities));
  if (!bench.serving()) return 1;
  bench.MeasureBacklog();
  bench.MeasureStorm();
  bench.MeasureRapidResets();
  bench.MeasureHeaderFlood();
}
