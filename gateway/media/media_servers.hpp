#pragma once
// Which media servers to talk to: what WhatsApp names for a session, within what the operator allows.
#include "gateway/gateway.hpp"
#include "gateway/media/media_settings.hpp"
#include "protocol/media/media_conn.hpp"

namespace wagate::gateway {

/// Hosts as `scheme://host`, in the order to try them, and the token that uploads need.
struct MediaServers {
    Secret<std::string> auth; ///< empty: only for downloads
    std::vector<std::string> urls;
    std::optional<transport::Proxy> proxy = {}; ///< the session's
};

/// @return the servers that may be used; empty when WhatsApp named none that are allowed
MediaServers allowed_servers(media::MediaConnection const& hosts, MediaSettings const& settings);
/// Which addresses may be dialled for them; nullptr: any.
egress::AddressPolicy const* server_policy(MediaSettings const& settings);

/// On one loop.
class MediaDirectory {
public:
    MediaDirectory(Gateway& gateway, MediaSettings const& settings) : gateway_(gateway), settings_(settings)
    {}

    /// Asks for the session; what its engine knows already costs no question to the server.
    Task<Outcome<MediaServers>> for_upload(SessionKey session);
    /// The token was not accepted.
    Task<void> forget(SessionKey session);
    /// Downloads need no token: without a connection the hosts that were last heard of do.
    Task<MediaServers> for_download(SessionKey session);

private:
    Gateway& gateway_;
    MediaSettings const& settings_;
    std::vector<std::string> last_urls_;
};

} // namespace wagate::gateway
