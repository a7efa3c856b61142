#include "api/waha/picture_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/file_body.hpp"
#include "api/waha/group_requests.hpp"
#include "api/waha/rejections.hpp"
#include "protocol/engine/engine.hpp"

namespace wagate::waha {
namespace {

using http::Access;
using http::Call;
using http::Field;
using http::Response;

http::Shape const& picture_shape()
{
    static http::Shape const shape{{Field::object("file", file_shape()).required()}};
    return shape;
}

} // namespace

void PictureRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, char const* path, auto endpoint, auto... limit) {
        router.add(method, path, Access::tenant, std::bind_front(endpoint, this), limit...);
    };
    add("PUT", "/api/{session}/profile/picture", &PictureRoutes::set_own, body_bytes_);
    add("DELETE", "/api/{session}/profile/picture", &PictureRoutes::remove_own);
    add("PUT", "/api/{session}/groups/{id}/picture", &PictureRoutes::set_group, body_bytes_);
    add("DELETE", "/api/{session}/groups/{id}/picture", &PictureRoutes::remove_group);
}

Task<Response> PictureRoutes::set_own(Call call)
{
    return set(std::move(call), std::nullopt);
}

Task<Response> PictureRoutes::remove_own(Call call)
{
    return change(session_of(call), std::nullopt, std::nullopt);
}

Task<Response> PictureRoutes::set_group(Call call)
{
    auto group = group_in(call);
    if (!group) co_return no_group();
    auto setting = set(std::move(call), std::move(group));
    co_return co_await std::move(setting);
}

Task<Response> PictureRoutes::remove_group(Call call)
{
    auto group = group_in(call);
    if (!group) co_return no_group();
    auto changing = change(session_of(call), std::move(group), std::nullopt);
    co_return co_await std::move(changing);
}

Task<Response> PictureRoutes::set(Call call, std::optional<Jid> of)
{
    std::vector<std::string> problems;
    auto body = http::accept_body(call.request.body, picture_shape(), unknown_, problems);
    call.request.body = {};
    gateway::FileSource source;
    if (auto* file = body.if_contains("file"); file != nullptr && file->is_object())
        source = take_file(file->get_object(), problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto session = session_of(call);
    auto making = media_.picture(session.tenant, std::move(source), {});
    auto jpeg = co_await std::move(making);
    if (!jpeg) co_return rejection_response(jpeg.error(), session.name.value, Subject::action);
    auto changing = change(std::move(session), std::move(of), std::move(*jpeg));
    co_return co_await std::move(changing);
}

Task<Response> PictureRoutes::change(SessionKey session, std::optional<Jid> of, std::optional<Bytes> jpeg)
{
    gateway::Gateway::Question question =
        [of = std::move(of), jpeg = std::move(jpeg)](engine::Engine& engine, gateway::Gateway::Done done) {
            auto answer = [done = std::move(done)](Result<std::string> const& id) {
                done(id ? ErrorCode{} : id.error());
            };
            engine.profiles().set_picture(of, jpeg, std::move(answer));
        };
    auto asking = gateway_.ask(session, std::move(question));
    auto const asked = co_await std::move(asking);
    if (!asked) co_return rejection_response(asked.error(), session.name.value, Subject::action);
    co_return json_text(std::string(success_answer));
}

} // namespace wagate::waha
