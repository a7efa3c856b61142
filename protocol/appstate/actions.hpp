#pragma once
// What app state says, typed: chats, messages, contacts, labels and settings (protocol.md 9.6).
// Each action knows its collection, its index and its version. Times on the wire are milliseconds in mute_end
// and the action's own time, seconds everywhere else.
#include "protocol/appstate/collection.hpp"
#include "protocol/appstate/index.hpp"
#include "protocol/appstate/macs.hpp"
#include "protocol/base/ids.hpp"
#include "protocol/base/jid.hpp"
#include "protocol/base/time.hpp"

#include <variant>

namespace wagate::appstate {

/// A message inside a chat. `participant` is the sender where the chat alone does not tell: another member of
/// a group. For own messages and in direct chats there is none.
struct MessageRef {
    Jid chat;
    MessageId id;
    bool from_me = false;
    std::optional<Jid> participant;
    bool operator==(MessageRef const&) const = default;
};

/// Up to which message an action on a chat holds. Messages that came later are not meant.
struct MessageRange {
    struct Entry {
        MessageRef message;
        std::optional<WallTime> time;
        bool operator==(Entry const&) const = default;
    };
    std::optional<WallTime> last_message;
    std::optional<WallTime> last_system_message;
    std::vector<Entry> messages;
    bool operator==(MessageRange const&) const = default;
};

// --- chats

struct MuteChat {
    Jid chat;
    bool muted = false;
    std::optional<WallTime> until; ///< none while muted: for ever
    bool operator==(MuteChat const&) const = default;
};
struct PinChat {
    Jid chat;
    bool pinned = false;
    bool operator==(PinChat const&) const = default;
};
struct ArchiveChat {
    Jid chat;
    bool archived = false;
    std::optional<MessageRange> range;
    bool operator==(ArchiveChat const&) const = default;
};
struct MarkChatAsRead {
    Jid chat;
    bool read = false;
    std::optional<MessageRange> range;
    bool operator==(MarkChatAsRead const&) const = default;
};
struct ClearChat {
    Jid chat;
    bool delete_starred = false;
    bool delete_media = false;
    std::optional<MessageRange> range;
    bool operator==(ClearChat const&) const = default;
};
struct DeleteChat {
    Jid chat;
    bool delete_media = false;
    std::optional<MessageRange> range;
    bool operator==(DeleteChat const&) const = default;
};

// --- messages

struct StarMessage {
    MessageRef message;
    bool starred = false;
    bool operator==(StarMessage const&) const = default;
};
struct DeleteMessageForMe {
    MessageRef message;
    bool delete_media = false;
    std::optional<WallTime> message_time;
    bool operator==(DeleteMessageForMe const&) const = default;
};

// --- contacts, labels

struct ContactEntry {
    Jid jid;
    std::string full_name;
    std::string first_name;
    std::string username;
    std::optional<Jid> lid;
    std::optional<Jid> phone;
    bool save_on_primary = false; ///< also in the phone's address book
    bool operator==(ContactEntry const&) const = default;
};
struct LabelEdit {
    std::string label;
    std::string name;
    std::optional<std::int32_t> color;
    std::optional<std::int32_t> predefined_id;
    bool deleted = false;
    std::optional<std::int32_t> order_index;
    std::optional<bool> active;
    std::optional<std::int32_t> list_type;
    bool operator==(LabelEdit const&) const = default;
};
struct LabelChat {
    std::string label;
    Jid chat;
    bool labeled = false;
    bool operator==(LabelChat const&) const = default;
};
struct LabelMessage {
    std::string label;
    Jid chat;
    MessageId message;
    bool labeled = false;
    bool operator==(LabelMessage const&) const = default;
};

/// An answer that a business keeps ready.
struct QuickReply {
    std::string id;       ///< unix seconds of its making, as clients number them
    std::string shortcut; ///< what is typed after a slash
    std::string message;
    std::vector<std::string> keywords = {};
    std::int32_t count = 0; ///< how often it was used
    bool deleted = false;
    bool operator==(QuickReply const&) const = default;
};
/// Somebody's status posts are not shown any more.
struct MuteStatus {
    Jid person;
    bool muted = false;
    bool operator==(MuteStatus const&) const = default;
};

// --- settings of the account

struct PushNameSetting {
    std::string name;
    bool operator==(PushNameSetting const&) const = default;
};
struct UnarchiveChatsSetting {
    bool unarchive = false; ///< an archived chat comes back with its next message
    bool operator==(UnarchiveChatsSetting const&) const = default;
};
struct LocaleSetting {
    std::string locale;
    bool operator==(LocaleSetting const&) const = default;
};
struct TimeFormatSetting {
    bool twenty_four_hours = false;
    bool operator==(TimeFormatSetting const&) const = default;
};

struct LinkPreviewsSetting {
    bool disabled = false; ///< none are made for what this account writes
    bool operator==(LinkPreviewsSetting const&) const = default;
};

/// Everything else, as it came: the hash needs its MACs, and nothing of it is lost.
struct UnknownAction {
    Index index; ///< empty when the index is no array of strings
    Bytes value; ///< serialized SyncActionValue
    std::int32_t version = 0;
    bool operator==(UnknownAction const&) const = default;
};

using Action = std::variant<UnknownAction, MuteChat, PinChat, ArchiveChat, MarkChatAsRead, ClearChat,
                            DeleteChat, StarMessage, DeleteMessageForMe, ContactEntry, LabelEdit, LabelChat,
                            LabelMessage, PushNameSetting, UnarchiveChatsSetting, LocaleSetting,
                            TimeFormatSetting, QuickReply, MuteStatus, LinkPreviewsSetting>;

/// Where it belongs; nothing for an unknown action. On reading, an action is accepted in any collection,
/// because clients disagree about some.
std::optional<Collection> collection_of(Action const& action) noexcept;
/// The version that the current clients write with it.
std::int32_t version_of(Action const& action) noexcept;
Index index_of(Action const& action);

/// Archiving a chat also unpins it: both changes in one patch.
std::vector<Action> archive_chat(Jid const& chat, bool archived, std::optional<MessageRange> range);

/// An action and when it was taken.
struct DatedAction {
    Action action;
    WallTime time{};
};
/// A serialized SyncActionValue. An unknown action keeps its own bytes and time.
Bytes write_action(Action const& action, WallTime time);
/// Total: what does not fit its index becomes an UnknownAction. A removal needs no value and has the fields
/// of an empty one.
DatedAction read_action(Operation operation, Index const& index, ByteView value, std::int32_t version);

} // namespace wagate::appstate
