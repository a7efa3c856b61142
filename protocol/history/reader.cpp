#include "protocol/history/reader.hpp"

#include "protocol/proto/codec.hpp"
#include "protocol/proto/history.pb.h"

#include <algorithm>

namespace wagate::history {
namespace {

// Fields of HistorySync and Conversation.
constexpr std::uint32_t conversations_field = 2;
constexpr std::uint32_t push_names_field = 7;
constexpr std::uint32_t lid_mappings_field = 15;
constexpr std::uint32_t chat_id_field = 1;
constexpr std::uint32_t chat_messages_field = 2;

constexpr std::int32_t revoked_stub = 1;

std::optional<Jid> address(std::string const& text)
{
    auto jid = Jid::parse(text);
    if (!jid || jid->is_server()) return std::nullopt;
    return jid->bare();
}

std::optional<WallTime> time_of(std::int64_t seconds)
{
    // Beyond some ten thousand years it is no time.
    if (seconds <= 0 || seconds > 400'000'000'000) return std::nullopt;
    return wall_from_seconds(seconds);
}

/// Of settings that newer phones count in milliseconds. -1 is for ever.
std::optional<WallTime> mute_end(std::uint64_t value)
{
    constexpr std::int64_t for_ever = 253'402'300'799;
    if (value == 0) return std::nullopt;
    auto seconds = static_cast<std::int64_t>(value);
    if (seconds < 0) return wall_from_seconds(for_ever);
    if (seconds > 100'000'000'000) seconds /= 1'000;
    return wall_from_seconds(std::min(seconds, for_ever));
}

void append_varint(Bytes& out, std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        out.push_back(static_cast<std::uint8_t>(value | 0x80));
    out.push_back(static_cast<std::uint8_t>(value));
}

std::optional<Item> push_name(ByteView bytes)
{
    proto::HistoryPushName read;
    if (!proto::decode(read, bytes) || read.pushname().empty() || read.pushname() == "-") return std::nullopt;
    auto jid = address(read.id());
    if (!jid || !jid->is_user()) return std::nullopt;
    return PushName{std::move(*jid), read.pushname()};
}

std::optional<Item> lid_mapping(ByteView bytes)
{
    proto::HistoryLidMapping read;
    if (!proto::decode(read, bytes)) return std::nullopt;
    auto phone = address(read.pn_jid());
    auto lid = address(read.lid_jid());
    if (!phone || !lid || !phone->is_phone() || !lid->is_lid()) return std::nullopt;
    return LidMapping{std::move(*phone), std::move(*lid)};
}

} // namespace

Reader::Reader(ByteView packed, Part part, InflateLimits const& limits)
    : stream_(packed, limits), fields_(stream_), part_(part)
{}

Result<std::optional<Item>> Reader::next()
{
    for (;;) {
        if (chat_end_) {
            WAGATE_TRY(auto item, next_in_chat());
            if (item) return item;
            continue;
        }
        WAGATE_TRY(auto const field, fields_.next());
        if (!field) return std::optional<Item>{};
        if (!field->has_bytes()) continue;
        if (field->number == conversations_field && part_ == Part::chats) {
            chat_end_ = fields_.position() + field->value;
            continue;
        }
        auto const is_name = field->number == push_names_field || field->number == lid_mappings_field;
        if (!is_name || part_ != Part::names || field->value > max_field_bytes) {
            WAGATE_CHECK_OK(fields_.skip(field->value));
            continue;
        }
        WAGATE_TRY(auto const bytes, fields_.take(field->value));
        auto item = field->number == push_names_field ? push_name(bytes) : lid_mapping(bytes);
        if (item) return item;
    }
}

/// Nothing: the chat goes on, or is over without anything to tell.
Result<std::optional<Item>> Reader::next_in_chat()
{
    if (fields_.position() == *chat_end_) return conversation();
    WAGATE_TRY(auto const field, fields_.next());
    auto const left = *chat_end_ - fields_.position();
    if (!field || fields_.position() > *chat_end_ || (field->has_bytes() && field->value > left))
        return HistoryErrc::damaged;
    if (!field->has_bytes()) {
        if (field->wire_type == 0 && chat_fields_.size() < max_field_bytes) {
            append_varint(chat_fields_, std::uint64_t{field->number} << 3);
            append_varint(chat_fields_, field->value);
        }
        return std::optional<Item>{};
    }
    if (field->value > max_field_bytes || chat_fields_.size() + field->value > max_field_bytes) {
        WAGATE_CHECK_OK(fields_.skip(field->value));
        return std::optional<Item>{};
    }
    WAGATE_TRY(auto const bytes, fields_.take(field->value));
    if (field->number == chat_messages_field) return message(bytes);
    if (field->number == chat_id_field) chat_ = address(to_text(bytes));
    append_varint(chat_fields_, std::uint64_t{field->number} << 3 | 2);
    append_varint(chat_fields_, bytes.size());
    append(chat_fields_, bytes);
    return std::optional<Item>{};
}

std::optional<Item> Reader::message(ByteView bytes) const
{
    proto::HistoryMessage read;
    if (!proto::decode(read, bytes)) return std::nullopt;
    auto const& info = read.message();
    auto chat = chat_ ? chat_ : address(info.key().remote_jid());
    if (!chat || info.key().id().empty()) return std::nullopt;
    StoredMessage stored;
    stored.chat = std::move(*chat);
    stored.id = MessageId{info.key().id()};
    stored.from_me = info.key().from_me();
    stored.participant = address(info.has_participant() ? info.participant() : info.key().participant());
    if (auto const time = time_of(static_cast<std::int64_t>(info.message_timestamp())))
        stored.timestamp = *time;
    if (info.has_status()) stored.status = info.status();
    stored.push_name = info.push_name();
    stored.revoked = info.message_stub_type() == revoked_stub;
    stored.content = to_bytes(info.message());
    if (stored.content.empty() && !stored.revoked) return std::nullopt; // told about the chat, not said in it
    return stored;
}

std::optional<Item> Reader::conversation()
{
    proto::HistoryConversation read;
    auto const is_read = proto::decode(read, chat_fields_);
    auto const jid = std::exchange(chat_, std::nullopt);
    chat_end_.reset();
    chat_fields_.clear();
    if (!is_read || !jid) return std::nullopt;
    Conversation found;
    found.jid = *jid;
    found.phone = address(read.pn_jid());
    found.lid = address(read.lid_jid());
    found.name = read.name();
    found.unread = read.unread_count();
    found.marked_unread = read.marked_as_unread();
    found.archived = read.archived();
    found.pinned = time_of(read.pinned());
    found.muted_until = mute_end(read.mute_end_time());
    found.expiration = std::chrono::seconds{read.ephemeral_expiration()};
    found.expiration_set = time_of(read.ephemeral_setting_timestamp());
    found.activity = time_of(static_cast<std::int64_t>(read.conversation_timestamp()));
    return found;
}

} // namespace wagate::history
