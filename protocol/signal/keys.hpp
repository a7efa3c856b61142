#pragma once
// Raw 32-byte keys as libsignal's key objects; private to protocol/signal.
#include "protocol/crypto/crypto.hpp"
#include "protocol/signal/ref.hpp"

#include <signal/curve.h>

namespace wagate::signal {

Ref<ec_public_key> public_key(crypto::Key32 const& key);
Ref<ec_key_pair> key_pair(crypto::KeyPair const& keys);
/// Without the leading type byte.
crypto::Key32 raw_key(ec_public_key const* key);

} // namespace wagate::signal
