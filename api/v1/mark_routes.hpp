#pragma once
// What the account's owner sets about chats, messages and people and WAHA's dialect has no operation for:
// pinned, muted and read chats, messages deleted for the account alone, labels of messages, contacts that go.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"

namespace wagate::engine {
class AppStateSync;
}

namespace wagate::v1 {

class MarkRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    MarkRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    MarkRoutes(MarkRoutes const&) = delete;
    MarkRoutes& operator=(MarkRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    using Done = std::function<void(Result<void>)>;
    using Change = std::function<void(engine::AppStateSync& sync, Jid const& chat, Done done)>;

    Task<http::Response> pin(http::Call call);
    Task<http::Response> mute(http::Call call);
    Task<http::Response> read(http::Call call);
    Task<http::Response> delete_for_me(http::Call call);
    Task<http::Response> labels(http::Call call);
    Task<http::Response> set_labels(http::Call call);
    Task<http::Response> remove_contact(http::Call call);
    /// @param missing what a 404 of the engine means
    Task<http::Response> change(http::Call const& call, Jid chat, Change change, std::string missing = {});

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::v1
