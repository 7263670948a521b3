#include <csignal>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <thread>

#include "services/common/tls.h"
#include "tests/e2e/program.h"
#include "tests/faulty_vfs.h"
#include "tests/services/indicator/central_fixture.h"
#include "tests/shared.h"

namespace hjerte::indicator::testing {
namespace {

namespace v1 = hjertegateway::v1;

std::string ReadFile(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class DiskTrouble : public CentralTest {
 protected:
  // The service ends before the disk beneath it.
  ~DiskTrouble() override { StopService(); }

  tests::FaultyVfs disk_;
};

TEST_F(DiskTrouble, AFullDiskAsksToTryLaterAndTheServiceGoesOnWhenThereIsRoom) {
  config_.store_vfs = disk_.name();
  StartService();
  const v1::DeliverRequest first = Request(CourseReport{}.Bundle());
  ASSERT_TRUE(Deliver({first}).at(0).has_receipt());
  for (const tests::DiskFault fault :
       {tests::DiskFault::kFull, tests::DiskFault::kWriteError, tests::DiskFault::kTornWrite,
        tests::DiskFault::kSyncError, tests::DiskFault::kReadOnly}) {
    const int n = 10 + static_cast<int>(fault);
    const v1::DeliverRequest next =
        Request(CourseReport{.key = "course-" + std::to_string(n), .cpr = SyntheticCpr(n)}.Bundle());
    disk_.Set(fault);
    const auto refused = Deliver({next});
    ASSERT_TRUE(refused.at(0).has_rejection()) << refused[0].DebugString();
    EXPECT_EQ(refused[0].rejection().kind(), v1::REJECTION_KIND_TRY_LATER);
    EXPECT_EQ(refused[0].rejection().findings(0).code(), "delivery-try-later");
    disk_.Set(tests::DiskFault::kNone);
    const auto taken = Deliver({next, first});
    ASSERT_TRUE(taken.at(0).has_receipt()) << taken[0].DebugString();
    EXPECT_TRUE(taken.at(1).receipt().duplicate());
  }
  EXPECT_EQ(Live().at("K1").denominator(), 6);
  EXPECT_EQ(Fold(Export()).size(), 6U);
}

TEST_F(DiskTrouble, WhatCouldNotBeReadIsReadAgainOnceTheDiskAnswers) {
  config_.store_vfs = disk_.name();
  StartService();
  DeliverCourses({CourseReport{}});
  const auto ask = [this] {
    grpc::ClientContext context;
    v1::GetFreshnessResponse response;
    return v1::IndicatorService::NewStub(ChannelOf("registry-dhrd"))->GetFreshness(&context, {}, &response);
  };
  disk_.Set(tests::DiskFault::kReadError);
  EXPECT_FALSE(ask().ok());
  EXPECT_GT(disk_.failures(), 0);
  disk_.Set(tests::DiskFault::kNone);
  EXPECT_TRUE(ask().ok()) << ask().error_message();
}

// The real program, killed without warning while it takes reports in.
class Killed : public CentralTest {
 protected:
  void WriteConfig() {
    std::ofstream out(folder_ / "indicator.yaml");
    out << "content: " << (tests::SourceDir() / "mapping" / "dhrd").string() << "\n"
        << "store: {file: program.db}\n"
        << "keys: {vault: vault.key, pseudonym: pseudonym.key}\n"
        << "listen: {address: \"127.0.0.1:0\"}\n"
        << "tls: {authority: ca.pem, certificate: service-central.pem, key: service-central.key}\n"
        << "ingest: {reports_per_commit_max: 16}\n"
        << "identities:\n"
        << "  - {uri: \"urn:hjertegateway:adapter:0751\", role: adapter, authority: \"0751\"}\n"
        << "  - {uri: \"urn:hjertegateway:exporter:dhrd\", role: exporter}\n";
  }

  // Starts the program and waits until it says where it serves.
  std::unique_ptr<tests::Program> StartProgram() {
    const std::filesystem::path log = folder_ / ("program-" + std::to_string(++runs_) + ".log");
    auto program = std::make_unique<tests::Program>(
        std::vector<std::string>{"hjerte-indicator", "--config", (folder_ / "indicator.yaml").string()}, log);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < deadline && program->IsRunning()) {
      const std::string text = ReadFile(log);
      const std::size_t serving = text.find("event=serving port=");
      if (serving != std::string::npos && text.find('\n', serving) != std::string::npos) {
        port_ = std::stoi(text.substr(serving + 19));
        return program;
      }
      std::this_thread::yield();
    }
    ADD_FAILURE() << "the program does not serve: " << ReadFile(log);
    return program;
  }

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

  // Delivers what has no receipt yet; `after` receipts later the program is killed (never, when negative).
  void DeliverUntil(std::map<std::string, v1::DeliverRequest>& left, tests::Program& program, int after) {
    const auto stub = v1::DeliveryService::NewStub(Connect("adapter-0751"));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(120));
    const auto stream = stub->Deliver(&context);
    std::vector<v1::DeliverRequest> sent;
    for (const auto& [id, request] : left) sent.push_back(request);
    std::thread writer([&] {
      for (const v1::DeliverRequest& request : sent) {
        if (!stream->Write(request)) return;
      }
      stream->WritesDone();
    });
    int receipts = 0;
    for (v1::DeliverResponse response; stream->Read(&response);) {
      EXPECT_TRUE(response.has_receipt()) << response.DebugString();
      left.erase(response.delivery_id());
      acknowledged_[response.delivery_id()] = response.receipt().commit_seq();
      if (++receipts == after) program.Kill();
    }
    writer.join();
    stream->Finish();
  }

