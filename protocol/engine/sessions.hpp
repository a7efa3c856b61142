#pragma once
// Signal sessions with devices that were not written to yet (protocol.md 5.2, 5.4).
#include "protocol/engine/core.hpp"

namespace wagate::engine {

/// Builds sessions from fetched bundles for every device that lacks one; devices that fail are skipped.
/// Companions' identities are verified against their account (4.5).
void ensure_sessions(Core& core, std::vector<Jid> devices, std::function<void(ErrorCode)> done);

} // namespace wagate::engine
