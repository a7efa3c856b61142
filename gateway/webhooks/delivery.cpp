#include "gateway/webhooks/delivery.hpp"

#include "gateway/egress/userinfo.hpp"
#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"

#include <algorithm>
#include <map>

namespace wagate::gateway::webhooks {
namespace {

constexpr std::chrono::seconds connect_limit{5};
constexpr std::chrono::seconds response_limit{15};
/// Nobody reads the answer; a short one is taken in so that its connection can be used again.
constexpr std::size_t longest_answer = 64 * 1024;

bool same_name(std::string_view left, std::string_view right)
{
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [&](char a, char b) { return lower(a) == lower(b); });
}

void erase_header(transport::HttpHeaders& headers, std::string_view name)
{
    std::erase_if(headers, [&](auto const& header) { return same_name(header.first, name); });
}

/// Replaces a header of that name in any case.
void set_header(transport::HttpHeaders& headers, std::string_view name, std::string value)
{
    erase_header(headers, name);
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

std::string standard_signature(std::span<Bytes const> keys, std::string_view id, std::string_view timestamp,
                               std::string_view body)
{
    std::string signatures;
    for (auto const& key : keys) {
        auto const code =
            crypto::hmac_sha256(key, {view(id), view("."), view(timestamp), view("."), view(body)});
        if (!signatures.empty()) signatures += ' ';
        signatures += "v1," + base64_encode(code);
    }
    return signatures;
}

transport::HttpRequest make_request(WebhookConfig const& webhook, RenderedEvent const& event,
                                    std::string_view user_agent, AttemptStamp const& stamp)
{
    transport::HttpRequest request;
    request.method = "POST";
    auto address = egress::take_userinfo(webhook.url);
    request.url = std::move(address.url);
    request.body = event.body;
    request.timeouts.connect = connect_limit;
    request.timeouts.response = response_limit;
    request.verify_tls = webhook.verify_tls;
    request.kept_body_bytes = longest_answer;
    auto& headers = request.headers;
    set_header(headers, "Content-Type", "application/json");
    set_header(headers, "User-Agent", std::string{user_agent});
    if (address.authorization) set_header(headers, "Authorization", *address.authorization);
    for (auto const& [name, value] : webhook.custom_headers)
        set_header(headers, name, value);
    // Last: what receivers trust is not for custom headers to change.
    erase_header(headers, "X-Webhook-Hmac");
    erase_header(headers, "X-Webhook-Hmac-Algorithm");
    erase_header(headers, "X-Webhook-Hmac-Signature");
    set_header(headers, "X-Webhook-Request-Id", event.id);
    set_header(headers, "X-Webhook-Timestamp", std::to_string(unix_milliseconds(stamp.now)));
    set_header(headers, "X-Webhook-Attempt", std::to_string(stamp.number));
    if (webhook.hmac_key) {
        set_header(headers, "X-Webhook-Hmac", signature(*webhook.hmac_key, event.body));
        set_header(headers, "X-Webhook-Hmac-Algorithm", "sha512");
        if (webhook.sha256_too)
            set_header(headers, "X-Webhook-Hmac-Signature",
                       hex_encode(crypto::hmac_sha256(view(*webhook.hmac_key), {view(event.body)})));
    }
    auto const seconds = std::to_string(unix_seconds(stamp.now));
    set_header(headers, "webhook-id", event.id);
    set_header(headers, "webhook-timestamp", seconds);
    erase_header(headers, "webhook-signature");
    erase_header(headers, "webhook-replay");
    if (!webhook.signing_keys.empty())
        set_header(headers, "webhook-signature",
                   standard_signature(webhook.signing_keys, event.id, seconds, event.body));
    if (stamp.is_replay) set_header(headers, "webhook-replay", "1");
    return request;
}

} // namespace wagate::gateway::webhooks
