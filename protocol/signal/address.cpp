#include "protocol/signal/address.hpp"

namespace wagate::signal {
namespace {

/// The number that separates address spaces of equal user names; 0 for phone numbers (protocol.md 5.1).
unsigned domain_number(Jid const& jid) noexcept
{
    switch (jid.server) {
    case JidServer::user: return 0;
    case JidServer::lid: return 1;
    case JidServer::hosted: return 128;
    case JidServer::hosted_lid: return 129;
    default: return jid.agent;
    }
}

} // namespace

Address Address::of(Jid const& jid)
{
    auto const number = domain_number(jid);
    return {number == 0 ? jid.user : jid.user + '_' + std::to_string(number), jid.device};
}

std::string Address::record_key() const
{
    return name + '.' + std::to_string(device);
}

std::string SenderKeyName::record_key() const
{
    return group + "::" + sender.record_key();
}

std::string_view enc_type(CiphertextKind kind) noexcept
{
    switch (kind) {
    case CiphertextKind::prekey_message: return "pkmsg";
    case CiphertextKind::message: return "msg";
    case CiphertextKind::sender_key_message: return "skmsg";
    }
    return {};
}

std::optional<CiphertextKind> kind_from_enc_type(std::string_view type) noexcept
{
    for (auto kind :
         {CiphertextKind::prekey_message, CiphertextKind::message, CiphertextKind::sender_key_message}) {
        if (enc_type(kind) == type) return kind;
    }
    return std::nullopt;
}

} // namespace wagate::signal
