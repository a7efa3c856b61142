#pragma once
// Prefixes that keep signatures over device identities apart (protocol.md 4.5); private to protocol/pairing.
#include "protocol/base/bytes.hpp"

namespace wagate::pairing {

inline constexpr ByteArray<2> account_domain{6, 0};   ///< account key over a companion
inline constexpr ByteArray<2> device_domain{6, 1};    ///< companion over itself and the account key
inline constexpr ByteArray<2> key_index_domain{6, 2}; ///< account key over the list of key indexes
inline constexpr ByteArray<2> hosted_account_domain{
    6, 5}; ///< as account_domain, hosted; also of the container's HMAC
inline constexpr ByteArray<2> hosted_device_domain{6, 6}; ///< as device_domain, hosted

} // namespace wagate::pairing
