#include "services/indicator/vault/keys.h"

#include "services/common/crypto.h"

namespace hjerte::indicator {

common::SecretKey Keys::HeadKey() const { return common::DeriveKey(integrity, "log-heads"); }

}  // namespace hjerte::indicator
