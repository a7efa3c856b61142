#pragma once
// WAHA's operations on groups (waha.md 4 "Groups").
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/gateway.hpp"
#include "protocol/stanza/groups.hpp"

namespace wagate::waha {

class GroupRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls.
    GroupRoutes(gateway::Gateway& gateway, http::UnknownFields unknown) noexcept
        : gateway_(gateway), unknown_(unknown)
    {}
    GroupRoutes(GroupRoutes const&) = delete;
    GroupRoutes& operator=(GroupRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    using Setting = std::function<void(engine::Engine& engine, Jid const& group, bool on,
                                       std::function<void(ErrorCode)> done)>;

    Task<http::Response> create(http::Call call);
    Task<http::Response> list(http::Call call);
    Task<http::Response> count(http::Call call);
    Task<http::Response> refresh(http::Call call);
    Task<http::Response> join_info(http::Call call);
    Task<http::Response> join(http::Call call);
    Task<http::Response> get(http::Call call);
    Task<http::Response> participants(http::Call call);
    Task<http::Response> leave(http::Call call);
    Task<http::Response> remove(http::Call call);
    Task<http::Response> set_subject(http::Call call);
    Task<http::Response> set_description(http::Call call);
    /// A setting as `adminsOnly`.
    Task<http::Response> flag(bool Group::* setting, http::Call call);
    Task<http::Response> set_info_admin_only(http::Call call);
    Task<http::Response> set_messages_admin_only(http::Call call);
    Task<http::Response> set_flag(http::Call call, Setting setting);
    Task<http::Response> invite(http::Call call, bool renew);
    Task<http::Response> change_members(http::Call call, stanza::MemberAction action);

    /// Asks, and answers with `result` when it was done.
    Task<http::Response> carry_out(SessionKey session, gateway::Gateway::Question question,
                                   std::string result);
    Task<gateway::Outcome<Group>> info(SessionKey session, Jid group);
    Task<gateway::Outcome<std::vector<Group>>> groups(SessionKey session, bool again);

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
};

} // namespace wagate::waha
