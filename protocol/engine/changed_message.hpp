#pragma once
// A stored message after a change.
#include "protocol/message/body.hpp"
#include "protocol/model/message.hpp"

namespace wagate::engine {

/// With the edit's content. What an edit does not repeat stays: the secret, the quote, the file of a media
/// message whose caption is edited. Nothing when the message has no content that can be replaced so.
std::optional<Message> edited(Message const& before, message::TypedMessage const& edit, WallTime time);
/// With the options that somebody has added to the poll.
std::optional<Message> with_options(Message const& before, message::TypedMessage const& addition);
/// Deleted for everyone.
Message revoked(Message const& before);

} // namespace wagate::engine
