#pragma once
// How long and how much of a tenant's data is kept.
#include "protocol/base/time.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace wagate::storage {

/// Stored as integers: never renumber.
enum class KeptKind : std::uint8_t { messages = 0, events = 1, dead_letters = 2, media = 3 };
inline constexpr std::size_t kept_kinds = 4;

/// Nothing: no limit.
struct KeptLimit {
    std::optional<Milliseconds> age;
    std::optional<std::uint64_t> bytes; ///< of events: dead letters count too
    bool operator==(KeptLimit const&) const = default;
};
/// The smaller one of each.
constexpr KeptLimit both(KeptLimit left, KeptLimit const& right)
{
    if (right.age && (!left.age || *right.age < *left.age)) left.age = right.age;
    if (right.bytes && (!left.bytes || *right.bytes < *left.bytes)) left.bytes = right.bytes;
    return left;
}

/// What was set for one kind. What is not set is as the operator's configuration says.
struct KeptRule {
    KeptLimit own;  ///< by the tenant, or by the operator for it
    KeptLimit most; ///< by the operator: what the tenant may choose
    bool operator==(KeptRule const&) const = default;
};
using KeptRules = std::array<KeptRule, kept_kinds>;
using KeptLimits = std::array<KeptLimit, kept_kinds>;

/// What the tenant may choose at most.
constexpr KeptLimit most_of(KeptRule const& rule, KeptLimit const& configured)
{
    KeptLimit most = rule.most;
    if (!most.age) most.age = configured.age;
    if (!most.bytes) most.bytes = configured.bytes;
    return most;
}
/// What is in force.
constexpr KeptLimit in_force(KeptRule const& rule, KeptLimit const& configured)
{
    KeptLimit own = rule.own;
    if (!own.age) own.age = configured.age;
    if (!own.bytes) own.bytes = configured.bytes;
    return both(own, most_of(rule, configured));
}

} // namespace wagate::storage
