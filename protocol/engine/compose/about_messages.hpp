#pragma once
// Messages about other messages of the same chat: reactions, edits, deletions, pins, forwards, and the chat's
// timer (protocol.md 7.3). What is stored of the other message counts more than what the caller says of it;
// it does not have to be stored where its name is enough.
#include "protocol/engine/draft.hpp"
#include "protocol/model/message_events.hpp"

namespace wagate::engine {

/// Encrypted in announcement groups of communities, where the message came with its secret.
/// @param text empty: takes the reaction back
/// Errors: not_possible for a deleted message.
Compose compose_reaction(MessageTarget target, std::string text);

/// In the announcement group of a community, encrypted with the secret of the message.
/// Errors: message_not_found; not_possible in other chats and for deleted messages; secret_unknown.
Compose compose_comment(MessageId target, std::string text);

/// What an edit says: the new text or caption.
struct TextEdit {
    std::string text;
    std::vector<Jid> mentions;
    std::optional<message::LinkPreview> preview; ///< not for captions
};
/// Errors: message_not_found; not_possible for others' messages, deleted ones, and kinds without a text or
/// caption.
Compose compose_edit(MessageId target, TextEdit edit);

/// Deletes for everyone: an own message, or as an admin another's in a group.
/// Errors: not_possible for others' messages in other chats, and for what is deleted already.
Compose compose_revoke(MessageTarget target);

/// @param duration apps offer 24 hours, 7 days and 30 days
/// Errors: not_possible for a deleted message.
Compose compose_pin(MessageTarget target, message::Seconds duration);
Compose compose_unpin(MessageTarget target);

/// A copy of a stored message.
/// @param from where it is, under either address
/// Errors: message_not_found; not_possible for what cannot be forwarded, see message::forwarded_copy.
Compose compose_forward(Jid from, MessageId id);

/// Disappearing messages of a direct chat. @param expiration zero: off
/// Errors: not_possible in other chats.
Compose compose_timer(message::Seconds expiration);

/// What the account calls itself in a group. @param label at most message::max_member_label characters;
/// empty: nothing Errors: not_possible in other chats.
Compose compose_member_label(std::string label);

} // namespace wagate::engine
