#pragma once
// Messages that take more than filling in their kind. Others are written as they are:
// TypedMessage{Reaction{target, "👍", "", now}, {}, {}}.
#include "protocol/message/secrets.hpp"

namespace wagate::message {

/// Wraps a document with a caption the way that apps expect it; other media as they are.
TypedMessage new_media(Media media);

/// With a new secret and the version that its number of choices asks for.
/// @param in_announcements for the announcement group of a community
TypedMessage new_poll(Poll poll, bool in_announcements, RandomSource& random);
TypedMessage new_event(CalendarEvent event, RandomSource& random);

/// @param target the poll; `scope.message` is its id
TypedMessage new_poll_vote(MessageReference target, SharedSecret const& secret, SecretScope const& scope,
                           std::vector<std::string> const& options, WallTime now, RandomSource& random);
TypedMessage new_event_response(MessageReference target, SharedSecret const& secret, SecretScope const& scope,
                                EventAnswer const& answer, RandomSource& random);
/// For announcement groups of communities, where plain reactions and comments are not allowed.
TypedMessage new_encrypted_reaction(Reaction const& reaction, SharedSecret const& secret,
                                    SecretScope const& scope, RandomSource& random);
TypedMessage new_encrypted_comment(MessageReference target, TypedMessage const& comment,
                                   SharedSecret const& secret, SecretScope const& scope,
                                   RandomSource& random);

TypedMessage new_edit(MessageReference target, TypedMessage content, WallTime now);

/// Apps offer 24 hours, 7 days and 30 days.
TypedMessage new_pin(MessageReference target, Seconds duration, WallTime now);
TypedMessage new_unpin(MessageReference target, WallTime now);

/// A text for `status@broadcast`. @param background ARGB
TypedMessage new_text_status(std::string text, std::uint32_t background, std::uint32_t font);

/// Shown once: images, videos and voice messages; anything else stays as it is.
void show_once(TypedMessage& message);

/// Disappears with the chat's timer. Only for kinds that stand in the chat themselves.
void expire_after(TypedMessage& message, Seconds expiration, std::optional<WallTime> set);

/// Of disappearing messages in a chat.
struct ChatTimer {
    std::optional<Seconds> expiration; ///< nothing: messages stay
    std::optional<WallTime> set;       ///< when it was set
};

/// A quote of a stored message. @param chat only when it is in another chat than the reply
Quote new_quote(MessageId id, std::optional<Jid> participant, std::optional<Jid> chat, ByteView message);

/// The message as a quote holds it: without wrappers, secrets and what it quoted itself. Empty for control
/// messages.
Bytes quotable(ByteView message);

/// A copy to send on, with everything in its kind that is not read here. Nothing for what cannot be
/// forwarded: shown once, control messages, polls and events (their secret stays theirs), kinds that are not
/// known.
/// @param own written by this account: then it does not count as forwarded once more
/// @param timer of the chat that it goes to
std::optional<Bytes> forwarded_copy(ByteView message, bool own, ChatTimer const& timer = {});

struct VcardFacts {
    std::string full_name;
    std::string organization; ///< may be empty
    std::string phone_number; ///< as it is shown
    std::string whatsapp_id;  ///< digits; may be empty
};
/// A vCard 3.0 whose number opens a chat.
std::string make_vcard(VcardFacts const& facts);

} // namespace wagate::message
