#include "protocol/engine/history_sync.hpp"

#include "protocol/engine/draft.hpp"

#include <algorithm>

namespace wagate::engine {

using message::HistoryType;

struct HistorySync::Piece {
    std::string key;
    message::HistoryNotification notice;
    bool with_chats = false;
    history::Part part = history::Part::names;
    std::optional<history::Reader> reader;
    std::uint32_t chats = 0;
    std::uint32_t messages = 0;
};

struct HistorySync::Batch {
    std::vector<history::Item> items;
    bool is_at_end = false;
    ErrorCode failure;
};

namespace {

std::string joined(std::vector<std::string> const& keys)
{
    std::string text;
    for (auto const& key : keys)
        text += key + '\n';
    return text;
}

std::size_t size_of(history::Item const& item)
{
    auto const* stored = std::get_if<history::StoredMessage>(&item);
    return sizeof(history::Item) + (stored != nullptr ? stored->content.size() : 0);
}

Ack ack_of(history::StoredMessage const& stored)
{
    auto const least = stored.from_me ? Ack::server : Ack::device;
    if (!stored.status) return least;
    auto const level = std::clamp(*stored.status - 1, -1, 4);
    if (!stored.from_me) return std::max(least, static_cast<Ack>(level));
    return static_cast<Ack>(level);
}

} // namespace

HistorySync::HistorySync(Core& core, Directory& directory) : core_(core), directory_(directory)
{
    core_.history_notified = [this](RecordOverlay& step, MessageId const& id, ByteView notification) {
        notified(step, id, notification);
    };
    core_.history_stored = [this] { core_.after_stores([this] { proceed(); }); };
    core_.when_active.push_back([this] { proceed(); });
    core_.when_forgotten.push_back([this] { piece_.reset(); });
}

std::vector<std::string> HistorySync::listed(RecordSource const& records) const
{
    std::vector<std::string> keys;
    auto const list = records.read(RecordKind::history_chunk, {});
    if (!list) return keys;
    std::string key;
    for (auto const byte : *list) {
        if (byte != '\n') {
            key += static_cast<char>(byte);
            continue;
        }
        keys.push_back(std::exchange(key, {}));
    }
    return keys;
}

std::size_t HistorySync::waiting() const
{
    return listed(core_.records).size();
}

void HistorySync::notified(RecordOverlay& step, MessageId const& id, ByteView notification)
{
    auto keys = listed(step);
    if (id.value.empty() || id.value.find('\n') != std::string::npos || keys.size() >= max_pieces) return;
    if (std::find(keys.begin(), keys.end(), id.value) != keys.end()) return;
    keys.push_back(id.value);
    step.write(RecordKind::history_chunk, id.value, to_bytes(notification));
    step.write(RecordKind::history_chunk, {}, to_bytes(joined(keys)));
}

bool HistorySync::wants_chats(std::int32_t type) const
{
    switch (static_cast<HistoryType>(type)) {
    case HistoryType::on_demand: return true;
    case HistoryType::initial:
    case HistoryType::recent: return core_.options.history.policy != HistoryPolicy::none;
    case HistoryType::full: return core_.options.history.policy == HistoryPolicy::full;
    default: return false;
    }
}

void HistorySync::proceed()
{
    if (piece_) return;
    for (auto const& key : listed(core_.records)) {
        if (std::find(unreadable_.begin(), unreadable_.end(), key) != unreadable_.end()) continue;
        auto const stored = core_.records.read(RecordKind::history_chunk, key);
        auto notice = stored ? message::parse_history_notification(*stored) : std::nullopt;
        piece_ = std::make_shared<Piece>();
        piece_->key = key;
        if (!notice || (notice->packed.empty() && !notice->file)) {
            if (notice) piece_->notice = *notice;
            finish(std::exchange(piece_, nullptr), {}, RecordOverlay{core_.records}, false);
            return;
        }
        if (notice->file) {
            unreadable_.push_back(key);
            piece_.reset();
            continue;
        }
        piece_->notice = std::move(*notice);
        piece_->with_chats = wants_chats(piece_->notice.type);
        piece_->reader.emplace(piece_->notice.packed, piece_->part);
        read(piece_);
        return;
    }
}

void HistorySync::read(std::shared_ptr<Piece> piece)
{
    core_.compute([this, piece = std::move(piece)]() -> std::function<void()> {
        auto batch = std::make_shared<Batch>();
        std::size_t bytes = 0;
        while (batch->items.size() < items_per_unit && bytes < bytes_per_unit) {
            auto item = piece->reader->next();
            if (!item) {
                batch->failure = item.error();
                break;
            }
            if (!*item) {
                batch->is_at_end = true;
                break;
            }
            bytes += size_of(**item);
            batch->items.push_back(std::move(**item));
        }
        return [this, piece, batch] {
            if (piece_ == piece) take(piece, *batch);
        };
    });
}

void HistorySync::take(std::shared_ptr<Piece> const& piece, Batch& batch)
{
    UnitOfWork work;
    RecordOverlay step{core_.records};
    for (auto& item : batch.items) {
        if (auto const* name = std::get_if<history::PushName>(&item)) {
            take_name(work, step, *name);
        } else if (auto const* pair = std::get_if<history::LidMapping>(&item)) {
            directory_.learn(step, pair->phone, pair->lid);
        } else if (auto* stored = std::get_if<history::StoredMessage>(&item)) {
            piece->messages += take_message(work, *stored);
        } else if (auto const* chat = std::get_if<history::Conversation>(&item)) {
            take_chat(work, step, *piece, *chat);
            ++piece->chats;
        }
    }
    if (batch.failure) {
        finish(piece, std::move(work), std::move(step), false);
        return;
    }
    if (batch.is_at_end) {
        if (piece->part == history::Part::chats || !piece->with_chats) {
            finish(piece, std::move(work), std::move(step), true);
            return;
        }
        piece->part = history::Part::chats;
        piece->reader.emplace(piece->notice.packed, piece->part);
    }
    work.records = step.take_changes();
    auto next = [this, piece] {
        if (piece_ == piece) read(piece);
    };
    if (work.empty())
        core_.after_stores(std::move(next));
    else
        core_.store(std::move(work), std::move(next));
}

void HistorySync::finish(std::shared_ptr<Piece> const& piece, UnitOfWork work, RecordOverlay&& step,
                         bool is_whole)
{
    auto keys = listed(step);
    std::erase(keys, piece->key);
    step.erase(RecordKind::history_chunk, piece->key);
    if (keys.empty())
        step.erase(RecordKind::history_chunk, {});
    else
        step.write(RecordKind::history_chunk, {}, to_bytes(joined(keys)));
    work.records = step.take_changes();
    // What is damaged or a bomb will not get better: what could be read of it stays.
    if (is_whole) {
        HistoryProgressed progressed{piece->notice.type, piece->notice.progress, piece->notice.chunk,
                                     piece->chats, piece->messages};
        work.events.push_back(Event{core_.now.wall, std::move(progressed)});
    }
    piece_.reset();
    core_.store(std::move(work), [this] { proceed(); });
}

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
bool HistorySync::take_message(UnitOfWork& work, history::StoredMessage& stored)
{
    if (stored.chat.is_status()) return false;
    auto const days = core_.options.history.days;
    if (days > 0 && stored.timestamp < core_.now.wall - std::chrono::hours{24} * days) return false;
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
    work.messages.push_back(std::move(message));
    return true;
}

void HistorySync::take_chat(UnitOfWork& work, RecordOverlay& step, Piece const& piece,
                            history::Conversation const& chat)
{
    if (chat.jid.is_status()) return;
    for (auto const& other : {chat.phone, chat.lid})
        directory_.learn_pair(step, chat.jid, other);
    ChatChange change;
    change.jid = chat.jid;
    if (!chat.jid.is_user() && !chat.name.empty()) change.name = chat.name;
    change.activity = chat.activity;
    // Later pieces bring older messages of the same chats: what is known of those is newer.
    auto const is_first = static_cast<HistoryType>(piece.notice.type) == HistoryType::initial;
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
