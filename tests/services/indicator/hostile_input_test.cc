// What an authenticated sender may try at the Deliver door: each is refused, costs bounded memory, and the next report
// is taken.
#include <future>
#include <limits>
#include <thread>

#include "absl/strings/str_join.h"
#include "services/common/scrub.h"
#include "tests/services/indicator/central_fixture.h"

namespace hjerte::indicator::testing {
namespace {

namespace v1 = hjertegateway::v1;

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

class HostileInput : public CentralTest {
 protected:
  // Whether a sound report is taken and counted, whatever was tried before.
  void ExpectServes() {
    const CourseReport course{.key = "sound", .cpr = SyntheticCpr(77)};
    const auto responses = Deliver({Request(course.Bundle())});
    ASSERT_EQ(responses.size(), 1U);
    EXPECT_TRUE(responses[0].has_receipt()) << responses[0].DebugString();
    EXPECT_EQ(Live().at("K1").denominator(), 1);
  }
  // How one request on a stream of its own ends, with the request packed or not.
  grpc::Status EndOf(const v1::DeliverRequest& request, grpc_compression_algorithm packing) {
    const auto stub = v1::DeliveryService::NewStub(ChannelOf("adapter-0751"));
    grpc::ClientContext context;
    context.set_compression_algorithm(packing);
    const auto stream = stub->Deliver(&context);
    stream->Write(request);
    stream->WritesDone();
    for (v1::DeliverResponse response; stream->Read(&response);) {
    }
    return stream->Finish();
  }
};

TEST_F(HostileInput, JsonThatBreaksParsersIsRefusedAndTheServiceGoesOn) {
  StartService();
  const std::string bundle = CourseReport{}.Bundle();
  const std::string value = R"("value":400)";
  const std::vector<std::pair<const char*, std::string>> hostile = {
      {"a name twice", Replaced(bundle, R"("type":"collection")", R"("type":"collection","type":"collection")")},
      {"half a surrogate pair", Replaced(bundle, "collection", "\\ud800")},
      {"a pair the wrong way round", Replaced(bundle, "collection", "\\udc00\\ud800")},
      {"invalid UTF-8", Replaced(bundle, "collection", "\xC0\xAF")},
      {"a surrogate in UTF-8", Replaced(bundle, "collection", "\xED\xA0\x80")},
      {"a NUL", Replaced(bundle, "collection", std::string("a\0b", 3))},
      {"half a byte order mark", "\xEF\xBB" + bundle},
      {"too deep", std::string(100'000, '[')},
      {"too deep, closed", std::string(1'000, '[') + std::string(1'000, ']')},
      {"too many digits", Replaced(bundle, value, R"("value":)" + std::string(100'000, '4'))},
      {"a long text", Replaced(bundle, "collection", std::string(5 << 20, 'x'))},
      {"a huge exponent", Replaced(bundle, value, R"("value":1e999999999)")},
      {"a text behind the end", bundle + "{}"},
      {"a literal of JavaScript", Replaced(bundle, value, R"("value":Infinity)")},
      {"an entry that is none", Replaced(bundle, R"("entry":[)", R"("entry":[null,7,"x",[],)")},
      {"resources in each other's place", R"({"resourceType":"Bundle","meta":[],"entry":{"resource":[]}})"},
  };
  for (const auto& [what, text] : hostile) {
    SCOPED_TRACE(what);
    v1::DeliverRequest request = Request("x");
    request.set_fhir_bundle_json(text);
    const auto responses = Deliver({request});
    ASSERT_EQ(responses.size(), 1U);
    ASSERT_TRUE(responses[0].has_rejection()) << responses[0].DebugString();
    EXPECT_EQ(responses[0].rejection().kind(), v1::REJECTION_KIND_INVALID);
    const std::string told = responses[0].DebugString();
    EXPECT_LT(told.size(), 20'000U);
    EXPECT_EQ(told.find(CourseReport{}.cpr), std::string::npos);
  }
  ExpectServes();
}

// So near to nothing that a parser of binary numbers gives up on it; it is a number all the same.
TEST_F(HostileInput, ATinyExponentIsAnsweredAndTheServiceGoesOn) {
  StartService();
  const auto responses = Deliver({Request(Replaced(CourseReport{.key = "tiny", .cpr = SyntheticCpr(5)}.Bundle(),
                                                   R"("value":400)", R"("value":1.00000000001e-2147483638)"))});
  EXPECT_EQ(responses.size(), 1U);
  EXPECT_EQ(Deliver({Request(CourseReport{}.Bundle())}).at(0).has_receipt(), true);
  EXPECT_FALSE(Live().empty());
}

TEST_F(HostileInput, AReportLargerThanTheLimitEndsItsStreamAndNoOther) {
  config_.grpc.message_bytes_max = 1 << 20;
  StartService();
  v1::DeliverRequest request = Request("x");
  request.set_fhir_bundle_json(std::string(4 << 20, ' '));
  EXPECT_EQ(EndOf(request, GRPC_COMPRESS_NONE).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  ExpectServes();
}

// Some kilobytes on the wire that would be 64 MiB in memory: gRPC would look at the size of what it has unpacked
// (RESOURCE_EXHAUSTED), so nothing packed is taken at all.
TEST_F(HostileInput, AMessageThatUnpacksBeyondTheLimitIsNotUnpacked) {
  StartService();
  v1::DeliverRequest request = Request("x");
  request.set_fhir_bundle_json(std::string(64 << 20, ' '));
  for (const grpc_compression_algorithm packing : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    const grpc::Status status = EndOf(request, packing);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << status.error_message();
  }
  ExpectServes();
}

// Rapid resets, and streams that are opened and say nothing: what they began is let go, and others are answered.
TEST_F(HostileInput, CallsThatAreResetOrLeftOpenInGreatNumberDoNotKeepOthersOut) {
  StartService();
  const auto stub = v1::DeliveryService::NewStub(ChannelOf("adapter-0101"));
  for (int i = 0; i < 2000; ++i) {
    grpc::ClientContext context;
    const auto stream = stub->Deliver(&context);
    stream->Write(Request(CourseReport{}.Bundle(), "0101"));
    context.TryCancel();
    stream->Finish();
  }
  struct Idle {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReaderWriter<v1::DeliverRequest, v1::DeliverResponse>> stream;
  };
  std::vector<std::unique_ptr<Idle>> idle;
  for (int i = 0; i < 60; ++i) {
    idle.push_back(std::make_unique<Idle>());
    idle.back()->stream = stub->Deliver(&idle.back()->context);
  }
  const auto responses = Deliver({Request(CourseReport{.key = "sound", .cpr = SyntheticCpr(77)}.Bundle())});
  ASSERT_EQ(responses.size(), 1U);
  EXPECT_TRUE(responses[0].has_receipt()) << responses[0].DebugString();
  for (const auto& each : idle) each->context.TryCancel();
  for (const auto& each : idle) each->stream->Finish();
}

TEST_F(HostileInput, TextsOfTheEnvelopeReachNoLogRaw) {
  StartService();
  v1::DeliverRequest request = Request(CourseReport{}.Bundle());
  const std::string forged = "x\r\n2026-01-01T00:00:00Z level=error event=forged \x1b[2J" + SyntheticCpr(9);
  request.set_delivery_id(forged);
  request.mutable_source()->set_id(forged);
  request.mutable_source()->set_software(forged);
  Deliver({request});
  request.set_authority(forged);
  Deliver({request});
  for (const std::string& line : log_->Lines()) {
    EXPECT_EQ(line.find_first_of("\x1b\r\n"), std::string::npos) << line;
    EXPECT_EQ(line.find(SyntheticCpr(9)), std::string::npos) << line;
  }
}

TEST_F(HostileInput, ASourceThatSaysEndlessThingsOfItselfIsRefused) {
  StartService();
  std::vector<v1::DeliverRequest> requests(3, Request(CourseReport{}.Bundle()));
  requests[0].mutable_source()->set_id(std::string(1 << 20, 'x'));
  requests[1].mutable_source()->set_software(std::string(1 << 20, 'x'));
  for (int i = 0; i < 10'000; ++i) requests[2].mutable_source()->add_carries("x" + std::to_string(i));
  for (const auto& response : Deliver(requests)) {
    ASSERT_TRUE(response.has_rejection());
    EXPECT_EQ(response.rejection().findings(0).code(), "delivery-source-too-long");
  }
  ExpectServes();
}

// A sender that does not read its answers would have a stream keep 128 times 8 MiB.
TEST_F(HostileInput, AnEndlessDeliveryIdIsNotKeptForItsAnswer) {
  StartService();
  const std::string bundle = CourseReport{}.Bundle();
  std::string letters = "x";
  for (int i = 0; i < 1 << 20; ++i) letters += "å";
  std::vector<v1::DeliverRequest> requests(4, Request(bundle));
  for (v1::DeliverRequest& request : requests) request.set_delivery_id(letters);
  requests[1].set_authority("0101");
  requests[2].clear_report();
  requests[3] = Request(CourseReport{.key = "sound", .cpr = SyntheticCpr(77)}.Bundle());
  requests[3].set_delivery_id(std::string(128, 'x'));
  const auto responses = Deliver(requests);
  ASSERT_EQ(responses.size(), 4U);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(responses[i].has_rejection());
    EXPECT_EQ(responses[i].delivery_id(), letters.substr(0, 127)) << i;
  }
  EXPECT_TRUE(responses[3].has_receipt());
  EXPECT_EQ(responses[3].delivery_id(), requests[3].delivery_id());
  ExpectServes();
}

// A time that no calendar has must not become another one on its way to a stamp.
TEST_F(HostileInput, ACourseOfAnImpossibleTimeIsRefused) {
  StartService();
  constexpr std::int64_t kEndOfTime = 253'402'300'799;  // the end of year 9999
  const std::vector<std::pair<std::int64_t, std::int32_t>> impossible = {{std::numeric_limits<std::int64_t>::max(), 0},
                                                                         {std::numeric_limits<std::int64_t>::min(), 0},
                                                                         {kEndOfTime + 1, 0},
                                                                         {-62'135'596'801, 0},
                                                                         {1'700'000'000, 1'000'000'000},
                                                                         {1'700'000'000, -1}};
  for (const auto& [seconds, nanos] : impossible) {
    SCOPED_TRACE(seconds);
    v1::DeliverRequest request = Request("x");
    v1::Course& course = *request.mutable_course();
    course.set_course_key("impossible");
    course.mutable_citizen()->set_cpr(SyntheticCpr(3));
    course.mutable_last_updated()->set_seconds(seconds);
    course.mutable_last_updated()->set_nanos(nanos);
    const auto responses = Deliver({request});
    ASSERT_TRUE(responses.at(0).has_rejection()) << responses[0].DebugString();
    EXPECT_EQ(responses[0].rejection().findings(0).code(), "dhrd-stamp-format");
    EXPECT_EQ(responses[0].rejection().findings(0).location(), "Course.last_updated");
  }
  ExpectServes();
}

// Two bytes each on the wire, and fifty in memory.
TEST_F(HostileInput, ThingsRepeatedWithoutEndAreRefusedBeforeTheyAreTaken) {
  StartService();
  constexpr int kMany = 1'000'000;
  v1::DeliverRequest of_values = Request("x");
  of_values.mutable_course()->set_course_key("many");
  for (int i = 0; i < kMany; ++i) of_values.mutable_course()->add_values();
  v1::DeliverRequest of_carries = Request(CourseReport{}.Bundle());
  for (int i = 0; i < kMany; ++i) of_carries.mutable_source()->add_carries();
  const auto responses = Deliver({of_values, of_carries});
  ASSERT_EQ(responses.size(), 2U);
  EXPECT_EQ(responses[0].rejection().findings(0).location(), "Course.values");
  EXPECT_EQ(responses[1].rejection().findings(0).code(), "delivery-source-too-long");
  ExpectServes();
}

TEST_F(HostileInput, AQuestionThatNamesThingsWithoutEndIsRefused) {
  StartService();
  constexpr int kMany = 100'000;
  v1::GetResultsRequest of_units = YearOf("2025", true);
  v1::GetResultsRequest of_indicators = of_units;
  v1::GetResultsRequest of_kinds = of_units;
  v1::GetResultsRequest of_set = of_units;
  v1::GetFreshnessRequest of_authorities;
  for (int i = 0; i < kMany; ++i) {
    of_units.add_unit_ids("0751");
    of_indicators.add_indicators("K1");
    of_kinds.add_unit_kinds(v1::UNIT_KIND_NATION);
    of_authorities.add_authorities("0751");
  }
  of_set.set_indicator_set(std::string(kMany, 'x'));
  const auto stub = v1::IndicatorService::NewStub(ChannelOf("registry-dhrd"));
  for (const v1::GetResultsRequest& request : {of_units, of_indicators, of_kinds, of_set}) {
    v1::GetResultsResponse response;
    EXPECT_EQ(GetResults("registry-dhrd", request, response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    grpc::ClientContext context;
    v1::WatchResultsRequest watch;
    *watch.mutable_query() = request;
    const auto stream = stub->WatchResults(&context, watch);
    v1::WatchResultsResponse change;
    if (stream->Read(&change)) context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  }
  grpc::ClientContext context;
  v1::GetFreshnessResponse freshness;
  EXPECT_EQ(stub->GetFreshness(&context, of_authorities, &freshness).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  ExpectServes();
}

// Checks are dear and nothing is kept of them: they must not take gRPC's threads, nor the places of deliveries.
TEST_F(HostileInput, ValidationsInGreatNumberAreTurnedAwayAndDeliveriesGoOn) {
  config_.ingest.reports_in_flight_max = 1;
  StartService();
  constexpr int kCalls = 48;
  struct Call {
    grpc::ClientContext context;
    v1::ValidateRequest request;
    v1::ValidateResponse response;
    std::promise<grpc::Status> ended;
  };
  const auto stub = v1::DeliveryService::NewStub(ChannelOf("adapter-0101"));
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < kCalls; ++i) {
    Call& call = *calls.emplace_back(std::make_unique<Call>());
    call.request.set_authority("0101");
    call.request.set_fhir_bundle_json(CourseReport{.sessions_planned = 300, .sessions_attended = 300}.Bundle());
    stub->async()->Validate(&call.context, &call.request, &call.response,
                            [&call](const grpc::Status& status) { call.ended.set_value(status); });
  }
  ExpectServes();
  int turned_away = 0;
  for (const auto& call : calls) {
    const grpc::Status status = call->ended.get_future().get();
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE) ++turned_away;
    EXPECT_TRUE(status.ok() || status.error_code() == grpc::StatusCode::UNAVAILABLE) << status.error_message();
  }
  EXPECT_GT(turned_away, 0);
}

// Whoever is turned away asks again (above); this is the same each time.
TEST_F(HostileInput, AReportTooLargeToBeCheckedIsRefusedInAnotherWayThanOneThatCameAtABusyTime) {
  config_.grpc.message_bytes_max = 1 << 20;
  StartService();
  grpc::ClientContext context;
  v1::ValidateRequest request;
  request.set_authority("0101");
  request.set_fhir_bundle_json(std::string(2 << 20, ' '));
  v1::ValidateResponse response;
  EXPECT_EQ(
      v1::DeliveryService::NewStub(ChannelOf("adapter-0101"))->Validate(&context, request, &response).error_code(),
      grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(HostileInput, WhoDeliversOnManyStreamsAndTakesNoAnswersIsCutAndOthersAreNot) {
  constexpr int kStreams = 4;
  config_.answers_per_caller_max = 1 << 20;
  StartService();
  std::string wrong = R"({"resourceType":"Bundle","type":"collection","entry":[)";
  for (int i = 0; i < 300; ++i) {
    wrong += std::string(i > 0 ? "," : "") + R"({"resource":{"resourceType":"Observation","id":"o)" +
             std::to_string(i) + R"(","status":"none"}})";
  }
  wrong += "]}";
  const auto stub = v1::DeliveryService::NewStub(ChannelOf("adapter-0101"));
  struct Delivery {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReaderWriter<v1::DeliverRequest, v1::DeliverResponse>> stream;
  };
  std::vector<std::unique_ptr<Delivery>> deliveries;
  for (int i = 0; i < kStreams; ++i) {
    Delivery& delivery = *deliveries.emplace_back(std::make_unique<Delivery>());
    delivery.context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(2));
    delivery.stream = stub->Deliver(&delivery.context);
    for (int n = 0; n < config_.reports_per_stream_max; ++n) {
      v1::DeliverRequest request = Request(wrong, "0101");
      request.set_delivery_id("wrong-" + std::to_string(i) + "-" + std::to_string(n));
      if (!delivery.stream->Write(request)) break;
    }
  }
  const auto told = [this] {
    return absl::StrJoin(log_->Lines(), "\n").find("answers-not-taken") != std::string::npos;
  };
  for (int tries = 0; tries < 1'000 && !told(); ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_TRUE(told());
  ExpectServes();
  int cut = 0;
  for (const auto& delivery : deliveries) {
    delivery->stream->WritesDone();
    int answers = 0;
    for (v1::DeliverResponse response; delivery->stream->Read(&response);) ++answers;
    const grpc::Status end = delivery->stream->Finish();
    EXPECT_EQ(end.ok(), answers == config_.reports_per_stream_max) << end.error_message();
    if (end.error_code() == grpc::StatusCode::CANCELLED) ++cut;
  }
  EXPECT_GT(cut, 0);
  EXPECT_LT(cut, kStreams);
}

// Asks without end and takes no answer; returns how many of so many calls were refused.
template <typename Request, typename Response>
int RefusedWhereNothingIsTaken(const std::shared_ptr<grpc::Channel>& channel, const char* method,
                               const Request& request, int calls) {
  // To the service a call with one answer is the same as a stream; of a stream the caller may leave it.
  using Stream = grpc::ClientReaderWriter<Request, Response>;
  using Factory = grpc::internal::ClientReaderWriterFactory<Request, Response>;
  const grpc::internal::RpcMethod as_stream(method, grpc::internal::RpcMethod::BIDI_STREAMING, channel);
  std::vector<std::pair<std::unique_ptr<grpc::ClientContext>, std::unique_ptr<Stream>>> begun;
  int refused = 0;
  for (int i = 0; i < calls; ++i) {
    auto context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(2));
    std::unique_ptr<Stream> stream(Factory::Create(channel.get(), as_stream, context.get()));
    stream->WriteLast(request, {});
    stream->WaitForInitialMetadata();
    begun.emplace_back(std::move(context), std::move(stream));
  }
  for (const auto& [context, stream] : begun) {
    for (Response response; stream->Read(&response);) {
    }
    const grpc::Status end = stream->Finish();
    if (end.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED) {
      ++refused;
    } else {
      EXPECT_TRUE(end.ok()) << end.error_message();
    }
  }
  return refused;
}

TEST_F(HostileInput, WhateverIsAskedForWithoutEndAndNotTakenIsRefused) {
  constexpr int kCalls = 40;
  config_.answers_per_caller_max = 256 << 10;
  StartService();
  grpc::ChannelArguments nothing_ahead;
  nothing_ahead.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 256);
  const auto expect_some = [&](int refused) {
    EXPECT_GT(refused, 0);
    EXPECT_LT(refused, kCalls);
  };
  expect_some(RefusedWhereNothingIsTaken<v1::ListVariablesRequest, v1::ListVariablesResponse>(
      NewChannelOf("adapter-0101", nothing_ahead), "/hjertegateway.v1.DeliveryService/ListVariables", {}, kCalls));
  expect_some(RefusedWhereNothingIsTaken<v1::GetFreshnessRequest, v1::GetFreshnessResponse>(
      NewChannelOf("reader-public", nothing_ahead), "/hjertegateway.v1.IndicatorService/GetFreshness", {}, kCalls));
  expect_some(RefusedWhereNothingIsTaken<v1::ListIndicatorSetsRequest, v1::ListIndicatorSetsResponse>(
      NewChannelOf("reader-public", nothing_ahead), "/hjertegateway.v1.IndicatorService/ListIndicatorSets", {},
      kCalls));
  ExpectServes();
  v1::SubscribeRequest subscribe;
  subscribe.set_reason("test");
  std::vector<CourseReport> courses;
  for (int i = 0; i < 40; ++i) courses.push_back({.key = "course-" + std::to_string(i), .cpr = SyntheticCpr(i)});
  DeliverCourses(courses);
  expect_some(RefusedWhereNothingIsTaken<v1::SubscribeRequest, v1::SubscribeResponse>(
      NewChannelOf("exporter-dhrd", nothing_ahead), "/hjertegateway.v1.ExportService/Subscribe", subscribe, kCalls));
}

// gRPC keeps an answer for as long as its reader does not take it, and a stream what it has told.
TEST_F(HostileInput, WhoAsksForResultsWithoutEndAndTakesNoneIsRefusedAndOthersAreNot) {
  constexpr int kStreams = 40;
  config_.answers_per_caller_max = 256 << 10;
  StartService();
  const auto stub = v1::IndicatorService::NewStub(ChannelOf("reader-public"));
  struct Watch {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::WatchResultsResponse>> stream;
  };
  v1::WatchResultsRequest request;
  *request.mutable_query() = YearOf("2025", false);
  std::vector<std::unique_ptr<Watch>> watches;
  int refused = 0;
  for (int i = 0; i < kStreams; ++i) {
    Watch& watch = *watches.emplace_back(std::make_unique<Watch>());
    watch.context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(2));
    watch.stream = stub->WatchResults(&watch.context, request);
    v1::WatchResultsResponse response;
    if (watch.stream->Read(&response)) continue;
    EXPECT_EQ(watch.stream->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    watches.pop_back();
    ++refused;
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, kStreams);
  v1::GetResultsResponse response;
  EXPECT_EQ(GetResults("reader-public", YearOf("2025", false), response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(GetResults("registry-dhrd", YearOf("2025", false), response).ok());
  ExpectServes();
  for (const auto& watch : watches) {
    watch->context.TryCancel();
    watch->stream->Finish();
  }
  grpc::Status again;
  for (int tries = 0; tries < 500; ++tries) {
    again = GetResults("reader-public", YearOf("2025", false), response);
    if (again.ok()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_TRUE(again.ok()) << again.error_message();
}

}  // namespace
}  // namespace hjerte::indicator::testing
