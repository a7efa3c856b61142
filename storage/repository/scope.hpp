#pragma once
// The numbers that lead every key below a session. Every repository function takes them; none works without.
#include <compare>
#include <cstdint>

namespace wagate::storage {

namespace sqlite {
class Database;
}

struct TenantNumber {
    std::int64_t value = 0;
    auto operator<=>(TenantNumber const&) const = default;
};

/// A session inside its tenant. Numbers are never used again, so those of an erased session find nothing.
struct Scope {
    TenantNumber tenant;
    std::int64_t session = 0;
    auto operator<=>(Scope const&) const = default;
};

/// Rows deleted by one step of clearing or pruning: what one transaction may cost the commits behind it.
inline constexpr std::int64_t step_rows = 500;

} // namespace wagate::storage
