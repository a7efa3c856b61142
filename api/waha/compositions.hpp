#pragma once
// What requests to send become: drafts whose content is made when the session takes them in. Bad requests
// show then, as DraftErrc; what was asked for before with the same idempotency key is answered all the same.
#include "protocol/engine/draft.hpp"

#include <optional>

namespace wagate::waha {

/// Another message that a draft is about, as far as it is known.
struct AboutMessage {
    MessageId id;
    bool from_me = false;
    std::optional<Jid> sender;     ///< bare; on the wire's terms where the message is stored
    std::optional<Message> stored; ///< nothing: only named by the client
};

/// @param reply_to wire id or full; what is no id is a message that is not known
engine::Compose compose(message::TypedMessage content, std::optional<std::string> reply_to = {});
engine::Compose compose_poll(message::Poll poll, std::optional<std::string> reply_to);
engine::Compose compose_event(message::CalendarEvent event, std::optional<std::string> reply_to);
/// Only in chats with one person: groups do not show lists.
engine::Compose compose_list(message::List list, std::optional<std::string> reply_to);
/// Not in channels.
engine::Compose compose_buttons(message::Interactive buttons, std::optional<std::string> reply_to);

/// A new text, or a new caption of media. Own messages only.
engine::Compose compose_edit(AboutMessage about, std::string text);
/// Deletes for everyone: own messages, in groups those of others too, where the account is an admin.
engine::Compose compose_revoke(AboutMessage about);
/// @param duration nothing: unpins
engine::Compose compose_pin(AboutMessage about, std::optional<std::chrono::seconds> duration);
/// @param options by their text; none: takes the vote back
engine::Compose compose_poll_vote(AboutMessage about, std::vector<std::string> options);
engine::Compose compose_forward(AboutMessage about);

} // namespace wagate::waha
