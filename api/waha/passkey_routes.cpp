#include "api/waha/passkey_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/rejections.hpp"
#include "protocol/base/encoding.hpp"
#include "protocol/engine/account_errors.hpp"
#include "protocol/engine/engine.hpp"

#include <boost/json/serialize.hpp>

#include <array>

namespace wagate::waha {
namespace {

namespace json = boost::json;
using engine::Engine;
using gateway::Gateway;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

constexpr std::size_t longest_value = 16'384;
constexpr std::array response_values{"clientDataJSON", "authenticatorData", "signature"};

http::Shape const& assertion_shape()
{
    static http::Shape const response{{
        Field::text("clientDataJSON").required().size_between(1, longest_value),
        Field::text("authenticatorData").required().size_between(1, longest_value),
        Field::text("signature").required().size_between(1, longest_value),
        Field::text("userHandle").size_between(0, longest_value),
    }};
    static http::Shape const shape{{
        Field::text("id").required().size_between(1, longest_value),
        Field::text("rawId").required().size_between(1, longest_value),
        Field::text("type").required().one_of({"public-key"}),
        Field::object("response", response).required(),
    }};
    return shape;
}

/// Without padding, as browsers write it, whatever the client made of it.
std::string base64url(ByteView bytes)
{
    auto text = base64url_encode(bytes);
    text.resize(text.find_last_not_of('=') + 1);
    return text;
}

std::optional<engine::PasskeyAnswer> answer_in(json::object const& body, std::vector<std::string>& problems)
{
    auto const credential = base64_decode(http::text_at(body, "rawId").value_or(""));
    if (!credential || credential->empty()) problems.emplace_back("rawId must be base64url");
    auto const* given = http::object_at(body, "response");
    json::object response;
    for (auto const* name : response_values) {
        auto const bytes = base64_decode(http::text_at(*given, name).value_or(""));
        if (bytes)
            response[name] = base64url(*bytes);
        else
            problems.push_back("response." + std::string(name) + " must be base64url");
    }
    response["userHandle"] = nullptr;
    if (auto const handle = base64_decode(http::text_at(*given, "userHandle").value_or(""));
        handle && !handle->empty())
        response["userHandle"] = base64url(*handle);
    if (!problems.empty()) return std::nullopt;
    json::object assertion;
    assertion["id"] = http::text_at(body, "id").value_or("");
    assertion["rawId"] = base64url(*credential);
    assertion["type"] = "public-key";
    assertion["response"] = std::move(response);
    return engine::PasskeyAnswer{*credential, json::serialize(assertion)};
}

} // namespace

void PasskeyRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, char const* path, auto endpoint) {
        router.add(method, path, Access::tenant, std::bind_front(endpoint, this));
    };
    add("GET", "/api/{session}/auth/passkey/challenge", &PasskeyRoutes::challenge);
    add("POST", "/api/{session}/auth/passkey", &PasskeyRoutes::answer);
    add("GET", "/api/{session}/auth/passkey/confirmation", &PasskeyRoutes::confirmation);
    add("POST", "/api/{session}/auth/passkey/confirm", &PasskeyRoutes::confirm);
}

Task<Response> PasskeyRoutes::challenge(Call call)
{
    auto const session = session_of(call);
    auto question = [](Engine& engine, auto done) {
        auto const& challenge = engine.passkey().challenge();
        if (challenge)
            done(Result<std::string>{*challenge});
        else
            done(Result<std::string>{make_error_code(engine::AccountErrc::not_waiting)});
    };
    auto asking = gateway::ask_for<std::string>(gateway_, session, std::move(question),
                                                SessionStatus::passkey_required);
    auto const challenge = co_await std::move(asking);
    if (!challenge) co_return rejection_response(challenge.error(), session.name.value, Subject::action);
    auto const options = http::parse_json(*challenge);
    if (!options) co_return http::problem(502, "WhatsApp's challenge is no JSON");
    co_return http::json_response(200, *options);
}

Task<Response> PasskeyRoutes::answer(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, assertion_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const given = answer_in(body, problems);
    if (!given) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    Gateway::Question question = [given = *given](Engine& engine, Gateway::Done done) {
        engine.passkey().answer(given, std::move(done));
    };
    auto const outcome =
        co_await gateway_.ask_during(SessionStatus::passkey_required, session, std::move(question));
    co_return done_or_rejected(outcome, session);
}

Task<Response> PasskeyRoutes::confirmation(Call call)
{
    auto const session = session_of(call);
    auto question = [](Engine& engine, auto done) {
        auto const& code = engine.passkey().code();
        if (code)
            done(Result<std::string>{*code});
        else
            done(Result<std::string>{make_error_code(engine::AccountErrc::not_waiting)});
    };
    auto asking = gateway::ask_for<std::string>(gateway_, session, std::move(question),
                                                SessionStatus::passkey_confirmation_required);
    auto const code = co_await std::move(asking);
    if (!code) co_return rejection_response(code.error(), session.name.value, Subject::action);
    json::object out;
    out["code"] = *code;
    co_return http::json_response(200, out);
}

Task<Response> PasskeyRoutes::confirm(Call call)
{
    auto const session = session_of(call);
    Gateway::Question question = [](Engine& engine, Gateway::Done done) {
        engine.passkey().confirm(std::move(done));
    };
    auto const outcome = co_await gateway_.ask_during(SessionStatus::passkey_confirmation_required, session,
                                                      std::move(question));
    co_return done_or_rejected(outcome, session);
}

} // namespace wagate::waha
