#include "protocol/appstate/collection.hpp"

namespace wagate::appstate {
namespace {

constexpr std::array<std::string_view, all_collections.size()> names{
    "critical_block", "critical_unblock_low", "regular_high", "regular", "regular_low"};

} // namespace

std::string_view collection_name(Collection collection) noexcept
{
    return names[static_cast<std::size_t>(collection)];
}

std::optional<Collection> collection_from_name(std::string_view name) noexcept
{
    for (auto const collection : all_collections)
        if (collection_name(collection) == name) return collection;
    return std::nullopt;
}

} // namespace wagate::appstate
