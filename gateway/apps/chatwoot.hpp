#pragma once
// The way into Chatwoot: its public API for contacts, conversations and what came in, its application API for
// what was sent from the phone.
#include "gateway/apps/apps.hpp"
#include "gateway/transport/http_client.hpp"

namespace wagate::gateway {

/// What it writes for the account itself is marked with this before the message's id (`source_id`);
/// Chatwoot's webhook tells of it too.
inline constexpr std::string_view chatwoot_echo_mark = "wagate:";

/// Used on one loop.
class ChatwootInbox {
public:
    /// The client must outlive it.
    ChatwootInbox(transport::HttpClient& client, ChatwootApp app) : client_(client), app_(std::move(app)) {}

    /// Handles one event of the app's session: a message that came in, or was written on the phone, is told
    /// to Chatwoot. Messages of the API are not. @return false: again later; then Chatwoot may see it twice.
    Task<bool> tell(storage::StoredEvent const& event);

private:
    struct Reply {
        unsigned status = 0; ///< 0: none
        std::string body;
    };

    /// Id of the open conversation of a chat, made with its contact when there is none.
    Task<std::optional<std::int64_t>> conversation_of(Message const& message, std::string const& source);
    Task<Reply> call(std::string method, std::string path, std::string body, bool is_public);

    transport::HttpClient& client_;
    ChatwootApp app_;
    std::map<std::string, std::int64_t> conversations_; ///< by source id; bounded
};

} // namespace wagate::gateway
