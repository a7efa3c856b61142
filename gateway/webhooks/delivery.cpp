#include "gateway/webhooks/delivery.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"

#include <algorithm>
#include <map>

namespace wagate::gateway::webhooks {
namespace {

bool same_name(std::string_view left, std::string_view right)
{
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [&](char a, char b) { return lower(a) == lower(b); });
}

/// Replaces a header of that name in any case.
void set_header(transport::HttpHeaders& headers, std::string_view name, std::string value)
{
    std::erase_if(headers, [&](auto const& header) { return same_name(header.first, name); });
    headers.emplace_back(name, std::move(value));
}

void add_endpoints(std::vector<Endpoint>& endpoints, std::span<WebhookConfig const> webhooks,
                   std::string_view prefix)
{
    std::map<std::string, int> times;
    for (auto const& webhook : webhooks) {
        auto const digest = crypto::sha256(view(webhook.url));
        auto id = std::string{prefix} + hex_encode(ByteView{digest}.first(16));
        if (auto const time = ++times[webhook.url]; time > 1) id += "-" + std::to_string(time);
        endpoints.push_back({std::move(id), webhook});
    }
}

} // namespace

std::vector<Endpoint> make_endpoints(std::span<WebhookConfig const> global,
                                     std::span<WebhookConfig const> of_session)
{
    std::vector<Endpoint> endpoints;
    add_endpoints(endpoints, global, "global-");
    add_endpoints(endpoints, of_session, "session-");
    return endpoints;
}

std::string signature(std::string_view key, std::string_view body)
{
    return hex_encode(crypto::hmac_sha512(view(key), {view(body)}));
}

transport::HttpRequest make_request(WebhookConfig const& webhook, RenderedEvent const& event,
                                    std::string_view user_agent, WallTime now)
{
    transport::HttpRequest request;
    request.method = "POST";
    request.url = webhook.url;
    request.body = event.body;
    request.kept_body_bytes = 0; // nobody reads the answer
    auto& headers = request.headers;
    set_header(headers, "Content-Type", "application/json");
    set_header(headers, "User-Agent", std::string{user_agent});
    for (auto const& [name, value] : webhook.custom_headers)
        set_header(headers, name, value);
    // Last: what receivers trust is not for custom headers to change.
    set_header(headers, "X-Webhook-Request-Id", event.id);
    set_header(headers, "X-Webhook-Timestamp", std::to_string(unix_milliseconds(now)));
    if (webhook.hmac_key) {
        set_header(headers, "X-Webhook-Hmac", signature(*webhook.hmac_key, event.body));
        set_header(headers, "X-Webhook-Hmac-Algorithm", "sha512");
    }
    return request;
}

} // namespace wagate::gateway::webhooks
