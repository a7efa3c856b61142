#pragma once
// Ids as this dialect shows them (waha.md 3).
#include "protocol/model/model.hpp"

namespace wagate::waha {

/// Users by phone number as `123@c.us`, by hidden id as `123@lid`, without device; other addresses as they
/// are.
std::string shown(Jid const& jid);
/// The phone form when it is known, otherwise `jid`.
std::string shown(Jid const& jid, std::optional<Jid> const& phone);

/// `{fromMe}_{chat}_{id}`, in groups with `_{participant}`.
std::string message_id(bool from_me, std::string_view chat, MessageId const& id,
                       std::optional<std::string> const& participant);

} // namespace wagate::waha
