#include "protocol/engine/send_notes.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/proto/codec.hpp"
#include "protocol/proto/sending_state.pb.h"

namespace wagate::engine {
namespace {

constexpr char batch_separator = '/'; // in no message id
constexpr std::size_t batch_bytes = 4;

} // namespace

SendNote read_note(RecordSource const& records, MessageId const& entry)
{
    SendNote note;
    proto::SendNote stored;
    auto const bytes = records.read(RecordKind::send_note, entry.value);
    if (!bytes || !proto::decode(stored, *bytes)) return note;
    for (auto const& user : stored.audience())
        if (auto jid = Jid::parse(user)) note.audience.push_back(std::move(*jid));
    note.setting = stored.setting();
    note.media_handle = stored.media_handle();
    return note;
}

void write_note(RecordOverlay& step, MessageId const& entry, SendNote const& note)
{
    if (note.empty()) return;
    proto::SendNote stored;
    for (auto const& user : note.audience)
        stored.add_audience(user.to_string());
    if (!note.setting.empty()) stored.set_setting(note.setting);
    if (!note.media_handle.empty()) stored.set_media_handle(note.media_handle);
    step.write(RecordKind::send_note, entry.value, proto::encode(stored));
}

void forget_note(RecordOverlay& step, OutboxEntry const& entry)
{
    if (!entry.chat.is_broadcast() && !entry.chat.is_newsletter()) return;
    if (step.read(RecordKind::send_note, entry.id.value)) step.erase(RecordKind::send_note, entry.id.value);
}

MessageId batch_id(MessageId const& message, RandomSource& random)
{
    return MessageId{message.value + batch_separator + hex_encode(random.bytes(batch_bytes))};
}

MessageId message_of(OutboxEntry const& entry)
{
    return MessageId{entry.id.value.substr(0, entry.id.value.find(batch_separator))};
}

bool is_batch(OutboxEntry const& entry)
{
    return entry.id.value.find(batch_separator) != std::string::npos;
}

} // namespace wagate::engine
