#include "protocol/engine/history_sync.hpp"

#include "protocol/engine/draft.hpp"
#include "protocol/engine/history_piece.hpp"
#include "protocol/engine/privacy_tokens.hpp"
#include "protocol/engine/server_error.hpp"

#include <algorithm>

namespace wagate::engine {

using message::HistoryType;

struct HistorySync::Batch {
    std::vector<history::Item> items;
    bool is_at_end = false;
    ErrorCode failure;
};

namespace {

constexpr int too_many = 429;

std::string joined(std::vector<std::string> const& keys)
{
    std::string text;
    for (auto const& key : keys)
        text += key + '\n';
    return text;
}

void write_list(RecordOverlay& step, std::vector<std::string> const& keys)
{
    if (keys.empty())
        step.erase(RecordKind::history_chunk, {});
    else
        step.write(RecordKind::history_chunk, {}, to_bytes(joined(keys)));
}

/// Phones tell the newest first and count in seconds: what came within one of them is turned round, since the
/// order of storing is that of the chat then.
void put_in_order(std::vector<Message>& messages)
{
    for (auto begin = messages.begin(); begin != messages.end();) {
        auto const end = std::find_if(begin, messages.end(), [&](Message const& other) {
            return other.chat != begin->chat || other.timestamp != begin->timestamp;
        });
        std::reverse(begin, end);
        begin = end;
    }
}

std::size_t size_of(history::Item const& item)
{
    auto const* stored = std::get_if<history::StoredMessage>(&item);
    return sizeof(history::Item) + (stored != nullptr ? stored->content.size() : 0);
}

} // namespace

HistorySync::HistorySync(Core& core, Directory& directory, PeerMessages& peers, MediaHosts& hosts)
    : core_(core), directory_(directory), peers_(peers), hosts_(hosts)
{
    core_.history_notified = [this](RecordOverlay& step, MessageId const& id, ByteView notification) {
        notified(step, id, notification);
    };
    core_.history_stored = [this] { core_.after_stores([this] { proceed(); }); };
    core_.when_active.emplace_back([this] {
        unblock_all();
        proceed();
    });
    core_.when_disconnected.emplace_back([this] {
        for (auto const& asking : std::exchange(asking_, {}))
            end_asking(asking, make_error_code(EngineErrc::link_lost));
    });
    core_.when_forgotten.emplace_back([this] {
        piece_.reset();
        unblock_all();
        troubles_.clear();
    });
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
    if (id.value.empty() || id.value.find('\n') != std::string::npos) return;
    if (std::find(keys.begin(), keys.end(), id.value) != keys.end()) return;
    // Uploaded anew: it takes the place of the one that could not be had.
    auto const notice = message::parse_history_notification(notification);
    auto const earlier = notice && !notice->replaces.empty()
                             ? std::find(keys.begin(), keys.end(), notice->replaces)
                             : keys.end();
    if (earlier != keys.end()) {
        step.erase(RecordKind::history_chunk, *earlier);
        if (piece_ && piece_->key == *earlier) piece_.reset();
        if (auto trouble = troubles_.extract(*earlier)) {
            core_.cancel(trouble.mapped().timer);
            // What was tried for the one counts for the other.
            trouble.mapped().blocks = false;
            troubles_[id.value] = trouble.mapped();
        }
        *earlier = id.value;
    } else {
        if (keys.size() >= max_pieces) return;
        keys.push_back(id.value);
    }
    step.write(RecordKind::history_chunk, id.value, to_bytes(notification));
    write_list(step, keys);
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
    if (piece_ || core_.has_given_up()) return;
    for (auto const& key : listed(core_.records)) {
        if (auto const known = troubles_.find(key); known != troubles_.end() && known->second.blocks)
            continue;
        auto const stored = core_.records.read(RecordKind::history_chunk, key);
        auto notice = stored ? message::parse_history_notification(*stored) : std::nullopt;
        if (notice && notice->file && !fetch_file) continue;
        auto const piece = std::make_shared<Piece>();
        piece_ = piece;
        piece->key = key;
        if (notice) piece->notice = std::move(*notice);
        piece->with_chats = wants_chats(piece->notice.type);
        if (piece->notice.file) return fetch(piece);
        if (piece->notice.packed.empty()) return give_up(piece, history::HistoryErrc::damaged);
        piece->source = std::make_shared<history::PackedBytes>(std::exchange(piece->notice.packed, {}));
        piece->reader.emplace(piece->source, piece->part);
        return read(piece);
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
        } else if (auto const* salt = std::get_if<history::TokenSalt>(&item)) {
            PrivacyTokens::learn_salt(step, salt->salt);
        } else if (auto* stored = std::get_if<history::StoredMessage>(&item)) {
            piece->messages += take_message(work, step, *piece, *stored);
        } else if (auto const* chat = std::get_if<history::Conversation>(&item)) {
            take_chat(work, step, *piece, *chat);
            ++piece->chats;
        }
    }
    put_in_order(work.messages);
    auto const ends = batch.is_at_end && (piece->part == history::Part::chats || !piece->with_chats);
    if (ends) return finish(piece, std::move(work), std::move(step), {});
    if (batch.is_at_end) {
        piece->part = history::Part::chats;
        piece->reader.emplace(piece->source, piece->part);
    }
    work.records = step.take_changes();
    auto next = [this, piece, failure = batch.failure, files = std::exchange(piece->with_files, {})] {
        if (!files.empty() && files_seen) files_seen(files);
        if (piece_ != piece) return;
        if (failure) return failed(piece, failure);
        read(piece);
    };
    if (work.empty())
        core_.after_stores(std::move(next));
    else
        core_.store(std::move(work), std::move(next));
}

