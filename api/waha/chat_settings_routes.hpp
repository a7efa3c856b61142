#pragma once
// What the account's owner sets about chats, messages and contacts: archived, unread, cleared, starred, names
// (waha.md 4, Chats and Contacts). All devices of the account hear of it.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::engine {
class AppStateSync;
}

namespace wagate::waha {

class ChatSettingsRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    ChatSettingsRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    ChatSettingsRoutes(ChatSettingsRoutes const&) = delete;
    ChatSettingsRoutes& operator=(ChatSettingsRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    using Done = std::function<void(Result<void>)>;
    using Change = std::function<void(engine::AppStateSync& sync, Jid const& chat, Done done)>;

    /// A change of the chat in the path.
    void add_change(http::Router& router, std::string method, std::string path, unsigned status,
                    Change change);
    Task<http::Response> change_chat(http::Call call, unsigned status, Change change);
    Task<http::Response> change(SessionKey session, Jid chat, unsigned status, Change change);
    Task<http::Response> star(http::Call call);
    Task<http::Response> put_contact(http::Call call);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::waha
