#pragma once
// What the files of HistorySync share. Internal to the engine.
#include "protocol/engine/history_sync.hpp"

namespace wagate::engine {

struct HistorySync::Piece {
    std::string key;
    message::HistoryNotification notice;
    bool with_chats = false;
    history::Part part = history::Part::names;
    std::shared_ptr<history::PackedSource> source;
    std::optional<history::Reader> reader;
    std::uint32_t chats = 0;
    std::uint32_t messages = 0;
    std::optional<bool> has_more;
    std::vector<MessageName> with_files; ///< of the unit that is being made

    message::HistoryType type() const { return static_cast<message::HistoryType>(notice.type); }
};

} // namespace wagate::engine
