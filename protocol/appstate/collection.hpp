#pragma once
// The five collections, and where a session stands in one of them (protocol.md 9.1, 9.5).
#include "protocol/appstate/lt_hash.hpp"

#include <array>
#include <string_view>

namespace wagate::appstate {

enum class Collection : std::uint8_t {
    critical_block,
    critical_unblock_low,
    regular_high,
    regular,
    regular_low
};

/// All of them, in the order to fetch them first.
inline constexpr std::array all_collections{Collection::critical_block, Collection::critical_unblock_low,
                                            Collection::regular_high, Collection::regular,
                                            Collection::regular_low};

std::string_view collection_name(Collection collection) noexcept;
std::optional<Collection> collection_from_name(std::string_view name) noexcept;

/// What is stored per collection, beside the table of value MACs. Version 0 is "never synchronised".
struct CollectionState {
    Collection collection = Collection::regular;
    std::uint64_t version = 0;
    LtHash hash;

    bool operator==(CollectionState const&) const = default;
};

} // namespace wagate::appstate
