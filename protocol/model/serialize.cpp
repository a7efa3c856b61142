// Stored form of messages and events: one format byte, then the protobuf messages of state.proto and
// event_log.proto.
#include "protocol/model/model.hpp"
#include "protocol/model/stored.hpp"
#include "protocol/proto/event_log.pb.h"

namespace wagate {
namespace {

constexpr std::uint8_t format_version = 1;

template <class Stored>
Bytes to_stored_bytes(Stored const& stored)
{
    Bytes bytes(1 + stored.ByteSizeLong());
    bytes.front() = format_version;
    stored.SerializeWithCachedSizesToArray(bytes.data() + 1);
    return bytes;
}

template <class Stored>
bool parse_stored(ByteView bytes, Stored& stored)
{
    if (bytes.empty() || bytes.front() != format_version || bytes.size() > INT32_MAX) return false;
    return stored.ParseFromArray(bytes.data() + 1, static_cast<int>(bytes.size() - 1));
}

std::optional<EventBody> read_body(proto::StoredEvent const& event)
{
    for (auto const read : {stored::read_message_event, stored::read_alteration, stored::read_session_event,
                            stored::read_group_event, stored::read_account_event, stored::read_update}) {
        if (auto body = read(event)) return body;
    }
    return std::nullopt;
}

bool read_identity(proto::StoredEvent::OwnIdentity const& identity, OwnIdentity& me)
{
    me.push_name = identity.push_name();
    me.platform = identity.platform();
    return stored::read_jid(identity.phone(), me.phone) &&
           (!identity.has_lid() || stored::read_jid(identity.lid(), me.lid));
}

} // namespace

Bytes serialize(Event const& event)
{
    proto::StoredEvent entry;
    entry.set_time_ms(unix_milliseconds(event.time));
    std::visit([&entry](auto const& body) { stored::fill_body(entry, body); }, event.body);
    if (event.me) {
        auto& me = *entry.mutable_me();
        me.set_phone(event.me->phone.to_string());
        if (!event.me->lid.user.empty()) me.set_lid(event.me->lid.to_string());
        me.set_push_name(event.me->push_name);
        me.set_platform(event.me->platform);
    }
    return to_stored_bytes(entry);
}

std::optional<Event> parse_event(ByteView bytes)
{
    proto::StoredEvent entry;
    if (!parse_stored(bytes, entry)) return std::nullopt;
    Event event;
    event.time = wall_from_milliseconds(entry.time_ms());
    auto body = read_body(entry);
    if (!body) return std::nullopt;
    event.body = std::move(*body);
    if (entry.has_me() && !read_identity(entry.me(), event.me.emplace())) return std::nullopt;
    return event;
}

Bytes serialize(Message const& message)
{
    proto::StoredMessage row;
    stored::fill(row, message);
    return to_stored_bytes(row);
}

std::optional<Message> parse_message(ByteView bytes)
{
    proto::StoredMessage row;
    if (!parse_stored(bytes, row)) return std::nullopt;
    return stored::from_stored(row);
}

} // namespace wagate
