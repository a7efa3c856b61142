#pragma once
// Where media is uploaded to and downloaded from, and with which token (protocol.md 8.3).
#include "protocol/base/secret.hpp"
#include "protocol/base/time.hpp"
#include "protocol/binary/node.hpp"
#include "protocol/media/errors.hpp"

namespace wagate::media {

struct MediaHost {
    std::string hostname; ///< letters, digits, dots and hyphens; a simulator may add `:port`
    std::string fallback_hostname;
    bool fallback = false; ///< to be tried after the others

    bool operator==(MediaHost const&) const = default;
};

struct MediaConnection {
    Secret<std::string> auth;
    std::chrono::seconds lifetime{0};      ///< ask again after that
    std::chrono::seconds auth_lifetime{0}; ///< of the token
    int max_buckets = 0;
    std::vector<MediaHost> hosts; ///< in the order to try them; the first takes uploads; never empty
};

binary::Node media_conn_request(std::string_view id);
/// Hosts whose names are no host names are left out, and all after the 32nd.
/// @return MediaErrc::malformed without a token or a usable host, or when the reply is an error
Result<MediaConnection> parse_media_conn(binary::Node const& reply);
/// The server's side.
binary::Node media_conn_reply(binary::Node const& request, MediaConnection const& connection);

} // namespace wagate::media
