#pragma once
// Links to files that need no key: they name their tenant and end after a while. Who has such a link has the
// file, so that a webhook's receiver can fetch it without a key of the API.
#include "protocol/base/secret.hpp"
#include "protocol/base/time.hpp"
#include "protocol/model/model.hpp"

#include <optional>
#include <string>

namespace wagate::waha {

class LinkSigner {
public:
    static constexpr std::size_t key_bytes = 32;

    /// @param lifetime of a link
    LinkSigner(Secret<Bytes> key, std::chrono::seconds lifetime) : key_(std::move(key)), lifetime_(lifetime)
    {}

    /// What of a link says until when it holds: `exp=…&sig=…`.
    std::string query(SessionKey const& session, std::string_view file, WallTime now) const;
    /// @param expires and `signature` as they stand in the link
    bool holds(SessionKey const& session, std::string_view file, std::string_view expires,
               std::string_view signature, WallTime now) const;

private:
    std::string sign(SessionKey const& session, std::string_view file, std::string_view expires) const;

    Secret<Bytes> key_;
    std::chrono::seconds lifetime_;
};

} // namespace wagate::waha
