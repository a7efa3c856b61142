#pragma once
// Chats and contacts: what is known of them besides messages.
#include "protocol/base/ids.hpp"
#include "protocol/base/jid.hpp"
#include "protocol/base/time.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace wagate {

struct Chat {
    Jid jid;                  ///< bare, the LID where it is known
    std::optional<Jid> phone; ///< the person's number, when it is known
    std::string name;         ///< of a group or channel; of persons see Contact
    std::uint32_t unread = 0;
    bool marked_unread = false; ///< by hand
    bool archived = false;
    std::optional<WallTime> pinned;      ///< when
    std::optional<WallTime> muted_until; ///< the latest time there is: for ever
    std::chrono::seconds expiration{0};  ///< disappearing messages; zero: off
    std::optional<WallTime> expiration_set;
    WallTime last_activity{}; ///< of its newest message
    bool operator==(Chat const&) const = default;
};

/// Only what is set changes; the chat is made when it is not there. Applied in order, after the unit's
/// messages.
struct ChatChange {
    Jid jid;
    std::optional<std::string> name = {};
    std::optional<std::uint32_t> unread = {}; ///< the new count
    std::uint32_t unread_more = 0;            ///< added to it
    std::optional<bool> marked_unread = {};
    std::optional<bool> archived = {};
    std::optional<std::optional<WallTime>> pinned = {};
    std::optional<std::optional<WallTime>> muted_until = {};
    std::optional<std::chrono::seconds> expiration = {};
    std::optional<WallTime> expiration_set = {};
    std::optional<WallTime> activity = {}; ///< moves last_activity forward
    bool cleared = false;                  ///< its messages go
    bool removed = false;                  ///< the chat and its messages go
    bool operator==(ChatChange const&) const = default;
};

struct Contact {
    Jid jid;                  ///< bare, the LID where it is known
    std::optional<Jid> phone; ///< when it is known
    std::string push_name;    ///< what they call themselves
    std::string full_name;    ///< in the account's address book; empty: not in it
    std::string first_name;   ///< in the account's address book
    std::string business_name;
    bool blocked = false;
    bool operator==(Contact const&) const = default;
};

/// Only what is set changes.
struct ContactChange {
    Jid jid;
    std::optional<std::string> push_name = {};
    std::optional<std::string> full_name = {}; ///< empty: removed from the address book
    std::optional<std::string> first_name = {};
    std::optional<std::string> business_name = {};
    std::optional<bool> blocked = {};
    bool operator==(ContactChange const&) const = default;
};

/// Who of a group has got, read or played an own message.
struct MemberReceipt {
    Jid chat;
    MessageId id;
    Jid member;          ///< bare, the LID where it is known
    std::int8_t ack = 0; ///< of the scale of Ack; only moves forward
    WallTime time{};
    bool operator==(MemberReceipt const&) const = default;
};

} // namespace wagate
