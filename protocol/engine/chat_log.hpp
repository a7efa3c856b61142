#pragma once
// Keeps chats and contacts in step with messages: last activity, unread counts, names. What the account's
// devices settle among themselves (archived, muted, pinned …) comes with app state.
#include "protocol/engine/directory.hpp"

#include <unordered_map>

namespace wagate::engine {

class ChatLog {
public:
    ChatLog(Core& core, Directory& directory);

    /// `message` is part of `work`, and new. Writing in a chat reads it. Status posts are in no chat.
    void appeared(UnitOfWork& work, Message const& message);
    /// The chat was read, here or on another device.
    static void read(UnitOfWork& work, Jid const& chat);
    /// What a person calls themselves; does nothing for a name that was told last. Empty names are none.
    /// @param business_name as it is certified
    void named(UnitOfWork& work, Jid const& person, std::string const& push_name,
               std::string const& business_name = {});

private:
    static constexpr std::size_t remembered_names = 512;

    Core& core_;
    Directory& directory_;
    std::unordered_map<Jid, std::string>
        names_; ///< that are stored, so that not every message stores them again
};

} // namespace wagate::engine