/// What is damaged or a bomb will not get better: what could be read of it stays.
void HistorySync::give_up(std::shared_ptr<Piece> const& piece, ErrorCode error)
{
    finish(piece, {}, RecordOverlay{core_.records}, error);
}

void HistorySync::finish(std::shared_ptr<Piece> const& piece, UnitOfWork work, RecordOverlay&& step,
                         ErrorCode failure)
{
    auto keys = listed(step);
    std::erase(keys, piece->key);
    step.erase(RecordKind::history_chunk, piece->key);
    write_list(step, keys);
    work.records = step.take_changes();
    HistoryProgressed progressed{piece->notice.type, piece->notice.progress, piece->notice.chunk,
                                 piece->chats, piece->messages};
    progressed.request = piece->notice.request;
    progressed.has_more = piece->has_more;
    if (failure) progressed.error = failure.message();
    work.events.push_back(Event{core_.now.wall, std::move(progressed)});
    if (auto trouble = troubles_.extract(piece->key)) core_.cancel(trouble.mapped().timer);
    piece_.reset();
    core_.store(std::move(work), [this, piece, is_whole = !failure] {
        if (!piece->with_files.empty() && files_seen) files_seen(std::move(piece->with_files));
        if (is_whole && piece->notice.file && drop_file) drop_file(*piece->notice.file);
        proceed();
    });
}

// ------------------------------------------------------------------------------ older messages

void HistorySync::ask_older(Jid const& chat, MessageId const& before, std::uint32_t count, AskDone done)
{
    if (!core_.active) return done(make_error_code(EngineErrc::link_lost));
    if (asking_.size() >= max_asking) return done(server_error(too_many));
    auto const jid = directory_.canonical(chat.bare());
    auto oldest = core_.messages.find(jid, before);
    if (auto const number = directory_.phone_of(jid); !oldest && number)
        oldest = core_.messages.find(*number, before);
    if (!oldest) return done(make_error_code(DraftErrc::message_not_found));
    message::HistoryRequest request;
    request.chat = jid.to_string();
    request.oldest_id = before.value;
    request.oldest_from_me = oldest->from_me;
    request.oldest_seconds = unix_seconds(oldest->timestamp);
    request.count = static_cast<std::int32_t>(std::clamp(count, 1u, most_older));
    auto const asking = std::make_shared<Asking>();
    asking->done = std::move(done);
    asking->timer = core_.after(core_.options.request_timeout, [this, asking] {
        end_asking(asking, make_error_code(EngineErrc::timed_out));
    });
    asking_.push_back(asking);
    peers_.send(message::make_history_request(request),
                [this, asking](MessageId const& id) { end_asking(asking, id); });
}

void HistorySync::end_asking(std::shared_ptr<Asking> const& asking, Result<MessageId> result)
{
    std::erase(asking_, asking);
    core_.cancel(asking->timer);
    if (auto const done = std::exchange(asking->done, {})) done(std::move(result));
}

} // namespace wagate::engine
