#pragma once
// Ids of events: "evt_" and a ULID in lower case.
#include "protocol/base/bytes.hpp"
#include "protocol/base/time.hpp"

#include <string>

namespace wagate::storage {

/// 26 characters of Crockford's base32: 48 bits of Unix milliseconds, 80 random bits; sorts by time.
std::string ulid(WallTime time, ByteArray<10> const& random);

std::string new_event_id(WallTime time);

} // namespace wagate::storage
