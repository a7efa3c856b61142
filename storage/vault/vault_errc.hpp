#pragma once
// What can be wrong with keys and with what is sealed with them.
#include "protocol/base/result.hpp"

#include <string>
#include <type_traits>

namespace wagate::storage {

enum class VaultErrc {
    sealed = 1,     ///< the master key that the database is sealed with is not there
    bad_master_key, ///< a master key cannot be read or written, or is none
    tampered,       ///< a sealed value is not the one that was written there
    rolled_back,    ///< a session's records are not those that were written last
    no_key,         ///< the key that a value was sealed with is destroyed or missing
    same_key,       ///< the next key is the one in use
};

class VaultCategory final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "wagate.vault"; }
    std::string message(int value) const override
    {
        switch (static_cast<VaultErrc>(value)) {
        case VaultErrc::sealed: return "the database is sealed with a master key that is not there";
        case VaultErrc::bad_master_key:
            return "there is no master key of 32 bytes in base64 or hexadecimal digits";
        case VaultErrc::tampered: return "a sealed value was changed behind the program's back";
        case VaultErrc::rolled_back: return "stored records are not those that were written last";
        case VaultErrc::no_key: return "the key of a sealed value is not there";
        case VaultErrc::same_key: return "the next key is the one in use";
        }
        return "unknown error of the vault";
    }
};

inline boost::system::error_category const& vault_category() noexcept
{
    static VaultCategory const category;
    return category;
}

inline boost::system::error_code make_error_code(VaultErrc error)
{
    return {static_cast<int>(error), vault_category()};
}

} // namespace wagate::storage

template <>
struct boost::system::is_error_code_enum<wagate::storage::VaultErrc> : std::true_type {};
