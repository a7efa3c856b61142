// What the store tells of a session's messages.
#include "gateway/live_gateway.hpp"
#include "gateway/store_calls.hpp"

#include <algorithm>

namespace wagate::gateway {
namespace {

/// What became of a send; nothing when there was none with this id. Blocks.
/// @param chat in the id as it was given; nothing when it was bare
std::optional<SendStatus> read_send_status(storage::Store& store, SessionKey const& key, MessageId const& id,
                                           std::optional<Jid> const& chat)
{
    // In this order: a send leaves the outbox in the unit of work that changes its message.
    auto entry = store.outbox_entry(key, id);
    auto found = store.messages_by_id(key, id);
    std::erase_if(found, [](Message const& message) {
        return !message.from_me || message.origin != MessageOrigin::api;
    });
    if (found.empty()) return std::nullopt;
    auto const is_meant = [&](Message const& message) {
        return !chat || message.chat == *chat || message.chat_phone == *chat;
    };
    auto const meant = std::find_if(found.begin(), found.end(), is_meant);
    SendStatus status;
    status.message = std::move(meant == found.end() ? found.front() : *meant);
    // It may have been accepted between the two reads.
    if (!entry && status.message.ack == Ack::pending) entry = store.outbox_entry(key, id);
    if (status.message.ack == Ack::error)
        status.state = SendState::failed;
    else if (!entry || status.message.ack != Ack::pending)
        status.state = SendState::sent;
    else
        status.state = entry->stanza.empty() ? SendState::queued : SendState::sending;
    return status;
}

/// The chat in `true_123@c.us_ID`.
std::optional<Jid> chat_in(std::string_view full_id)
{
    auto const full = parse_full_id(full_id);
    if (!full) return std::nullopt;
    return full->chat;
}

/// The other address of the same person, as far as it is known. Blocks.
std::optional<Jid> alias_of(storage::Store& store, SessionKey const& key, Jid const& chat)
{
    if (chat.is_phone()) {
        if (auto const lid = store.lid_of_phone(key, chat.user)) return Jid::hidden(*lid);
    } else if (chat.is_lid()) {
        if (auto const phone = store.phone_of_lid(key, chat.user)) return Jid::phone(*phone);
    }
    return std::nullopt;
}

/// @param chats the message is in all of them, under either address
std::optional<Message> read_message(storage::Store& store, SessionKey const& key, MessageId const& id,
                                    std::vector<Jid> const& chats, std::optional<bool> from_me)
{
    auto found = store.messages_by_id(key, id);
    std::erase_if(found, [&](Message const& message) {
        auto const is_of = [&](Jid const& chat) {
            auto const alias = alias_of(store, key, chat);
            return message.chat == chat || message.chat_phone == chat || (alias && message.chat == *alias);
        };
        return message.kind == MessageKind::control || (from_me && message.from_me != *from_me) ||
               !std::all_of(chats.begin(), chats.end(), is_of);
    });
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

} // namespace

Task<Outcome<SendStatus>> LiveGateway::send_status(SessionKey key, std::string text)
{
    if (!find(key)) co_return reject(GatewayErrc::session_not_found);
    auto const id = parse_message_id(text);
    if (!id || text.starts_with("false_")) co_return reject(GatewayErrc::message_not_found);
    auto const chat = chat_in(text);
    auto read = [this, &key, &id, &chat] { return read_send_status(store_, key, *id, chat); };
    auto found = co_await run_storage(pool_, std::move(read), key.tenant.value);
    if (!found) co_return reject(found.error());
    if (!*found) co_return reject(GatewayErrc::message_not_found);
    co_return std::move(**found);
}

Task<Outcome<std::vector<Message>>> LiveGateway::messages(SessionKey key, std::string chat,
                                                          storage::MessageQuery query)
{
    EntryPtr const entry = find(key);
    if (!entry) co_return reject(GatewayErrc::session_not_found);
    query.chat = Jid{};
    if (!chat.empty()) {
        auto const jid = parse_chat(chat);
        if (!jid) {
            Rejection rejection = reject(GatewayErrc::invalid_recipient);
            rejection.detail = "chatId is no phone number and no chat id";
            co_return rejection;
        }
        query.chat = *jid;
    }
    auto read = [this, key, query]() -> std::vector<Message> {
        auto merged = query;
        merged.chat_alias = alias_of(store_, key, merged.chat);
        return store_.messages(key, merged);
    };
    auto found = co_await run_storage(pool_, std::move(read), key.tenant.value);
    if (!found) co_return reject(found.error());
    co_return std::move(*found);
}

Task<Outcome<void>> LiveGateway::read(SessionKey key, Reading reading)
{
    if (!find(key)) co_return reject(GatewayErrc::session_not_found);
    auto call = [this, &reading]() -> std::monostate {
        reading(store_);
        return {};
    };
    auto running = run_storage(pool_, std::move(call), key.tenant.value);
    auto const done = co_await std::move(running);
    if (!done) co_return reject(done.error());
    co_return Outcome<void>();
}

Task<Outcome<Message>> LiveGateway::message(SessionKey key, std::string chat, std::string text)
{
    if (!find(key)) co_return reject(GatewayErrc::session_not_found);
    auto const id = parse_message_id(text);
    if (!id) co_return reject(GatewayErrc::message_not_found);
    std::vector<Jid> chats;
    if (!chat.empty()) {
        auto const jid = parse_chat(chat);
        if (!jid)
            co_return refused(GatewayErrc::invalid_recipient, "chatId is no phone number and no chat id");
        chats.push_back(*jid);
    }
    std::optional<bool> from_me;
    if (auto const full = parse_full_id(text)) {
        chats.push_back(full->chat);
        from_me = full->from_me;
    }
    auto read = [this, &key, &id, &chats, &from_me] {
        return read_message(store_, key, *id, chats, from_me);
    };
    auto found = co_await run_storage(pool_, std::move(read), key.tenant.value);
    if (!found) co_return reject(found.error());
    if (!*found) co_return reject(GatewayErrc::message_not_found);
    co_return std::move(**found);
}

} // namespace wagate::gateway
