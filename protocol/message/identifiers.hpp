#pragma once
// Message ids and participant hashes (protocol.md 7.1, 5.5).
#include "protocol/base/ids.hpp"
#include "protocol/base/jid.hpp"
#include "protocol/base/random.hpp"
#include "protocol/base/time.hpp"

#include <vector>

namespace wagate::message {

/// "3EB0" and 18 upper-case hex digits, as web clients make them.
MessageId generate_message_id(WallTime now, Jid const& own, RandomSource& random);

/// Hash over the sorted AD strings of every device, the sending one included: "2:" and 8 base64 characters.
std::string participant_hash(std::vector<Jid> const& devices);

} // namespace wagate::message
