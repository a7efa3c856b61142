#pragma once
// The index of an entry: a JSON array of strings, the first of which names the action (protocol.md 9.4).
#include "protocol/base/bytes.hpp"

#include <optional>
#include <string>
#include <vector>

namespace wagate::appstate {

using Index = std::vector<std::string>;

/// Compact JSON, escaped as JavaScript does it: other clients must arrive at the same bytes, because the MAC
/// of these names the entry.
std::string write_index(Index const& index);

/// Nothing unless it is an array of strings with at most 64 elements and 64 KiB. White space is allowed.
std::optional<Index> parse_index(std::string_view json);

} // namespace wagate::appstate
