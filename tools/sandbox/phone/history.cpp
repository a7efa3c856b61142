#include "tools/sandbox/phone/history.hpp"

#include "protocol/message/compose.hpp"
#include "protocol/proto/e2e.pb.h"
#include "protocol/proto/history.pb.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>

namespace wagate::sandbox {
namespace {

constexpr std::uint64_t first_person = 70'000'000'000; ///< numbers of nobody
constexpr std::uint64_t first_lid = 300'000'000'000'000;
constexpr std::uint64_t first_group = 120'363'000'000'000'000;

// Conversation.endOfHistoryTransferType
constexpr int more_remains = 0;
constexpr int all_is_sent = 1;
constexpr int asked_more_remains = 2;

constexpr int type_on_demand = 6;

void add_field(std::string& out, std::uint32_t number, std::string const& value)
{
    google::protobuf::io::StringOutputStream stream(&out);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.WriteVarint32(number << 3 | 2);
    coded.WriteVarint32(static_cast<std::uint32_t>(value.size()));
    coded.WriteString(value);
}

bool is_group(std::uint32_t chat)
{
    return chat % 5 == 4;
}

std::string person(std::uint32_t chat)
{
    return std::to_string(first_person + chat) + "@s.whatsapp.net";
}

std::string lid(std::uint32_t chat)
{
    return std::to_string(first_lid + chat) + "@lid";
}

std::string address(std::uint32_t chat)
{
    return is_group(chat) ? std::to_string(first_group + chat) + "@g.us" : person(chat);
}

std::optional<std::uint32_t> index_of(Jid const& chat)
{
    auto const number = std::strtoull(chat.user.c_str(), nullptr, 10);
    auto const first = chat.is_group() ? first_group : chat.is_lid() ? first_lid : first_person;
    if (number < first || number - first > 1'000'000) return std::nullopt;
    return static_cast<std::uint32_t>(number - first);
}

void add_message(std::string& out, KeptMessage const& kept)
{
    proto::HistoryMessage entry;
    auto& info = *entry.mutable_message();
    auto& key = *info.mutable_key();
    key.set_remote_jid(kept.chat);
    key.set_id(kept.id);
    key.set_from_me(kept.from_me);
    if (!kept.participant.empty()) {
        key.set_participant(kept.participant);
        info.set_participant(kept.participant);
    }
    info.set_message_timestamp(static_cast<std::uint64_t>(kept.seconds));
    info.set_status(kept.status);
    if (!kept.push_name.empty()) info.set_push_name(kept.push_name);
    info.set_message(kept.content);
    add_field(out, 2, entry.SerializeAsString());
}

HistoryChunk on_demand(std::string const& conversation)
{
    proto::HistorySync history;
    history.set_sync_type(type_on_demand);
    history.set_chunk_order(1);
    history.set_progress(100);
    std::string chats;
    add_field(chats, 2, conversation);
    HistoryChunk made;
    made.type = type_on_demand;
    made.packed = packed(chats + history.SerializeAsString());
    return made;
}

} // namespace

Bytes packed(std::string const& text)
{
    auto size = compressBound(text.size());
    Bytes out(size);
    compress2(out.data(), &size, reinterpret_cast<Bytef const*>(text.data()), text.size(), Z_BEST_SPEED);
    out.resize(size);
    return out;
}

HistoryMaker::HistoryMaker(HistoryPlan const& plan, std::string own, std::int32_t type)
    : plan_(plan), own_(std::move(own)), type_(type)
{
    plan_.chats_per_chunk = std::max(1u, plan_.chats_per_chunk);
}

std::uint32_t HistoryMaker::chunks() const noexcept
{
    return (plan_.chats + plan_.chats_per_chunk - 1) / plan_.chats_per_chunk;
}

std::uint32_t HistoryMaker::sent_of(std::uint32_t chat) const
{
    return plan_.messages / plan_.chats + (chat < plan_.messages % plan_.chats ? 1 : 0);
}

std::int64_t HistoryMaker::time_of(std::uint32_t chat, std::uint32_t message) const
{
    auto const span = std::int64_t{plan_.days} * 86'400;
    return plan_.now - span * (message + 1) / (sent_of(chat) + 1) - chat % 3'600;
}

/// Newest first, as a phone tells them.
std::string HistoryMaker::messages(std::uint32_t chat, std::uint32_t begin, std::uint32_t end) const
{
    std::string bytes;
    for (auto i = begin; i < end; ++i) {
        KeptMessage kept;
        kept.chat = address(chat);
        kept.id = "HIST" + std::to_string(chat) + "A" + std::to_string(i);
        kept.from_me = i % 3 == 2;
        if (is_group(chat) && !kept.from_me) kept.participant = person(chat - 1);
        kept.seconds = time_of(chat, i);
        kept.status = kept.from_me ? 3 : 4;
        if (!kept.from_me) kept.push_name = "Person " + std::to_string(chat);
        if (plan_.image && i == 0) {
            kept.content = to_text(message::build_message(message::new_media(message::Media{*plan_.image})));
        } else {
            proto::Message content;
            content.set_conversation("message " + std::to_string(i) + " of chat " + std::to_string(chat));
            kept.content = content.SerializeAsString();
        }
        add_message(bytes, kept);
    }
    return bytes;
}

std::string HistoryMaker::conversation(std::uint32_t chat) const
{
    auto const jid = address(chat);
    auto const count = sent_of(chat);
    proto::HistoryConversation about;
    about.set_unread_count(chat % 4);
    about.set_archived(chat % 10 == 9);
    if (chat % 50 == 1) about.set_pinned(static_cast<std::uint32_t>(plan_.now - chat));
    if (chat % 20 == 3) about.set_mute_end_time(static_cast<std::uint64_t>(plan_.now + 86'400));
    if (is_group(chat)) about.set_name("Group " + std::to_string(chat));
    auto const newest = count > 0 ? time_of(chat, 0) : plan_.now - std::int64_t{plan_.days} * 86'400;
    about.set_conversation_timestamp(static_cast<std::uint64_t>(newest));
    about.set_end_of_history_transfer_type(plan_.older > 0 ? more_remains : all_is_sent);
    std::string bytes;
    add_field(bytes, 1, jid);
    return bytes + messages(chat, 0, count) + about.SerializeAsString();
}

std::optional<HistoryChunk> HistoryMaker::older(Jid const& chat, std::string const& id,
                                                std::uint32_t count) const
{
    auto const number = index_of(chat);
    if (!number || *number >= plan_.chats) return std::nullopt;
    auto const head = "HIST" + std::to_string(*number) + "A";
    if (!id.starts_with(head)) return std::nullopt;
    auto const known = std::strtoul(id.c_str() + head.size(), nullptr, 10);
    auto const all = sent_of(*number) + plan_.older;
    auto const begin = static_cast<std::uint32_t>(std::min<unsigned long>(known + 1, all));
    auto const end = std::min(all, begin + std::min(count, all));
    std::string bytes;
    add_field(bytes, 1, address(*number));
    proto::HistoryConversation about;
    about.set_end_of_history_transfer_type(end < all ? asked_more_remains : all_is_sent);
    return on_demand(bytes + messages(*number, begin, end) + about.SerializeAsString());
}

HistoryChunk chunk_of(std::string const& chat, std::vector<KeptMessage> const& messages, bool has_more)
{
    std::string bytes;
    add_field(bytes, 1, chat);
    for (auto const& kept : messages)
        add_message(bytes, kept);
    proto::HistoryConversation about;
    about.set_end_of_history_transfer_type(has_more ? asked_more_remains : all_is_sent);
    return on_demand(bytes + about.SerializeAsString());
}

HistoryChunk HistoryMaker::chunk(std::uint32_t index) const
{
    proto::HistorySync history;
    history.set_sync_type(type_);
    history.set_chunk_order(index + 1);
    history.set_progress(100 * (index + 1) / std::max(1u, chunks()));
    auto const begin = index * plan_.chats_per_chunk;
    auto const end = std::min(plan_.chats, begin + plan_.chats_per_chunk);
    std::string chats;
    for (auto chat = begin; chat < end; ++chat) {
        add_field(chats, 2, conversation(chat));
        if (is_group(chat)) continue;
        auto& name = *history.add_pushnames();
        name.set_id(person(chat));
        name.set_pushname("Person " + std::to_string(chat));
        auto& pair = *history.add_phone_number_to_lid_mappings();
        pair.set_pn_jid(person(chat));
        pair.set_lid_jid(lid(chat));
    }
    HistoryChunk made;
    made.type = type_;
    made.order = static_cast<std::int32_t>(index + 1);
    made.progress = static_cast<std::int32_t>(history.progress());
    made.packed = packed(chats + history.SerializeAsString());
    return made;
}

} // namespace wagate::sandbox
