#pragma once
// What is sent to a webhook: endpoints, their identity, the request with WAHA's headers and signature
// (waha.md 2).
#include "gateway/events/rendered_event.hpp"
#include "gateway/transport/http_client.hpp"

#include <span>

namespace wagate::gateway::webhooks {

struct Endpoint {
    std::string id; ///< names its cursor: the same over restarts, free of secrets
    WebhookConfig config;
};

/// The endpoints of a session. The id follows from the URL alone, so a changed key or subscription keeps the
/// place in the log; the same URL twice (also once globally and once for the session) is served twice.
std::vector<Endpoint> make_endpoints(std::span<WebhookConfig const> global,
                                     std::span<WebhookConfig const> of_session);

/// Lower-case hexadecimal HMAC-SHA512 over the exact body.
std::string signature(std::string_view key, std::string_view body);

/// `v1,<base64>` of the HMAC-SHA256 over `id.timestamp.body` as Standard Webhooks defines it, for each key,
/// separated by spaces: a receiver accepts any of them, so keys can be rotated.
std::string standard_signature(std::span<Bytes const> keys, std::string_view id, std::string_view timestamp,
                               std::string_view body);

/// What differs between the attempts of one delivery.
struct AttemptStamp {
    WallTime now{}; ///< receivers refuse old timestamps, so each attempt has its own
    int number = 1;
    bool is_replay = false;
};

transport::HttpRequest make_request(WebhookConfig const& webhook, RenderedEvent const& event,
                                    std::string_view user_agent, AttemptStamp const& stamp);

} // namespace wagate::gateway::webhooks
