#include "api/waha/seen.hpp"

#include "api/waha/message_json.hpp"
#include "gateway/session/chat_ids.hpp"
#include "gateway/session/refused.hpp"
#include "protocol/engine/engine.hpp"

#include <map>

namespace wagate::waha {
namespace {

using gateway::GatewayErrc;
using gateway::Outcome;
using gateway::refused;

constexpr std::size_t most_of_person = 30;
constexpr std::size_t most_of_group = 100;

/// Receipts are one per chat and, in groups, per sender.
struct Receiver {
    Jid chat;
    std::optional<Jid> participant;
    auto operator<=>(Receiver const&) const = default;
};
using Marks = std::map<Receiver, std::vector<MessageId>>;

Receiver receiver_of(Message const& message)
{
    bool const names_sender = message.chat.is_group() || message.chat.is_broadcast();
    return {message.chat.bare(), names_sender ? std::optional{message.sender.bare()} : std::nullopt};
}

Instant now()
{
    return {std::chrono::time_point_cast<Milliseconds>(std::chrono::steady_clock::now()),
            std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now())};
}

bool can_be_played(Message const& message)
{
    auto const typed = message::parse_body(message.content);
    auto const* media = std::get_if<message::Media>(&typed.body);
    return media != nullptr &&
           (media->kind == message::MediaKind::voice || media->kind == message::MediaKind::audio ||
            media->kind == message::MediaKind::video_note);
}

/// The messages named one by one.
Task<Outcome<std::vector<std::string>>> collect(Sending const& sending, SessionKey session,
                                                SeenRequest const& request, Marks& marks)
{
    auto const chat = gateway::parse_chat(request.chat);
    std::vector<std::string> done;
    for (auto const& id : request.ids) {
        auto const found = co_await sending.find(session, request.chat, id);
        bool const is_unknown = !found && found.error().code == GatewayErrc::message_not_found;
        if (!found && !is_unknown) co_return found.error();
        if (found && found->from_me) continue; // nobody waits for that
        if (request.played && found && found->stored && !can_be_played(*found->stored))
            co_return refused(GatewayErrc::not_possible, "only voice messages and round videos are played");
        auto const wire_id = gateway::parse_message_id(id);
        if (!wire_id) co_return refused(GatewayErrc::message_not_found, "messageIds holds no message id");
        Receiver receiver{*chat, std::nullopt};
        if (found && found->stored) {
            receiver = receiver_of(*found->stored);
        } else if (chat->is_group() || chat->is_broadcast()) {
            receiver.participant = found ? found->sender : std::nullopt;
            if (request.participant) receiver.participant = gateway::parse_chat(*request.participant);
            if (!receiver.participant)
                co_return refused(GatewayErrc::invalid_request,
                                  "participant must name the sender of messages that are not known here");
        }
        marks[receiver].push_back(*wire_id);
        done.push_back(id);
    }
    co_return done;
}

/// What came in the last days and was not marked yet.
Task<Outcome<std::vector<std::string>>> collect_unread(Sending const& sending, SessionKey session,
                                                       SeenRequest const& request, Marks& marks)
{
    storage::MessageQuery query;
    auto const chat = gateway::parse_chat(request.chat);
    query.limit = request.most.value_or(chat->is_group() ? most_of_group : most_of_person);
    query.from = now().wall - request.age;
    query.from_me = false;
    auto const found = co_await sending.gateway().messages(session, request.chat, query);
    if (!found) co_return found.error();
    std::vector<std::string> done;
    for (auto const& message : *found) {
        if (message.ack == Ack::read || message.ack == Ack::played) continue;
        marks[receiver_of(message)].push_back(message.id);
        done.push_back(full_id(message));
    }
    co_return done;
}

} // namespace

Task<Outcome<std::vector<std::string>>> mark_seen(Sending const& sending, SessionKey session,
                                                  SeenRequest request)
{
    if (!gateway::parse_chat(request.chat)) co_return refused(GatewayErrc::invalid_recipient, {});
    Marks marks;
    auto collecting = request.ids.empty() ? collect_unread(sending, session, request, marks)
                                          : collect(sending, session, request, marks);
    auto done = co_await std::move(collecting);
    if (!done) co_return done;
    // Also with nothing to mark: the session has to be there.
    gateway::Gateway::Question question = [marks, played = request.played](engine::Engine& engine,
                                                                           gateway::Gateway::Done finished) {
        auto const mark = played ? &engine::Engine::mark_played : &engine::Engine::mark_read;
        for (auto const& [receiver, ids] : marks)
            (engine.*mark)(receiver.chat, receiver.participant, ids, now());
        finished({});
    };
    auto asking = sending.gateway().ask(std::move(session), std::move(question));
    auto const asked = co_await std::move(asking);
    if (!asked) co_return asked.error();
    co_return done;
}

} // namespace wagate::waha
