#include <google/protobuf/descriptor.h>

#include "hjertegateway/v1/course.pb.h"
#include "hjertegateway/v1/delivery.pb.h"

namespace hjerte::v1 {
namespace {

TEST(Contract, EveryDeliveryHasExactlyTwoPossibleOutcomes) {
  const auto* response = hjertegateway::v1::DeliverResponse::descriptor();
  const auto* outcome = response->FindOneofByName("outcome");
  ASSERT_NE(outcome, nullptr);
  EXPECT_EQ(outcome->field_count(), 2);
}

TEST(Contract, ADecimalTravelsWithEveryDigitItWasSentWith) {
  hjertegateway::v1::Quantity sent;
  sent.set_value("432.50");
  hjertegateway::v1::Quantity received;
  ASSERT_TRUE(received.ParseFromString(sent.SerializeAsString()));
  EXPECT_EQ(received.value(), "432.50");
}

}  // namespace
}  // namespace hjerte::v1
