#include "api/waha/health_json.hpp"

#include <boost/json/array.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

namespace wagate::waha {
namespace {

namespace json = boost::json;

} // namespace

json::value time_or_null(std::optional<WallTime> const& time)
{
    if (!time) return {};
    return unix_milliseconds(*time);
}

json::object connection_json(ConnectionHealth const& health)
{
    json::object out;
    out["healthy"] = health.healthy;
    out["lastStanzaAt"] = time_or_null(health.last_stanza);
    out["lastPongAt"] = time_or_null(health.last_pong);
    out["roundTripMs"] = nullptr;
    if (health.round_trip) out["roundTripMs"] = health.round_trip->count();
    out["offlineBacklog"] = health.offline_backlog;
    return out;
}

json::value delivery_failure_json(std::optional<gateway::DeliveryFailure> const& failure)
{
    if (!failure) return {};
    json::object out;
    out["time"] = unix_milliseconds(failure->time);
    out["endpoint"] = failure->endpoint;
    out["event"] = failure->event_id;
    out["attempt"] = failure->attempt;
    out["status"] = nullptr;
    if (failure->status != 0) out["status"] = failure->status;
    out["error"] = nullptr;
    if (!failure->error.empty()) out["error"] = failure->error;
    return json::value(std::move(out));
}

json::object health_json(gateway::SessionHealth const& health)
{
    json::array disabled;
    for (auto const& endpoint : health.webhooks.disabled)
        disabled.emplace_back(endpoint);
    auto out = connection_json(health.connection);
    out["unfinishedSends"] = health.unfinished_sends;
    out["pendingEvents"] = health.webhooks.pending_events;
    out["lastWebhookError"] = delivery_failure_json(health.webhooks.last_failure);
    out["disabledWebhooks"] = std::move(disabled);
    return out;
}

std::string public_url(std::string_view url)
{
    auto const parsed = boost::urls::parse_uri_reference(url);
    if (!parsed) return {};
    boost::urls::url shown(*parsed);
    shown.remove_userinfo();
    return std::string(shown.buffer());
}

} // namespace wagate::waha
