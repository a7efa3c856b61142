#include "api/v1/push_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/rejections.hpp"
#include "protocol/base/encoding.hpp"
#include "protocol/engine/engine.hpp"

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using engine::Engine;
using http::Access;
using http::Call;
using http::Field;
using http::Response;
using stanza::PushTarget;

constexpr std::size_t longest_token = 4'096;
constexpr std::size_t longest_url = 2'048;
constexpr std::size_t longest_key = 256;
constexpr std::size_t auth_size = 16;       // RFC 8291, 3.2
constexpr std::size_t public_key_size = 65; // a point of P-256, uncompressed

http::Shape const& push_shape()
{
    static http::Shape const shape{{
        Field::text("platform").required().one_of({"web", "fcm", "apns"}),
        Field::text("endpoint").size_between(1, longest_url),
        Field::text("auth").size_between(1, longest_key),
        Field::text("p256dh").size_between(1, longest_key),
        Field::text("token").size_between(1, longest_token),
        Field::text("voipToken").size_between(1, longest_token),
        Field::text("messageIdKey").size_between(1, longest_key),
    }};
    return shape;
}

/// Reads the body's fields and says what is wrong with them.
class PushReader {
public:
    PushReader(json::object const& body, std::vector<std::string>& problems) noexcept
        : body_(body), problems_(problems)
    {}

    PushTarget target(std::string const& platform)
    {
        if (platform == "fcm") {
            refuse({"endpoint", "auth", "p256dh", "voipToken", "messageIdKey"}, platform);
            return stanza::FcmPush{needed("token")};
        }
        if (platform == "apns") {
            refuse({"endpoint", "auth", "p256dh"}, platform);
            auto const key =
                body_.contains("messageIdKey") ? bytes("messageIdKey", stanza::ApnsPush::key_size) : Bytes{};
            return stanza::ApnsPush{needed("token"), http::text_at(body_, "voipToken").value_or(""), key};
        }
        refuse({"token", "voipToken", "messageIdKey"}, platform);
        auto endpoint = needed("endpoint");
        if (!endpoint.empty() && !endpoint.starts_with("https://"))
            problems_.emplace_back("endpoint must be an https URL");
        return stanza::WebPush{std::move(endpoint), bytes("auth", auth_size),
                               bytes("p256dh", public_key_size)};
    }

private:
    std::string needed(char const* name)
    {
        auto text = http::text_at(body_, name);
        if (!text) problems_.push_back(std::string(name) + " should not be empty");
        return text.value_or("");
    }
    Bytes bytes(char const* name, std::size_t size)
    {
        auto const text = needed(name);
        auto found = base64_decode(text);
        if (!text.empty() && (!found || found->size() != size))
            problems_.push_back(std::string(name) + " must be base64 of " + std::to_string(size) + " bytes");
        return found.value_or(Bytes{});
    }
    void refuse(std::initializer_list<char const*> names, std::string const& platform)
    {
        for (auto const* name : names)
            if (body_.contains(name))
                problems_.push_back(std::string(name) + " does not belong to " + platform);
    }

    json::object const& body_;
    std::vector<std::string>& problems_;
};

Response refused(gateway::Rejection const& rejection, SessionKey const& session)
{
    return waha::rejection_response(rejection, session.name.value, waha::Subject::action);
}

} // namespace

void PushRoutes::add_to(http::Router& router)
{
    router.add("GET", "/api/v1/{session}/push", Access::tenant, std::bind_front(&PushRoutes::show, this));
    router.add("PUT", "/api/v1/{session}/push", Access::tenant, std::bind_front(&PushRoutes::set, this));
}

Task<Response> PushRoutes::show(Call call)
{
    auto const session = waha::session_of(call);
    auto question = [](Engine& engine, auto done) { engine.push().server_key(std::move(done)); };
    auto asking = gateway::ask_for<std::optional<std::string>>(gateway_, session, std::move(question));
    auto const key = co_await std::move(asking);
    if (!key) co_return refused(key.error(), session);
    json::object out;
    out["webServerKey"] = nullptr;
    if (*key) out["webServerKey"] = **key;
    co_return http::json_response(200, out);
}

Task<Response> PushRoutes::set(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, push_shape(), unknown_, problems);
    PushTarget target;
    auto const platform = http::text_at(body, "platform").value_or("");
    if (problems.empty()) target = PushReader(body, problems).target(platform);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    auto question = [target](Engine& engine, auto done) {
        engine.push().register_device(target, std::move(done));
    };
    auto asking = gateway::ask_for<PushTarget>(gateway_, session, std::move(question));
    auto const registered = co_await std::move(asking);
    if (!registered) co_return refused(registered.error(), session);
    json::object out;
    out["platform"] = platform;
    out["messageIdKey"] = nullptr;
    if (auto const* apns = std::get_if<stanza::ApnsPush>(&*registered))
        out["messageIdKey"] = base64_encode(apns->message_id_key);
    co_return http::json_response(200, out);
}

} // namespace wagate::v1
