#pragma once
// What happens to messages that are there: reactions, edits, deletions, votes, answers, comments. `message`
// is the one that brought it (kind control): its chat, id, sender and time.
#include "protocol/model/message.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace wagate {

/// Names another message of the same chat.
struct MessageTarget {
    MessageId id;
    bool from_me = false;
    std::optional<Jid> participant; ///< its sender in groups and broadcasts; bare, LID where it is known
    std::optional<Jid> participant_phone = {}; ///< when `participant` is a LID and the number is known
    bool operator==(MessageTarget const&) const = default;
};

struct MessageReacted {
    Message message;
    MessageTarget target;
    std::string text; ///< empty: the reaction was taken back
    bool operator==(MessageReacted const&) const = default;
};

/// `message` carries the new body and content.
struct MessageEdited {
    Message message;
    MessageTarget target;
    bool operator==(MessageEdited const&) const = default;
};

struct MessageRevoked {
    Message message;
    MessageTarget target;
    std::optional<Message> before; ///< as it was stored
    bool operator==(MessageRevoked const&) const = default;
};

struct PollVoted {
    Message message;
    MessageTarget target;
    std::vector<std::string> options; ///< chosen, by their text; empty: the vote was taken back
    bool failed = false;              ///< it could not be opened: the poll is not known here
    bool operator==(PollVoted const&) const = default;
};

/// Somebody answered the invitation to an event.
struct EventAnswered {
    Message message;
    MessageTarget target;
    std::uint8_t response = 0; ///< 0 unknown, 1 going, 2 not going, 3 maybe
    std::int32_t extra_guests = 0;
    bool failed = false; ///< it could not be opened: the event is not known here
    bool operator==(EventAnswered const&) const = default;
};

/// How often a channel's message was seen, and how it is reacted to.
struct ChannelPostCounted {
    Jid chat;
    std::int64_t server_id = 0;
    MessageId id; ///< empty when the server did not say it
    std::optional<std::int64_t> views;
    std::vector<std::pair<std::string, std::int64_t>> reactions; ///< by emoji, in its order
    bool operator==(ChannelPostCounted const&) const = default;
};

/// Stored as integers: never renumber.
enum class MessageUpdate : std::uint8_t {
    starred = 0,
    unstarred = 1,
    deleted_for_me = 2,
    pinned = 3,
    unpinned = 4,
};
std::string_view message_update_name(MessageUpdate change) noexcept; ///< "starred", "deletedForMe", …
/// A message is treated otherwise than before; what it says is the same.
struct MessageUpdated {
    Jid chat;
    std::optional<Jid> chat_phone;
    MessageTarget target;
    MessageUpdate change = MessageUpdate::starred;
    std::optional<WallTime> until = {}; ///< of `pinned`
    std::optional<Jid> by = {};         ///< who has pinned or unpinned it
    std::optional<Jid> by_phone = {};
    bool operator==(MessageUpdated const&) const = default;
};

/// `message` carries the comment's content, which was encrypted.
struct MessageCommented {
    Message message;
    MessageTarget target;
    bool operator==(MessageCommented const&) const = default;
};

} // namespace wagate
