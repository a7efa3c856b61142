#pragma once
// Checks of a companion's device identity, written down independently of the companion's own code
// (protocol.md 4.5).
#include "protocol/pairing/pairing.hpp"

namespace wagate::sandbox {

/// Account and device signature, both present and right. The companion of a hosted account signs with the
/// ordinary prefix 06 01 (4.2 step 4) or with the hosted one.
bool device_identity_holds(pairing::SignedDeviceIdentity const& identity, ByteView companion_identity32,
                           ByteView account_key32);

} // namespace wagate::sandbox
