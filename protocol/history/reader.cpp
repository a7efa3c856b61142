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
constexpr std::uint32_t salt_field = 19;
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

std::optional<WallTime> pin_end(proto::HistoryMessageInfo::PinInChat const& pin)
{
    constexpr std::int32_t pinned = 1; // 2: not any more
    constexpr std::uint32_t a_week = 7 * 86'400;
    if (pin.type() != pinned) return std::nullopt;
    auto const milliseconds =
        pin.has_server_timestamp_ms() ? pin.server_timestamp_ms() : pin.sender_timestamp_ms();
    auto const begin = time_of(milliseconds / 1'000);
    if (!begin) return std::nullopt;
    auto const& context = pin.message_add_on_context_info();
    auto const lasts =
        context.has_message_add_on_duration_in_secs() ? context.message_add_on_duration_in_secs() : a_week;
    return *begin + std::chrono::seconds{lasts};
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

Reader::Reader(std::shared_ptr<PackedSource> packed, Part part, InflateLimits const& limits)
    : stream_(std::move(packed), limits), fields_(stream_), part_(part)
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
        auto const is_name = field->number == push_names_field || field->number == lid_mappings_field ||
                             field->number == salt_field;
        if (!is_name || part_ != Part::names || field->value > max_field_bytes) {
            WAGATE_CHECK_OK(fields_.skip(field->value));
            continue;
        }
        WAGATE_TRY(auto bytes, fields_.take(field->value));
        if (field->number == salt_field) return std::optional<Item>{TokenSalt{std::move(bytes)}};
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
    stored.starred = info.starred();
    stored.pinned_until = pin_end(info.pin_in_chat());
    stored.content = to_bytes(info.message());
    if (!info.message_secret().empty() && !stored.content.empty()) {
        // Phones keep the secret beside the message. Serialized messages are merged by putting them together.
        proto::Message secret;
        secret.mutable_message_context_info()->set_message_secret(info.message_secret());
        append(stored.content, proto::encode(secret));
    }
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
    found.token = to_bytes(read.tc_token());
    found.token_time = time_of(static_cast<std::int64_t>(read.tc_token_timestamp()));
    if (read.has_end_of_history_transfer_type()) {
        // 0 and 2: more remains on the phone; 1: that was all; 3: there is more, but not for us.
        auto const type = read.end_of_history_transfer_type();
        found.has_more = type == 0 || type == 2;
    }
    return found;
}

} // namespace wagate::history
