#pragma once
// Polls and events, and the answers to them, which are encrypted with the secret of the poll or event
// (protocol.md 7.8).
#include "protocol/engine/draft.hpp"
#include "protocol/message/secrets.hpp"

namespace wagate::engine {

/// With a new secret.
/// @param in_announcements in the announcement group of a community
Compose compose_poll(message::Poll poll, std::optional<MessageId> reply_to = {},
                     bool in_announcements = false);

/// @param options by their text; empty: takes the vote back. Each vote replaces the one before.
/// Errors: message_not_found; not_possible when it is no poll, or allows fewer choices; secret_unknown;
/// option_unknown.
Compose compose_vote(MessageId poll, std::vector<std::string> options);

/// With a new secret.
Compose compose_event(message::CalendarEvent event, std::optional<MessageId> reply_to = {});

/// Replaces an own event, for example by one that is cancelled.
/// Errors: message_not_found; not_possible when it is no event or another's; secret_unknown.
Compose compose_event_edit(MessageId event, message::CalendarEvent changed);

/// An own event as it is, but cancelled.
/// Errors: as of compose_event_edit; not_possible also when it is cancelled already.
Compose compose_event_cancellation(MessageId event);

/// Errors: message_not_found; not_possible when it is no event, is cancelled, or allows no guests;
/// secret_unknown.
Compose compose_event_answer(MessageId event, message::EventAnswer::Response response,
                             std::int32_t extra_guests = 0);

} // namespace wagate::engine
