#include "protocol/engine/sender_keys.hpp"

#include "protocol/proto/codec.hpp"
#include "protocol/proto/group_state.pb.h"

namespace wagate::engine {

signal::SenderKeyName own_sender_key(Account const& account, Jid const& chat)
{
    auto const own = account.own_lid().user.empty() ? account.own_phone() : account.own_lid();
    return {chat.to_string(), signal::Address::of(own)};
}

std::set<std::string> key_holders(RecordSource const& records, Jid const& chat)
{
    std::set<std::string> found;
    auto const bytes = records.read(RecordKind::sender_key_warm, chat.to_string());
    proto::SenderKeyHolders holders;
    if (!bytes || !proto::decode(holders, *bytes)) return found;
    for (auto const& device : holders.devices())
        found.insert(found.end(), device); // they are stored in order
    return found;
}

void add_key_holders(RecordOverlay& step, Jid const& chat, std::vector<Jid> const& devices)
{
    if (devices.empty()) return;
    auto known = key_holders(step, chat);
    for (auto const& device : devices)
        known.insert(device.to_string());
    proto::SenderKeyHolders holders;
    for (auto const& device : known)
        holders.add_devices(device);
    step.write(RecordKind::sender_key_warm, chat.to_string(), proto::encode(holders));
}

void forget_key_holders(RecordOverlay& step, Jid const& chat)
{
    if (step.read(RecordKind::sender_key_warm, chat.to_string()))
        step.erase(RecordKind::sender_key_warm, chat.to_string());
}

void renew_sender_key(RecordOverlay& step, Account const& account, Jid const& chat)
{
    forget_key_holders(step, chat);
    auto const key = own_sender_key(account, chat).record_key();
    if (step.read(RecordKind::sender_key, key)) step.erase(RecordKind::sender_key, key);
}

} // namespace wagate::engine
