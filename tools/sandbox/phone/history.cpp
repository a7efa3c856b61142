#include "tools/sandbox/phone/history.hpp"

#include "protocol/proto/e2e.pb.h"
#include "protocol/proto/history.pb.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <zlib.h>

#include <algorithm>

namespace wagate::sandbox {
namespace {

constexpr std::uint64_t first_person = 70'000'000'000; ///< numbers of nobody
constexpr std::uint64_t first_lid = 300'000'000'000'000;
constexpr std::uint64_t first_group = 120'363'000'000'000'000;

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

} // namespace

Bytes packed(std::string const& text)
{
    auto size = compressBound(text.size());
    Bytes out(size);
    compress2(out.data(), &size, reinterpret_cast<Bytef const*>(text.data()), text.size(), Z_BEST_SPEED);
    out.resize(size);
    return out;
}

HistoryMaker::HistoryMaker(HistoryPlan const& plan, std::string own, std::int64_t now_seconds,
                           std::int32_t type)
    : plan_(plan), own_(std::move(own)), now_(now_seconds), type_(type)
{
    plan_.chats_per_chunk = std::max(1u, plan_.chats_per_chunk);
}

std::uint32_t HistoryMaker::chunks() const noexcept
{
    return (plan_.chats + plan_.chats_per_chunk - 1) / plan_.chats_per_chunk;
}

std::string HistoryMaker::conversation(std::uint32_t chat) const
{
    auto const jid = address(chat);
    auto const count = plan_.messages / plan_.chats + (chat < plan_.messages % plan_.chats ? 1 : 0);
    auto const span = std::int64_t{plan_.days} * 86'400;
    auto const time_of = [&](std::uint32_t index) {
        return now_ - span * (index + 1) / (count + 1) - chat % 3'600;
    };
    proto::HistoryConversation about;
    about.set_id(jid);
    about.set_unread_count(chat % 4);
    about.set_archived(chat % 10 == 9);
    if (chat % 50 == 1) about.set_pinned(static_cast<std::uint32_t>(now_ - chat));
    if (chat % 20 == 3) about.set_mute_end_time(static_cast<std::uint64_t>(now_ + 86'400));
    if (is_group(chat)) about.set_name("Group " + std::to_string(chat));
    about.set_conversation_timestamp(static_cast<std::uint64_t>(count > 0 ? time_of(0) : now_ - span));
    std::string bytes;
    add_field(bytes, 1, jid);
    about.clear_id();
    // Newest first, as a phone tells them.
    for (std::uint32_t i = 0; i < count; ++i) {
        proto::HistoryMessage entry;
        auto& info = *entry.mutable_message();
        auto& key = *info.mutable_key();
        key.set_remote_jid(jid);
        key.set_id("HIST" + std::to_string(chat) + "A" + std::to_string(i));
        auto const from_me = i % 3 == 2;
        key.set_from_me(from_me);
        if (is_group(chat) && !from_me) {
            key.set_participant(person(chat - 1));
            info.set_participant(person(chat - 1));
        }
        info.set_message_timestamp(static_cast<std::uint64_t>(time_of(i)));
        info.set_status(from_me ? 3 : 4);
        if (!from_me) info.set_push_name("Person " + std::to_string(chat));
        proto::Message content;
        content.set_conversation("message " + std::to_string(i) + " of chat " + std::to_string(chat));
        info.set_message(content.SerializeAsString());
        add_field(bytes, 2, entry.SerializeAsString());
    }
    return bytes + about.SerializeAsString();
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
