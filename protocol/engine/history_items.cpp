// What a piece of history brings, item by item.
#include "protocol/engine/draft.hpp"
#include "protocol/engine/history_piece.hpp"
#include "protocol/engine/marked_messages.hpp"
#include "protocol/engine/privacy_tokens.hpp"

#include <algorithm>

namespace wagate::engine {

using message::HistoryType;

namespace {

Ack ack_of(history::StoredMessage const& stored)
{
    auto const least = stored.from_me ? Ack::server : Ack::device;
    if (!stored.status) return least;
    auto const level = std::clamp(*stored.status - 1, -1, 4);
    if (!stored.from_me) return std::max(least, static_cast<Ack>(level));
    return static_cast<Ack>(level);
}

} // namespace

void HistorySync::take_name(UnitOfWork& work, RecordOverlay& step, history::PushName const& name)
{
    if (!core_.account.me) return;
    if (name.person == core_.account.own_phone().bare() || name.person == core_.account.own_lid().bare()) {
        if (core_.account.me->push_name == name.name) return;
        core_.account.me->push_name = name.name;
        core_.account.save(step);
        if (core_.own_name_learned) core_.own_name_learned();
        return;
    }
    ContactChange change;
    change.jid = name.person;
    change.push_name = name.name;
    work.contacts.push_back(std::move(change));
}

/// @return whether it is new
bool HistorySync::take_message(UnitOfWork& work, RecordOverlay& step, Piece& piece,
                               history::StoredMessage& stored)
{
    if (stored.chat.is_status()) return false;
    auto const days = core_.options.history.days;
    // What was asked for is wanted, however old it is.
    if (days > 0 && piece.type() != HistoryType::on_demand &&
        stored.timestamp < core_.now.wall - std::chrono::hours{24} * days)
        return false;
    Message message;
    message.chat = directory_.canonical(stored.chat);
    if (message.chat.is_user())
        message.chat_phone =
            message.chat.is_phone() ? std::optional{message.chat} : directory_.phone_of(message.chat);
    message.id = stored.id;
    for (auto const& chat : {std::optional{message.chat}, message.chat_phone}) {
        if (!chat) continue;
        auto const known = core_.reader.find_message(*chat, message.id);
        if (known && known->kind != MessageKind::waiting) return false;
    }
    message.from_me = stored.from_me;
    auto const sender =
        stored.from_me ? core_.account.own_lid().bare() : stored.participant.value_or(message.chat);
    message.sender = directory_.canonical(sender);
    if (message.sender.is_user())
        message.sender_phone =
            message.sender.is_phone() ? std::optional{message.sender} : directory_.phone_of(message.sender);
    if (stored.from_me) message.sender_phone = core_.account.own_phone().bare();
    message.timestamp = stored.timestamp;
    message.push_name = std::move(stored.push_name);
    message.ack = ack_of(stored);
    if (stored.revoked) {
        message.kind = MessageKind::unknown;
        message.revoked = true;
    } else {
        describe(message, std::move(stored.content));
        if (message.kind == MessageKind::control) return false;
    }
    message.starred = stored.starred;
    message.pinned_until = stored.pinned_until;
    take_early_star(step, message);
    if (core_.options.history.media && message.kind == MessageKind::typed)
        piece.with_files.push_back({message.chat, message.id});
    work.messages.push_back(std::move(message));
    return true;
}

void HistorySync::take_chat(UnitOfWork& work, RecordOverlay& step, Piece& piece,
                            history::Conversation const& chat)
{
    if (chat.jid.is_status()) return;
    if (chat.has_more) piece.has_more = chat.has_more;
    for (auto const& other : {chat.phone, chat.lid})
        directory_.learn_pair(step, chat.jid, other);
    if (!chat.token.empty() && chat.token_time) {
        // The pair may be new with this very chat.
        auto const is_new = chat.jid.is_phone() && chat.lid && chat.lid->is_lid();
        auto const person = is_new ? chat.lid->bare() : directory_.canonical(chat.jid);
        learn_token(core_, step, person, chat.token, *chat.token_time);
    }
    ChatChange change;
    change.jid = chat.jid;
    if (!chat.jid.is_user() && !chat.name.empty()) change.name = chat.name;
    change.activity = chat.activity;
    // Later pieces bring older messages of the same chats: what is known of those is newer.
    auto const is_first = piece.type() == HistoryType::initial;
    if (is_first || !core_.reader.find_chat(chat.jid)) {
        change.unread = chat.unread;
        change.marked_unread = chat.marked_unread;
        change.archived = chat.archived;
        change.pinned = chat.pinned;
        change.muted_until = chat.muted_until;
        change.expiration = chat.expiration;
        change.expiration_set = chat.expiration_set;
    }
    work.chats.push_back(std::move(change));
}

} // namespace wagate::engine
