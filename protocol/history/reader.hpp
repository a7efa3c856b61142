#pragma once
// A chunk of the phone's history (protocol.md 9.7), item by item. Memory does not grow with the chunk: of all
// its chats and messages one message is held at a time.
#include "protocol/base/ids.hpp"
#include "protocol/base/jid.hpp"
#include "protocol/base/time.hpp"
#include "protocol/history/field_reader.hpp"

#include <chrono>
#include <variant>

namespace wagate::history {

struct PushName {
    Jid person;
    std::string name;
};
struct LidMapping {
    Jid phone;
    Jid lid;
};
/// A message as the phone keeps it.
struct StoredMessage {
    Jid chat; ///< as the phone addresses it
    MessageId id;
    bool from_me = false;
    std::optional<Jid> participant; ///< its sender in groups
    WallTime timestamp{};
    std::optional<std::int32_t> status; ///< 0 error, 1 pending, 2 server, 3 delivered, 4 read, 5 played
    std::string push_name;
    bool revoked = false;
    bool starred = false;
    std::optional<WallTime> pinned_until; ///< in the chat
    Bytes content;                        ///< serialized Message; empty for what is told about a chat
};
/// What tokens for strangers are made from (protocol.md 7.10).
struct TokenSalt {
    Bytes salt;
};
/// Comes after the messages of the chat.
struct Conversation {
    Jid jid;
    std::optional<Jid> phone;
    std::optional<Jid> lid;
    std::string name;
    std::uint32_t unread = 0;
    bool marked_unread = false;
    bool archived = false;
    std::optional<WallTime> pinned;
    std::optional<WallTime> muted_until;
    std::chrono::seconds expiration{0};
    std::optional<WallTime> expiration_set;
    std::optional<WallTime> activity;
    Bytes token; ///< that the person gave this account; empty: none
    std::optional<WallTime> token_time;
    std::optional<bool> has_more; ///< the phone keeps older messages; nothing: it does not say
};
using Item = std::variant<PushName, LidMapping, TokenSalt, StoredMessage, Conversation>;

/// Names and addresses stand behind the chats, and are wanted first: a chunk is read twice.
enum class Part : std::uint8_t { names, chats };

class Reader {
public:
    /// From the start of `packed`, which nobody else reads meanwhile.
    Reader(std::shared_ptr<PackedSource> packed, Part part, InflateLimits const& limits = {});

    /// The next item; nothing at the end. What is damaged inside a field is left out, as is what is too
    /// large.
    Result<std::optional<Item>> next();

private:
    /// Of one field that has to be held: a message, or what is known of a chat.
    static constexpr std::uint64_t max_field_bytes = 2u << 20;

    Result<std::optional<Item>> next_in_chat();
    std::optional<Item> message(ByteView bytes) const;
    std::optional<Item> conversation();

    InflateStream stream_;
    FieldReader fields_;
    Part part_;
    std::optional<std::uint64_t> chat_end_; ///< inside a chat: where it ends
    std::optional<Jid> chat_;               ///< once it is known
    Bytes chat_fields_;                     ///< of the chat, without messages
};

} // namespace wagate::history
