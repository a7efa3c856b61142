#include "api/v1/mark_routes.hpp"

#include "api/http/problem.hpp"
#include "api/waha/account_events_json.hpp"
#include "api/waha/call_session.hpp"
#include "api/waha/rejections.hpp"
#include "gateway/session/chat_ids.hpp"
#include "protocol/engine/engine.hpp"

#include <boost/json/array.hpp>

namespace wagate::v1 {
namespace {

namespace json = boost::json;
using engine::AppStateSync;
using http::Access;
using http::Call;
using http::Field;
using http::Response;

constexpr double latest_second = 253'402'300'799.0; // end of the year 9999
constexpr std::size_t most_labels = 100;
constexpr int not_found = 404;

http::Shape const& mute_shape()
{
    static http::Shape const shape{{
        Field::boolean("muted").required(),
        Field::integer("until").between(1, latest_second),
    }};
    return shape;
}

http::Shape const& labels_shape()
{
    static http::Shape const shape{{
        Field::list("labels", Field::object("label", {{Field::text("id").required().size_between(1, 64)}}))
            .required()
            .size_between(0, most_labels),
    }};
    return shape;
}

http::Shape flag_shape(char const* name)
{
    return {{Field::boolean(name).required()}};
}

/// The chat that the path names; nothing after a problem.
std::optional<Jid> chat_of(Call const& call, std::vector<std::string>& problems)
{
    auto chat = gateway::parse_chat(call.parameter("chatId"));
    if (chat && !chat->is_user() && !chat->is_group()) chat.reset(); // channels and lists have no marks
    if (!chat) problems.emplace_back("chatId must be a phone number or the id of a person or group");
    return chat;
}

std::optional<MessageId> message_of(Call const& call, std::vector<std::string>& problems)
{
    auto id = gateway::parse_message_id(call.parameter("messageId"));
    if (!id) problems.emplace_back("messageId must be the id of a message");
    return id;
}

} // namespace

void MarkRoutes::add_to(http::Router& router)
{
    auto const add = [&](char const* method, char const* path, auto endpoint) {
        router.add(method, path, Access::tenant, std::bind_front(endpoint, this));
    };
    add("PUT", "/api/v1/{session}/chats/{chatId}/pin", &MarkRoutes::pin);
    add("PUT", "/api/v1/{session}/chats/{chatId}/mute", &MarkRoutes::mute);
    add("PUT", "/api/v1/{session}/chats/{chatId}/read", &MarkRoutes::read);
    add("POST", "/api/v1/{session}/chats/{chatId}/messages/{messageId}/delete-for-me",
        &MarkRoutes::delete_for_me);
    add("GET", "/api/v1/{session}/chats/{chatId}/messages/{messageId}/labels", &MarkRoutes::labels);
    add("PUT", "/api/v1/{session}/chats/{chatId}/messages/{messageId}/labels", &MarkRoutes::set_labels);
    add("DELETE", "/api/v1/{session}/contacts/{contactId}", &MarkRoutes::remove_contact);
}

Task<Response> MarkRoutes::change(Call const& call, Jid chat, Change change, std::string missing)
{
    auto const session = waha::session_of(call);
    gateway::Gateway::Question question = [chat = std::move(chat), change = std::move(change)](
                                              engine::Engine& engine, gateway::Gateway::Done done) {
        change(engine.app_state_sync(), chat,
               [done](Result<void> result) { done(result ? ErrorCode{} : result.error()); });
    };
    auto asking = gateway_.ask(session, std::move(question));
    auto const asked = co_await std::move(asking);
    if (!asked) {
        auto const& rejection = asked.error();
        bool const is_missing = rejection.code == gateway::GatewayErrc::rejected_by_server &&
                                rejection.server_code == not_found && !missing.empty();
        if (is_missing) co_return http::problem(404, missing);
        co_return waha::rejection_response(rejection, session.name.value, waha::Subject::action);
    }
    json::object body;
    body["success"] = true;
    co_return http::json_response(200, body);
}

Task<Response> MarkRoutes::pin(Call call)
{
    static http::Shape const shape = flag_shape("pinned");
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, shape, unknown_, problems);
    auto const chat = chat_of(call, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    Change pinning = [on = http::flag_at(body, "pinned", true)](
                         AppStateSync& sync, Jid const& of, Done done) { sync.pin(of, on, std::move(done)); };
    auto changing = change(call, *chat, std::move(pinning));
    co_return co_await std::move(changing);
}

Task<Response> MarkRoutes::mute(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, mute_shape(), unknown_, problems);
    auto const chat = chat_of(call, problems);
    auto const muted = http::flag_at(body, "muted", true);
    std::optional<WallTime> until;
    if (auto const second = http::number_at(body, "until"))
        until = wall_from_seconds(static_cast<std::int64_t>(*second));
    if (until && !muted) problems.emplace_back("until is only for muted chats");
    if (!problems.empty()) co_return http::invalid_request(problems);
    Change muting = [muted, until](AppStateSync& sync, Jid const& of, Done done) {
        sync.mute(of, muted, until, std::move(done));
    };
    auto changing = change(call, *chat, std::move(muting));
    co_return co_await std::move(changing);
}

