#pragma once
// The whole API without a socket: requests go straight into the dispatcher.
#include "api/http/dispatcher.hpp"
#include "api/http/json.hpp"
#include "api/service.hpp"
#include "api/v1/stored_keys.hpp"
#include "api/waha/event_render.hpp"
#include "tests/unit/api/fake_apps.hpp"
#include "tests/unit/api/fake_gateway.hpp"
#include "tests/unit/api/fake_log.hpp"
#include "tests/unit/api/fake_media.hpp"
#include "tests/unit/api/fake_tenants.hpp"
#include "tests/unit/api/fake_webhooks.hpp"
#include "tests/unit/api/key_table.hpp"
#include "tests/unit/gateway/limits/memory_limits.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/value_ref.hpp>

#include <algorithm>

namespace wagate::test {

/// Runs a coroutine that needs nothing from outside.
template <class T>
T run(Task<T> work)
{
    boost::asio::io_context context(1);
    std::optional<T> value;
    std::exception_ptr failure;
    boost::asio::co_spawn(context, std::move(work), [&](std::exception_ptr error, T result) {
        failure = error;
        value.emplace(std::move(result));
    });
    context.run();
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
}

/// Everything that an API is made of.
struct Parts {
    FakeGateway gateway;
    KeyTable key_table;
    BlockingPool pool{1, 100};
    /// `admin-key` of tenant "default", `acme-key` of "acme", `other-key` of "other".
    v1::StoredKeys keys{key_table, pool};
    gateway::TenantStates states;
    FakeTenants tenants{key_table, states, keys};
    FakeWebhooks webhooks;
    FakeMedia media;
    FakeApps apps;
    FakeLog log;
    gateway::EventFeed feed{log};
    gateway::StreamContext const streams{log, pool, feed, renderer(), info_source()};
    MemoryLimits stored_limits;
    gateway::LimitBook limits{stored_limits, {}, [] { return Instant{}; }};
    ApiParts const api{gateway, keys, streams, webhooks, media, apps, tenants, limits};

    Parts()
    {
        keys.set_derivation_secret(Bytes(32, 7));
        keys.set_states(states);
        keys.add_configured(TenantId("default"), "admin-key", true).value();
        keys.add_configured(TenantId("acme"), "acme-key", false).value();
        keys.add_configured(TenantId("other"), "other-key", false).value();
    }

    gateway::SessionInfo& add_session(std::string tenant, std::string name,
                                      SessionStatus status = SessionStatus::working)
    {
        SessionKey const key{TenantId(std::move(tenant)), SessionName(std::move(name))};
        auto& info = gateway.sessions[key];
        info.key = key;
        info.status = status;
        return info;
    }

private:
    static gateway::EventRenderer renderer()
    {
        return [](gateway::SessionInfo const& session, storage::StoredEvent const& event,
                  gateway::Rendering rendering) {
            std::vector<gateway::RenderedEvent> rendered;
            for (auto& one : waha::render_event(event, session, waha::Identity(), rendering))
                rendered.push_back({std::move(one.name), std::move(one.id), std::move(one.body)});
            return rendered;
        };
    }
    gateway::SessionInfoSource info_source()
    {
        return [this](SessionKey session) -> Task<std::optional<gateway::SessionInfo>> {
            auto const found = gateway.sessions.find(session);
            if (found == gateway.sessions.end()) co_return std::nullopt;
            co_return found->second;
        };
    }
};

struct Api : Parts {
    explicit Api(ApiOptions const& options = {})
        : routes(api, options), dispatcher(routes.router(), keys, admissions(options))
    {}
    http::Admissions admissions(ApiOptions const& options)
    {
        http::Admissions out;
        out.url = {&routes.tickets(), options.keys_in_urls};
        out.limits = &limits;
        out.caller = &routes.caller();
        return out;
    }

    ApiRoutes routes;
    http::Dispatcher dispatcher;

    /// Waits for a late answer too.
    http::Response send(http::Request request)
    {
        auto response = run(dispatcher(std::move(request)));
        if (!response.later) return response;
        return run(response.later());
    }

    /// @param target path with query
    http::Response call(std::string method, std::string const& target, std::string body = {},
                        std::string key = "acme-key", std::string accept = {})
    {
        http::Request request;
        request.method = std::move(method);
        auto const question = target.find('?');
        request.path = target.substr(0, question);
        if (question != std::string::npos) request.query = target.substr(question + 1);
        if (!key.empty()) request.headers.add("X-Api-Key", std::move(key));
        if (!accept.empty()) request.headers.add("accept", std::move(accept));
        request.body = std::move(body);
        return send(std::move(request));
    }
};

inline http::json::value parsed(std::string_view text)
{
    auto value = http::parse_json(text);
    if (!value) throw std::runtime_error("not JSON: " + std::string(text));
    return std::move(*value);
}

inline http::json::value body_of(http::Response const& response)
{
    return parsed(response.body);
}

} // namespace wagate::test
