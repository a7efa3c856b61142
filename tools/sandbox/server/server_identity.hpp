#pragma once
// The keys behind the server's Noise handshake: root, intermediate, leaf (protocol.md 11.2).
#include "protocol/noise/noise.hpp"

namespace wagate::sandbox {

struct ServerIdentity {
    crypto::Key32 root_key{}; ///< what clients must be told to trust
    crypto::KeyPair static_key;
    Bytes certificate_chain; ///< serialized, signed for `static_key`

    /// A new root and everything below it, valid from an hour before `now_unix_seconds` for a year.
    static ServerIdentity generate(RandomSource& random, std::int64_t now_unix_seconds);
};

} // namespace wagate::sandbox
