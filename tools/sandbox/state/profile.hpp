#pragma once
// What an account shows of itself, to whom, and its calls. Plain state; the rules are in server/.
#include "protocol/base/bytes.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <string>

namespace wagate::sandbox {

struct Account;

struct Picture {
    std::string id;
    Bytes jpeg;
};

struct Call {
    std::string id;
    Account* caller = nullptr;
    Account* callee = nullptr;
    bool is_video = false;
    std::string state = "ringing"; ///< ringing, accepted, rejected, ended
};

struct CallLink {
    std::string token;
    std::string media;           ///< audio or video
    std::int64_t start_time = 0; ///< unix seconds; 0: not planned
};

struct Profile {
    static constexpr std::size_t most_calls = 1'000;
    static constexpr std::size_t most_call_links = 1'000;

    bool phone_is_online = false; ///< the phone shows itself as online; companions do it on their connections
    std::map<std::string, std::string> privacy; ///< settings that differ from "all"
    std::int64_t default_expiration = 0;        ///< seconds, of new chats
    std::int64_t default_expiration_time = 0;
    std::int64_t time_lock_until = 0; ///< unix seconds; 0: it may write to anybody
    std::int64_t new_chats_total = 0; ///< that it may begin in a cycle; 0: no quota
    std::int64_t new_chats_used = 0;
    bool needs_passkey = false; ///< pairing demands one (4.4)
    std::string passkey_code;   ///< shown by the phone while a pairing waits for the user's comparison
    std::deque<Call> calls;     ///< made and received, oldest first
    std::string contact_code;   ///< of the link to the account; empty: nobody has asked for one
    std::map<std::string, std::string> message_links; ///< of a business: code to text
    std::deque<CallLink> call_links;                  ///< oldest first
};

} // namespace wagate::sandbox
