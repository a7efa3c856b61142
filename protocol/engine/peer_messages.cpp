#include "protocol/engine/peer_messages.hpp"

#include "protocol/binary/codec.hpp"
#include "protocol/engine/sessions.hpp"
#include "protocol/message/identifiers.hpp"
#include "protocol/message/padding.hpp"
#include "protocol/stanza/message.hpp"

namespace wagate::engine {
namespace {

/// The session is the one of the LID although the number is addressed (7.5).
Jid phone_of(Account const& account)
{
    auto const own = account.own_lid().user.empty() ? account.own_phone() : account.own_lid();
    return own.with_device(0);
}

} // namespace

void PeerMessages::when_ready(std::function<void()> ready)
{
    ensure_sessions(core_, {phone_of(core_.account)}, [this, ready = std::move(ready)](ErrorCode error) {
        if (!error && core_.active) ready();
    });
}

std::optional<PeerMessages::Sealed> PeerMessages::seal(ByteView content) const
{
    RecordOverlay step{core_.records};
    auto const address = signal::Address::of(phone_of(core_.account));
    auto const ciphertext =
        signal::encrypt(step, core_.account.identity, address, message::pad(content, core_.random));
    if (!ciphertext) return std::nullopt;
    auto const own = core_.account.own_phone();
    auto const id = message::generate_message_id(core_.now.wall, own, core_.random);
    auto const stanza = stanza::make_peer_message(own, id, *ciphertext, core_.account.signed_device_identity);
    Sealed sealed;
    sealed.work = Core::unit(std::move(step));
    sealed.entry = OutboxEntry{id, own.bare(), binary::encode(stanza), core_.now.wall};
    return sealed;
}

void PeerMessages::send(Bytes content, std::function<void(MessageId const&)> sent)
{
    when_ready([this, content = std::move(content), sent = std::move(sent)] {
        auto sealed = seal(content);
        if (!sealed) return; // no keys of the phone
        auto const id = sealed->entry.id;
        send(std::move(*sealed));
        if (sent) sent(id);
    });
}

} // namespace wagate::engine
