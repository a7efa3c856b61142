#pragma once
// Faults that the control API switches on per account (protocol.md 11.9).
#include "protocol/base/time.hpp"

#include <cstdint>
#include <string>

namespace wagate::sandbox {

/// All off by default. "Deliveries" are the messages, receipts and notifications that a companion must
/// confirm.
struct Faults {
    std::uint32_t drop_after = 0;     ///< cut the connection after this many deliveries on it; 0 is off
    bool duplicate = false;           ///< every message is delivered twice
    bool reorder = false;             ///< messages are delivered in swapped pairs
    bool withhold_acks = false;       ///< sends and receipts of the account's companions are not acked
    bool withhold_delivery = false;   ///< deliveries stay in the queue until the next connection
    Milliseconds slow{0};             ///< pause between two stanzas to a companion
    bool half_open = false;           ///< nothing is read and nothing is written, the socket stays open
    bool no_one_time_prekeys = false; ///< bundles of the account come without a one-time prekey
    std::uint32_t undecryptable =
        0;                     ///< damage the ciphertext of this many of the next messages to a companion
    bool no_pings = false;     ///< the server sends no pings of its own
    bool ignore_pings = false; ///< the companion's keepalives get no reply
    bool wrong_phash = false;  ///< acks claim another device set
    bool compress = false;     ///< stanzas to companions are sent zlib-compressed
    bool split_frames = false; ///< frames are cut across two WebSocket messages (not for whatsmeow)
    std::string ack_error;     ///< error attribute of the next acks of sends, for example "463"
    std::uint32_t ack_error_count = 0;
    std::string bad_app_state; ///< the collection whose snapshots and patches have wrong MACs; empty: none
    std::uint32_t app_state_conflicts = 0; ///< before so many pushes of app state somebody else is faster
};

} // namespace wagate::sandbox
