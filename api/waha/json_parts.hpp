#pragma once
// Small pieces that payloads of several subjects have.
#include "protocol/model/model.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace wagate::waha {

/// Null instead of nothing or an empty text.
boost::json::value or_null(std::optional<std::string> const& text);

/// `{"lid":…,"pn":…}` of one party, null for what is not known.
boost::json::object addresses(Jid const& jid, std::optional<Jid> const& phone = {});

/// Groups, lists and channels: the sender is somebody else than the chat.
bool has_participants(Jid const& chat) noexcept;

} // namespace wagate::waha
