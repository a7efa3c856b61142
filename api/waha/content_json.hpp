#pragma once
// What a message holds besides its text, as the dialect shows it (waha.md 3), from its content.
#include "api/waha/media_url.hpp"
#include "protocol/message/body.hpp"

#include <boost/json/object.hpp>

namespace wagate::waha {

/// WAMedia; null when the content is no media. @param place null: without a URL, the whole is null
boost::json::value media_json(message::MessageBody const& body, Message const& message,
                              MediaPlace const* place);
/// WALocation with numbers as text; null when the content is no location.
boost::json::value location_json(message::MessageBody const& body);
/// Null when the content holds no contacts.
boost::json::value vcards_json(message::MessageBody const& body);

/// What WAMessage has no field for, under names of our own: poll, event, list, buttons, answers, media's
/// facts, mentions, forwarding, view once, the disappearing timer.
void put_content(boost::json::object& data, message::TypedMessage const& typed);

} // namespace wagate::waha
