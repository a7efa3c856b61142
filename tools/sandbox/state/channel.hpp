#pragma once
// A channel (newsletter) as the server keeps it (protocol.md 10.2). In memory, in plain text, as at WhatsApp.
#include "protocol/base/bytes.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace wagate::sandbox {

struct Account;

struct ChannelMessage {
    std::int64_t server_id = 0;
    std::string id;
    std::string type; ///< text, media, poll
    std::string media_type;
    std::int64_t time = 0; ///< unix seconds
    Bytes content;         ///< serialized Message; empty once it is deleted
    std::int64_t views = 0;
    std::map<Account*, std::string> reactions;
};

struct ChannelState {
    std::string id; ///< digits
    std::string name;
    std::string description;
    std::string invite;
    bool verified = false;
    std::int64_t created = 0; ///< unix seconds
    Account* owner = nullptr;
    std::set<Account*> admins;    ///< without the owner
    std::set<Account*> followers; ///< without the owner
    /// Devices that want to hear of counts, and until when, in unix seconds.
    std::map<std::pair<Account*, std::uint16_t>, std::int64_t> watchers;
    std::string picture_path; ///< on the media servers; empty: none
    std::set<Account*> muted;
    std::vector<ChannelMessage> messages; ///< by server id
};

} // namespace wagate::sandbox