Task<Response> MarkRoutes::read(Call call)
{
    static http::Shape const shape = flag_shape("read");
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, shape, unknown_, problems);
    auto const chat = chat_of(call, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    Change marking = [on = http::flag_at(body, "read", true)](AppStateSync& sync, Jid const& of, Done done) {
        sync.mark_read(of, on, std::move(done));
    };
    auto changing = change(call, *chat, std::move(marking));
    co_return co_await std::move(changing);
}

Task<Response> MarkRoutes::delete_for_me(Call call)
{
    std::vector<std::string> problems;
    auto const chat = chat_of(call, problems);
    auto const id = message_of(call, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    Change deleting = [id = *id](AppStateSync& sync, Jid const& of, Done done) {
        sync.delete_message_for_me(of, id, std::move(done));
    };
    auto changing = change(call, *chat, std::move(deleting));
    co_return co_await std::move(changing);
}

Task<Response> MarkRoutes::labels(Call call)
{
    std::vector<std::string> problems;
    auto const chat = chat_of(call, problems);
    auto const id = message_of(call, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    auto const session = waha::session_of(call);
    auto question = [chat = *chat, id = *id](engine::Engine& engine, auto done) {
        done(engine.app_state_sync().labels_of(chat, id));
    };
    auto asking = gateway::ask_for<std::vector<Label>>(gateway_, session, std::move(question));
    auto const found = co_await std::move(asking);
    if (!found) co_return waha::rejection_response(found.error(), session.name.value, waha::Subject::action);
    json::array out;
    for (auto const& label : *found)
        out.emplace_back(waha::label_json(label));
    co_return http::json_response(200, out);
}

Task<Response> MarkRoutes::set_labels(Call call)
{
    std::vector<std::string> problems;
    auto const body = http::accept_body(call.request.body, labels_shape(), unknown_, problems);
    auto const chat = chat_of(call, problems);
    auto const id = message_of(call, problems);
    if (!problems.empty()) co_return http::invalid_request(problems);
    std::vector<std::string> ids;
    for (auto const& label : *http::list_at(body, "labels"))
        ids.push_back(http::text_at(label.as_object(), "id").value_or(""));
    Change labelling = [id = *id, ids = std::move(ids)](AppStateSync& sync, Jid const& of, Done done) {
        sync.set_labels_of(of, id, ids, std::move(done));
    };
    auto changing = change(call, *chat, std::move(labelling), "Label not found");
    co_return co_await std::move(changing);
}

Task<Response> MarkRoutes::remove_contact(Call call)
{
    auto const person = gateway::parse_chat(call.parameter("contactId"));
    if (!person || !person->is_user())
        co_return http::invalid_request({"contactId must be a phone number or a person's id"});
    Change removing = [](AppStateSync& sync, Jid const& who, Done done) {
        sync.remove_contact(who, std::move(done));
    };
    auto changing = change(call, *person, std::move(removing), "This person is not in the address book");
    co_return co_await std::move(changing);
}

} // namespace wagate::v1
