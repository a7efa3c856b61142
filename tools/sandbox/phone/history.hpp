#pragma once
// The history that a virtual phone keeps and hands to its companions (protocol.md 9.7): made up, and the same
// in every run.
#include "protocol/base/bytes.hpp"
#include "protocol/base/jid.hpp"
#include "protocol/message/media.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wagate::sandbox {

/// What to make up: chats with persons whom nobody else here knows, each fifth a group, with messages spread
/// over the days up to now.
/// How pieces travel.
enum class HistoryCarrier : std::uint8_t {
    usual,   ///< as from a phone: a small first piece inside the message, all others in files
    files,   ///< all in files on the media servers
    messages ///< all inside of messages
};

struct HistoryPlan {
    std::uint32_t chats = 0;
    std::uint32_t messages = 0; ///< over all chats
    std::uint32_t days = 90;
    std::uint32_t chats_per_chunk = 100;
    std::uint32_t older = 0; ///< more messages of each chat, which companions get when they ask
    HistoryCarrier carrier = HistoryCarrier::usual;
    std::int64_t now = 0;                ///< unix seconds; what the times of messages are counted from
    std::optional<message::Media> image; ///< the newest message of each chat; lies on the media servers
};

/// One piece as it is sent: zlib data of a HistorySync.
struct HistoryChunk {
    std::int32_t type = 0; ///< 0 initial, 3 recent, 2 full
    std::int32_t order = 1;
    std::int32_t progress = 100;
    Bytes packed;
    std::string request; ///< message id of what it answers; empty: sent unasked
};

/// What the plan comes to, without making it: pieces are made one at a time.
class HistoryMaker {
public:
    /// @param own the account's number, the sender of its own messages
    HistoryMaker(HistoryPlan const& plan, std::string own, std::int32_t type);

    std::uint32_t chunks() const noexcept;
    HistoryChunk chunk(std::uint32_t index) const;
    /// At most `count` messages of the chat that are older than the one named; nothing when the plan has no
    /// such message.
    std::optional<HistoryChunk> older(Jid const& chat, std::string const& id, std::uint32_t count) const;

private:
    std::uint32_t sent_of(std::uint32_t chat) const; ///< messages that are sent unasked
    std::string messages(std::uint32_t chat, std::uint32_t begin, std::uint32_t end) const;
    std::int64_t time_of(std::uint32_t chat, std::uint32_t message) const;
    std::string conversation(std::uint32_t chat) const;

    HistoryPlan plan_;
    std::string own_;
    std::int32_t type_;
};

/// One message as a phone keeps it.
struct KeptMessage {
    std::string chat;
    std::string id;
    bool from_me = false;
    std::string participant; ///< empty: in no group, or own
    std::int64_t seconds = 0;
    int status = 0;
    std::string push_name;
    std::string content; ///< serialized Message
};
/// Of a chat that is no part of a plan: messages that a companion has asked for, newest first.
HistoryChunk chunk_of(std::string const& chat, std::vector<KeptMessage> const& messages, bool has_more);

/// `text` in zlib's format.
Bytes packed(std::string const& text);

} // namespace wagate::sandbox
