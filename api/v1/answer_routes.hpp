#pragma once
// What is sent about another message or as it is, and WAHA's dialect has no operation for: answers to events,
// lists and templates, changed and cancelled events, and messages whose bytes the client has made itself.
#include "api/http/router.hpp"
#include "api/waha/sending.hpp"

namespace wagate::v1 {

class AnswerRoutes {
public:
    /// The gateway must outlive it; it must outlive the router's calls. @param links to files
    AnswerRoutes(gateway::Gateway& gateway, http::UnknownFields unknown, waha::MediaLinks links)
        : sending_(gateway, unknown, std::move(links))
    {}
    AnswerRoutes(AnswerRoutes const&) = delete;
    AnswerRoutes& operator=(AnswerRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> answer_event(http::Call call);
    Task<http::Response> change_event(http::Call call);
    Task<http::Response> cancel_event(http::Call call);
    Task<http::Response> answer_list(http::Call call);
    Task<http::Response> answer_template(http::Call call);
    Task<http::Response> send_raw(http::Call call);
    /// About the event that the path names.
    Task<http::Response> about_event(http::Call const& call, waha::SendCall asked,
                                     std::function<engine::Compose(MessageId)> compose, unsigned status);

    waha::Sending sending_;
};

} // namespace wagate::v1
