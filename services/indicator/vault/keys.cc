#include "services/indicator/vault/keys.h"

#include "services/common/crypto.h"

namespace hjerte::indicator {

common::SecretKey Keys::HeadKey() const { return common::DeriveKey(integrity, "log-heads"); }

common::SecretKey Keys::ChanceKey() const { return common::DeriveKey(integrity, "published-by-chance"); }

}  // namespace hjerte::indicator
