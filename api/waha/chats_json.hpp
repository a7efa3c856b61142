#pragma once
// Chats, contacts and pairs of addresses in the dialect's shapes (waha.md 3 and 4).
#include "storage/store.hpp"

#include <boost/json/object.hpp>

namespace wagate::waha {

/// As GET chats shows it.
boost::json::object chat_json(storage::ChatEntry const& entry);
/// As an overview shows it, with the last message; `picture` is null.
boost::json::object overview_json(storage::ChatEntry const& entry);
/// @param me the session's account; null when it is not known
boost::json::object contact_json(Contact const& contact, OwnIdentity const* me);
/// The side that is not known is null.
boost::json::object lid_json(std::optional<Jid> const& lid, std::optional<Jid> const& phone);

} // namespace wagate::waha
