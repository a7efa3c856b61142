#pragma once
// Ids of events: "evt_" and a ULID in lower case whose low bits are the event's position.
#include "protocol/base/bytes.hpp"
#include "protocol/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace wagate::storage {

/// 26 characters of Crockford's base32: 48 bits of Unix milliseconds, 80 more; sorts by time.
std::string ulid(WallTime time, ByteArray<10> const& low);

/// 48 bits of time, 32 random ones, 48 of the position in the tenant's log. Random bits keep apart what two
/// tenants append in the same millisecond at the same position.
std::string new_event_id(WallTime time, std::uint64_t position);
/// The position that an id holds; nothing when it has not the form of an id. Ids given out before there were
/// positions hold a random number.
std::optional<std::uint64_t> position_in(std::string_view event_id);
/// Which of the envelopes that the API renders of an event has this id: 0 the first, which has the stored id;
/// 1 the second, with the highest random bit flipped; 2 the engine's event, with the one behind it flipped.
/// Nothing when it is another event's.
std::optional<unsigned> rendering_of(std::string_view event_id, std::string_view stored_id);

} // namespace wagate::storage
