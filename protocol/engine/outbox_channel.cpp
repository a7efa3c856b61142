// Messages to channels: plain text, so there is nothing to prepare but the stanza (protocol.md 10.2).
#include "protocol/binary/codec.hpp"
#include "protocol/engine/channels.hpp"
#include "protocol/engine/outbox.hpp"
#include "protocol/engine/send_notes.hpp"

namespace wagate::engine {

namespace {

constexpr int cannot_be_sent = 400;

} // namespace

std::string Outbox::wire_id_of(OutboxEntry const& entry)
{
    // An edit or deletion in a channel goes out, and is acknowledged, under the id of what it changes.
    if (entry.chat.is_newsletter() && !entry.stanza.empty())
        if (auto const stanza = binary::decode(entry.stanza)) return stanza->text("id");
    return message_of(entry).value;
}

void Outbox::post_to_channel(JobPtr const& job)
{
    std::optional<Message> target;
    auto const typed = message::parse_body(job->message.content);
    if (auto const* reference = message::target_of(typed.body))
        target = core_.messages.find(job->message.chat, reference->id);
    auto const handle = read_note(core_.records, job->entry.id).media_handle;
    auto const stanza = channel_stanza(job->message, target ? &*target : nullptr, handle);
    if (!stanza) {
        reject(job, {cannot_be_sent, std::nullopt});
        return;
    }
    job->entry.stanza = binary::encode(*stanza);
    job->wire_id = stanza->text("id");
    RecordOverlay step{core_.records};
    policy_.save(step);
    auto work = Core::unit(std::move(step));
    work.outbox_put.push_back(job->entry);
    awaiting_[job->wire_id] = job;
    core_.store(std::move(work), [this, job] {
        job->is_stanza_durable = true;
        transmit(job);
    });
    end_preparing(*job);
    prepare_next();
}

} // namespace wagate::engine
