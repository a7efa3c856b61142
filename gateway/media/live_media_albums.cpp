// Pictures and videos that belong together: one message announces them, each says where it belongs.
#include "gateway/media/live_media_parts.hpp"
#include "gateway/runtime/hop.hpp"
#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"

namespace wagate::gateway {
namespace {

constexpr std::size_t draft_bytes = 32 * 1024;
constexpr std::uint32_t part_of_album = 1;

/// So that a repeat finds what was sent of the album.
std::optional<IdempotencyKey> item_key(std::optional<IdempotencyKey> const& key, std::size_t index)
{
    if (!key) return std::nullopt;
    auto const place = std::to_string(index);
    return IdempotencyKey{crypto::sha256({ByteView{key->key_hash}, view(place)}), key->body_hash};
}

} // namespace

struct LiveMedia::AlbumDraft {
    std::vector<MediaDraft> items;
    std::vector<std::optional<Prepared>> prepared; ///< one for each item
    std::optional<MessageId> parent;               ///< once it is sent
    bool to_channel = false;
};

namespace {

engine::Compose compose_item(message::TypedMessage content, MessageId parent, std::size_t index)
{
    return [content = std::move(content), parent = std::move(parent),
            index](engine::DraftContext const& context) {
        auto item = content;
        message::MessageReference const reference{context.chat, true, parent, std::nullopt};
        item.envelope.association = message::Association{part_of_album, reference, static_cast<int>(index)};
        return engine::compose_ready(std::move(item))(context);
    };
}

} // namespace

Task<Outcome<std::vector<SentMessage>>> LiveMedia::send_album(SessionKey session, SendRequest request,
                                                              std::vector<MediaDraft> items)
{
    for (auto const& item : items)
        if (auto const checked = surroundings_of(item.mentions, item.reply_to); !checked)
            co_return checked.error();
    auto const album = std::make_shared<AlbumDraft>();
    album->items = std::move(items);
    album->prepared.resize(album->items.size());
    auto const chat = request.chat;
    album->to_channel = is_channel(chat);
    auto const key = request.key;
    auto const asker = request.asker;
    request.bytes = draft_bytes;
    request.prepare = [this, session, album] { return run_on(loop(), prepare_album(session, album)); };
    auto announcing = gateway_.send(session, std::move(request));
    auto announced = co_await std::move(announcing);
    if (!announced) co_return announced.error();
    album->parent = announced->message.id;
    std::vector<SentMessage> sent;
    sent.push_back(std::move(*announced));
    for (std::size_t i = 0; i < album->items.size(); ++i) {
        SendRequest item;
        item.chat = chat;
        item.key = item_key(key, i);
        item.asker = asker;
        item.bytes = draft_bytes + album->items[i].caption.size() * 2;
        item.prepare = [this, session, album, i] { return run_on(loop(), prepare_item(session, album, i)); };
        auto sending = gateway_.send(session, std::move(item));
        auto one = co_await std::move(sending);
        if (!one) co_return one.error();
        sent.push_back(std::move(*one));
    }
    co_return sent;
}

/// Uploads everything, so that what fails fails before anything is sent.
Task<Outcome<PreparedMessage>> LiveMedia::prepare_album(SessionKey session, std::shared_ptr<AlbumDraft> album)
{
    message::Album announcement;
    for (std::size_t i = 0; i < album->items.size(); ++i) {
        auto& item = album->items[i];
        auto& count = item.kind == message::MediaKind::image ? announcement.images : announcement.videos;
        ++count;
        auto preparing = prepare_file(session, std::move(item), album->to_channel);
        auto prepared = co_await std::move(preparing);
        if (!prepared) co_return prepared.error();
        album->prepared[i] = std::move(*prepared);
    }
    message::TypedMessage content;
    content.body = announcement;
    co_return PreparedMessage{engine::compose_ready(std::move(content))};
}

Task<Outcome<PreparedMessage>> LiveMedia::prepare_item(SessionKey session, std::shared_ptr<AlbumDraft> album,
                                                       std::size_t index)
{
    auto& prepared = album->prepared[index];
    if (!prepared) { // the announcement was sent by an earlier request
        auto preparing = prepare_file(std::move(session), std::move(album->items[index]), album->to_channel);
        auto made = co_await std::move(preparing);
        if (!made) co_return made.error();
        prepared = std::move(*made);
    }
    co_return PreparedMessage{compose_item(std::move(prepared->message), *album->parent, index),
                              std::move(prepared->media_handle)};
}

} // namespace wagate::gateway
