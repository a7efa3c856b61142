#pragma once
// The history that a virtual phone keeps and hands to its companions (protocol.md 9.7): made up, and the same
// in every run.
#include "protocol/base/bytes.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace wagate::sandbox {

/// What to make up: chats with persons whom nobody else here knows, each fifth a group, with messages spread
/// over the days up to now.
struct HistoryPlan {
    std::uint32_t chats = 0;
    std::uint32_t messages = 0; ///< over all chats
    std::uint32_t days = 90;
    std::uint32_t chats_per_chunk = 100;
};

/// One piece as it is sent: zlib data of a HistorySync.
struct HistoryChunk {
    std::int32_t type = 0; ///< 0 initial, 3 recent, 2 full
    std::int32_t order = 1;
    std::int32_t progress = 100;
    Bytes packed;
};

/// What the plan comes to, without making it: pieces are made one at a time.
class HistoryMaker {
public:
    /// @param own the account's number, the sender of its own messages
    HistoryMaker(HistoryPlan const& plan, std::string own, std::int64_t now_seconds, std::int32_t type);

    std::uint32_t chunks() const noexcept;
    HistoryChunk chunk(std::uint32_t index) const;

private:
    std::string conversation(std::uint32_t chat) const;

    HistoryPlan plan_;
    std::string own_;
    std::int64_t now_;
    std::int32_t type_;
};

/// `text` in zlib's format.
Bytes packed(std::string const& text);

} // namespace wagate::sandbox