  int runs_ = 0;
  int port_ = 0;
  std::map<std::string, std::int64_t> acknowledged_;
};

TEST_F(Killed, AtRandomMomentsDuringIngestLosesNothingAndCountsNothingTwice) {
  WriteConfig();
  std::map<std::string, v1::DeliverRequest> requests;
  for (int i = 0; i < 300; ++i) {
    CourseReport course{.key = "course-" + std::to_string(i % 200), .cpr = SyntheticCpr(i % 200)};
    course.sessions_planned = 4;
    course.sessions_attended = 3;
    if (i >= 200) course.stamp = "2026-01-12T10:00:00Z";
    const v1::DeliverRequest request = Request(course.Bundle());
    requests[request.delivery_id()] = request;
  }
  std::map<std::string, v1::DeliverRequest> left = requests;
  std::mt19937 random(11);
  for (int round = 0; round < 6 && !left.empty(); ++round) {
    const auto program = StartProgram();
    DeliverUntil(left, *program, 5 + static_cast<int>(random() % 60));
    program->Kill();
  }
  const auto program = StartProgram();
  DeliverUntil(left, *program, -1);
  EXPECT_TRUE(left.empty());

  // Every receipt is worth what it said: the same report again is a duplicate of the same commit.
  const std::map<std::string, std::int64_t> promised = acknowledged_;
  std::map<std::string, v1::DeliverRequest> again = requests;
  DeliverUntil(again, *program, -1);
  EXPECT_EQ(acknowledged_, promised);
  std::set<std::int64_t> commits;
  for (const auto& [id, seq] : promised) commits.insert(seq);
  EXPECT_EQ(commits.size(), requests.size());

  // The course records are those of a run that nobody disturbed.
  const auto stub = v1::ExportService::NewStub(Connect("exporter-dhrd"));
  grpc::ClientContext context;
  v1::SubscribeRequest subscription;
  subscription.set_reason("test");
  const auto stream = stub->Subscribe(&context, subscription);
  std::vector<v1::SubscribeResponse> feed;
  for (v1::SubscribeResponse change; stream->Read(&change);) feed.push_back(change);
  ASSERT_TRUE(stream->Finish().ok());
  StartService();
  std::vector<v1::DeliverRequest> all;
  for (const auto& [id, request] : requests) all.push_back(request);
  Deliver(all);
  EXPECT_EQ(Fold(feed), Fold(Export()));
}

TEST_F(Killed, AConsumerThatIsKilledResumesAndEndsWithExactlyTheCentralRecords) {
  WriteConfig();
  const auto program = StartProgram();
  Connect("exporter-dhrd");
  const std::string connect = "127.0.0.1:" + std::to_string(port_);
  const std::vector<std::string> command = {"hjerte",    "export",
                                            "--connect", connect,
                                            "--cert",    (folder_ / "exporter-dhrd.pem").string(),
                                            "--journal", (folder_ / "journal").string()};
  std::vector<std::string> following = command;
  following.emplace_back("--follow");
  std::mt19937 random(5);
  for (int round = 0; round < 4; ++round) {
    tests::Program consumer(following, folder_ / "consumer.log");
    std::map<std::string, v1::DeliverRequest> requests;
    for (int i = 0; i < 40; ++i) {
      CourseReport course{.key = "course-" + std::to_string(i), .cpr = SyntheticCpr(i)};
      course.stamp = "2026-01-1" + std::to_string(round) + "T10:00:00Z";
      course.walk_end = std::to_string(400 + 10 * round + i);
      course.entered_in_error = (i + round) % 5 == 0;
      const v1::DeliverRequest request = Request(course.Bundle());
      requests[request.delivery_id()] = request;
    }
    DeliverUntil(requests, *program, -1);
    // A slow machine starts the consumer later than it takes all these reports.
    ASSERT_TRUE(
        tests::WaitUntil([&] { return std::filesystem::exists(folder_ / "journal"); }, std::chrono::seconds(60)));
    consumer.Kill();
    // A kill may tear the line that was being written.
    const std::uintmax_t size = std::filesystem::file_size(folder_ / "journal");
    if (size > 0)
      std::filesystem::resize_file(folder_ / "journal", size - random() % std::min<std::uintmax_t>(size, 9));
  }
  std::vector<std::string> last = command;
  last.insert(last.end(), {"--records", (folder_ / "records").string()});
  ASSERT_EQ(tests::RunToEnd(last).exit_code, 0);

  const auto stub = v1::ExportService::NewStub(Connect("exporter-dhrd"));
  grpc::ClientContext context;
  v1::SubscribeRequest request;
  request.set_reason("test");
  const auto stream = stub->Subscribe(&context, request);
  std::map<std::string, std::string> records;
  for (v1::SubscribeResponse change; stream->Read(&change);) {
    const std::string course = change.course().authority() + "/" + change.course().course_key();
    records[course] = change.course_record_json();
  }
  ASSERT_TRUE(stream->Finish().ok());
  std::string expected;
  for (const auto& [course, record] : records) {
    if (!record.empty()) expected += record + "\n";
  }
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(ReadFile(folder_ / "records"), expected);
}

}  // namespace
}  // namespace hjerte::indicator::testing
