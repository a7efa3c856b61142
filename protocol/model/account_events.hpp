#pragma once
// What happens around the account besides messages and groups: presence, calls, labels, archived chats,
// history.
#include "protocol/base/ids.hpp"
#include "protocol/base/jid.hpp"
#include "protocol/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wagate {

/// Stored as integers: never renumber. Text forms are WAHA's.
enum class PresenceState : std::uint8_t { offline = 0, online = 1, typing = 2, recording = 3, paused = 4 };
std::string_view presence_name(PresenceState state) noexcept; ///< "offline", "online", "typing", …

/// @note not worth storing for long, but told like everything else.
struct PresenceChanged {
    Jid chat; ///< the person's, or the group's in which somebody types
    std::optional<Jid> chat_phone;
    Jid participant; ///< whom it is about
    std::optional<Jid> participant_phone;
    PresenceState state = PresenceState::offline;
    std::optional<WallTime> last_seen;
    bool operator==(PresenceChanged const&) const = default;
};

struct ChatArchived {
    Jid chat;
    std::optional<Jid> chat_phone;
    bool archived = false;
    bool operator==(ChatArchived const&) const = default;
};

/// A label of a business account.
struct Label {
    std::string id;
    std::string name;
    std::int32_t color = 0; ///< 0 to 19, WhatsApp's palette
    bool operator==(Label const&) const = default;
};
struct LabelChanged {
    Label label;
    bool deleted = false;
    bool operator==(LabelChanged const&) const = default;
};
/// A label was put on a chat or a message, or taken from it.
struct LabelAssigned {
    std::string label_id;
    std::optional<Label> label; ///< when it is known
    Jid chat;
    std::optional<Jid> chat_phone;
    std::optional<MessageId> message; ///< nothing: the chat itself
    bool assigned = true;
    bool from_me = false;                      ///< the message, when it is known
    std::optional<Jid> participant = {};       ///< its sender in groups, when it is known
    std::optional<Jid> participant_phone = {}; ///< when `participant` is a LID and the number is known
    bool operator==(LabelAssigned const&) const = default;
};

/// Stored as integers: never renumber.
enum class CallState : std::uint8_t { received = 0, accepted = 1, rejected = 2, ended = 3 };
struct CallChanged {
    std::string id;
    CallState state = CallState::received;
    Jid from;
    std::optional<Jid> from_phone;
    std::optional<Jid> group;
    bool is_video = false;
    WallTime timestamp{};
    std::string reason; ///< of an end
    bool operator==(CallChanged const&) const = default;
};

/// A piece of the phone's history has been stored, or given up.
struct HistoryProgressed {
    std::int32_t type = 0;     ///< protocol.md 9.7: 0 initial, 2 full, 3 recent, 4 push names, 6 on demand …
    std::int32_t progress = 0; ///< percent, as the phone tells it
    std::int32_t chunk = 0;
    std::uint32_t chats = 0;
    std::uint32_t messages = 0;
    std::string request = {}; ///< message id of the request that it answers; empty: sent unasked
    std::optional<bool> has_more =
        {};                 ///< the phone keeps older messages of the chat; nothing: it does not say
    std::string error = {}; ///< why it could not be read to its end; empty: it was
    bool operator==(HistoryProgressed const&) const = default;
};

/// What happened to a chat besides its messages. Stored as integers: never renumber.
enum class ChatUpdate : std::uint8_t {
    pinned = 0,
    unpinned = 1,
    muted = 2,
    unmuted = 3,
    read = 4,
    unread = 5,
    cleared = 6,
    deleted = 7,
    followed = 8, ///< a channel
    unfollowed = 9,
};
std::string_view chat_update_name(ChatUpdate change) noexcept; ///< "pinned", "unpinned", …
/// A device of the account, this one or another, has changed a chat for all of them.
struct ChatUpdated {
    Jid chat;
    std::optional<Jid> chat_phone;
    ChatUpdate change = ChatUpdate::pinned;
    std::optional<WallTime> until; ///< of `muted`; nothing: for ever
    bool operator==(ChatUpdated const&) const = default;
};

/// Stored as integers: never renumber.
enum class ContactUpdate : std::uint8_t {
    saved = 0,   ///< in the account's address book
    removed = 1, ///< from it
    picture = 2,
    picture_removed = 3,
    about = 4,
    blocked = 5,
    unblocked = 6,
};
std::string_view contact_update_name(ContactUpdate change) noexcept; ///< "saved", "removed", …
/// Something about a person has changed.
struct ContactUpdated {
    Jid chat; ///< the person's
    std::optional<Jid> chat_phone;
    ContactUpdate change = ContactUpdate::saved;
    std::string full_name = {};  ///< of `saved`
    std::string first_name = {}; ///< of `saved`
    std::string picture = {};    ///< id, of `picture`
    std::string about = {};      ///< of `about`; empty: taken away
    bool operator==(ContactUpdated const&) const = default;
};

/// Until when the account may not write to people it has not written to before.
struct TimeLock {
    bool active = false;
    std::optional<WallTime> until; ///< when the server says it
    std::string type = {};         ///< in the server's words; empty: not said
    bool operator==(TimeLock const&) const = default;
};
/// How many new chats the account may begin in a cycle, and has begun. Words are the server's, empty: not
/// said.
struct NewChatQuota {
    std::optional<std::int64_t> total;
    std::optional<std::int64_t> used;
    std::optional<WallTime> cycle_start;
    std::optional<WallTime> cycle_end;
    std::string status = {};    ///< NONE, FIRST_WARNING, SECOND_WARNING, CAPPED
    std::string extension = {}; ///< whether a one-time extension may be had
    std::string verified = {};  ///< whether being a verified business lifts it
    bool operator==(NewChatQuota const&) const = default;
};
/// Something about the account itself has changed. Only what has is set.
struct AccountUpdated {
    std::vector<std::pair<std::string, std::string>> privacy = {}; ///< settings by name
    std::optional<TimeLock> time_lock = {};
    std::optional<NewChatQuota> quota = {};
    bool operator==(AccountUpdated const&) const = default;
};

/// A person has another identity key: WhatsApp was installed anew, or on another phone.
struct IdentityChanged {
    Jid chat; ///< the person's
    std::optional<Jid> chat_phone;
    bool operator==(IdentityChanged const&) const = default;
};

} // namespace wagate
