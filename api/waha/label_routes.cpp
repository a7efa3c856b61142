#include "api/waha/label_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/chat_id.hpp"
#include "api/waha/rejections.hpp"
#include "gateway/session/chat_ids.hpp"
#include "protocol/engine/engine.hpp"

#include <algorithm>
#include <array>

namespace wagate::waha {
namespace {

namespace json = boost::json;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

/// waha.md 4, Labels.
constexpr std::array<std::string_view, 20> palette{"#ff9485", "#64c4ff", "#ffd429", "#dfaef0", "#99b6c1",
                                                   "#55ccb3", "#ff9dff", "#d3a91d", "#6d7cce", "#d7e752",
                                                   "#00d0e2", "#ffc5c7", "#93ceac", "#f74848", "#00a0f2",
                                                   "#83e422", "#ffaf04", "#b5ebff", "#9ba6ff", "#9368cf"};
constexpr int not_found = 404;

http::Shape const& label_shape()
{
    static http::Shape const shape{{
        Field::text("name").required().size_between(1, 100),
        Field::text("colorHex").size_between(1, 16),
        Field::integer("color").between(0, palette.size() - 1),
    }};
    return shape;
}

http::Shape const& set_shape()
{
    static http::Shape const shape{{
        Field::list("labels", Field::object("label", {{Field::text("id").required().size_between(1, 64)}}))
            .required()
            .size_between(0, 100),
    }};
    return shape;
}

/// What a body says about a label; its id is not set. Without a color it gets the first one.
Label to_label(json::object const& body, std::vector<std::string>& problems)
{
    Label label;
    label.name = http::text_at(body, "name").value_or("");
    if (auto const number = http::number_at(body, "color")) {
        label.color = static_cast<std::int32_t>(*number);
    } else if (auto const hex = http::text_at(body, "colorHex")) {
        auto const found = std::find(palette.begin(), palette.end(), *hex);
        if (found == palette.end())
            problems.emplace_back("colorHex must be one of WhatsApp's label colors");
        else
            label.color = static_cast<std::int32_t>(found - palette.begin());
    }
    return label;
}

json::object shown_label(Label const& label)
{
    // Colors that WhatsApp may add one day begin anew.
    auto const color = static_cast<std::size_t>(label.color < 0 ? 0 : label.color) % palette.size();
    json::object out;
    out["id"] = label.id;
    out["name"] = label.name;
    out["color"] = label.color;
    out["colorHex"] = palette[color];
    return out;
}

Response labels_response(std::vector<Label> const& labels)
{
    json::array out;
    for (auto const& label : labels)
        out.emplace_back(shown_label(label));
    return http::json_response(200, out);
}

/// The engine says 404 itself when it does not know a label.
Response label_rejection(gateway::Rejection const& rejection, SessionKey const& session)
{
    if (rejection.code == gateway::GatewayErrc::rejected_by_server && rejection.server_code == not_found)
        return http::problem(404, "Label not found");
    return rejection_response(rejection, session.name.value, Subject::action);
}

Response not_a_chat()
{
    return http::invalid_request({"chatId must be a phone number or the id of a chat"});
}

Response success()
{
    json::object body;
    body["success"] = true;
    return http::json_response(200, body);
}

} // namespace

void LabelRoutes::add_to(http::Router& router)
{
    auto const add = [&](std::string method, std::string path, auto handler) {
        router.add(std::move(method), std::move(path), Access::tenant, std::bind_front(handler, this));
    };
    add("GET", "/api/{session}/labels", &LabelRoutes::list);
    add("POST", "/api/{session}/labels", &LabelRoutes::create);
    add("PUT", "/api/{session}/labels/{labelId}", &LabelRoutes::update);
    add("DELETE", "/api/{session}/labels/{labelId}", &LabelRoutes::remove);
    add("GET", "/api/{session}/labels/chats/{chatId}", &LabelRoutes::of_chat);
    add("PUT", "/api/{session}/labels/chats/{chatId}", &LabelRoutes::set_of_chat);
    add("GET", "/api/{session}/labels/{labelId}/chats", &LabelRoutes::chats);
}

Task<Response> LabelRoutes::list(Call call)
{
    auto const session = session_of(call);
    auto asking = gateway::ask_for<std::vector<Label>>(
        gateway_, session, [](engine::Engine& engine, auto done) { done(engine.app_state_sync().labels()); });
    auto const found = co_await std::move(asking);
    if (!found) co_return label_rejection(found.error(), session);
    co_return labels_response(*found);
}

Task<Response> LabelRoutes::create(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, label_shape(), unknown_, problems);
    auto const label = to_label(body, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = session_of(call);
    auto asking = gateway::ask_for<Label>(gateway_, session, [label](engine::Engine& engine, auto done) {
        engine.app_state_sync().create_label(label.name, label.color, done);
    });
    auto const made = co_await std::move(asking);
    if (!made) co_return label_rejection(made.error(), session);
    co_return http::json_response(201, shown_label(*made));
}

Task<Response> LabelRoutes::update(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, label_shape(), unknown_, problems);
    auto label = to_label(body, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    label.id = call.parameter("labelId");
    auto const session = session_of(call);
    auto asking = gateway::ask_for<Label>(gateway_, session, [label](engine::Engine& engine, auto done) {
        engine.app_state_sync().edit_label(label, done);
    });
    auto const edited = co_await std::move(asking);
    if (!edited) co_return label_rejection(edited.error(), session);
    co_return http::json_response(200, shown_label(*edited));
}

Task<Response> LabelRoutes::remove(Call call)
{
    auto const session = session_of(call);
    auto const id = call.parameter("labelId");
    gateway::Gateway::Question question = [id](engine::Engine& engine, gateway::Gateway::Done done) {
        engine.app_state_sync().delete_label(
            id, [done](Result<void> result) { done(result ? ErrorCode{} : result.error()); });
    };
    auto asking = gateway_.ask(session, std::move(question));
    auto const asked = co_await std::move(asking);
    if (!asked) co_return label_rejection(asked.error(), session);
    co_return success();
}

Task<Response> LabelRoutes::of_chat(Call call)
{
    auto const chat = gateway::parse_chat(call.parameter("chatId"));
    if (!chat) co_return not_a_chat();
    auto const session = session_of(call);
    auto asking = gateway::ask_for<std::vector<Label>>(
        gateway_, session,
        [chat = *chat](engine::Engine& engine, auto done) { done(engine.app_state_sync().labels_of(chat)); });
    auto const found = co_await std::move(asking);
    if (!found) co_return label_rejection(found.error(), session);
    co_return labels_response(*found);
}

Task<Response> LabelRoutes::set_of_chat(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, set_shape(), unknown_, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const chat = gateway::parse_chat(call.parameter("chatId"));
    if (!chat) co_return not_a_chat();
    std::vector<std::string> ids;
    if (auto const* labels = http::list_at(body, "labels")) {
        for (auto const& label : *labels)
            ids.push_back(http::text_at(label.as_object(), "id").value_or(""));
    }
    auto const session = session_of(call);
    gateway::Gateway::Question question = [chat = *chat, ids](engine::Engine& engine,
                                                              gateway::Gateway::Done done) {
        engine.app_state_sync().set_labels_of(
            chat, ids, [done](Result<void> result) { done(result ? ErrorCode{} : result.error()); });
    };
    auto asking = gateway_.ask(session, std::move(question));
    auto const asked = co_await std::move(asking);
    if (!asked) co_return label_rejection(asked.error(), session);
    co_return success();
}

Task<Response> LabelRoutes::chats(Call call)
{
    auto const session = session_of(call);
    auto const id = call.parameter("labelId");
    // As they are shown: by phone number where it is known.
    auto asking = gateway::ask_for<std::vector<std::string>>(
        gateway_, session, [id](engine::Engine& engine, auto done) {
            std::vector<std::string> shown_chats;
            for (auto const& chat : engine.app_state_sync().chats_of(id))
                shown_chats.push_back(shown(chat, engine.phone_of(chat)));
            done(std::move(shown_chats));
        });
    auto const found = co_await std::move(asking);
    if (!found) co_return label_rejection(found.error(), session);
    json::array out;
    for (auto const& chat : *found) {
        json::object entry;
        entry["id"] = chat;
        out.emplace_back(std::move(entry));
    }
    co_return http::json_response(200, out);
}

} // namespace wagate::waha
