#pragma once
// Webhook endpoints as they are served, and the events that were given up: /api/v1/{session}/webhooks and
// /api/v1/dead-letters.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "gateway/webhooks/admin.hpp"

namespace wagate::v1 {

class WebhookRoutes {
public:
    /// The webhooks must outlive it; it must outlive the router's calls.
    WebhookRoutes(gateway::webhooks::WebhookAdmin& webhooks, http::UnknownFields unknown) noexcept
        : webhooks_(webhooks), unknown_(unknown)
    {}
    WebhookRoutes(WebhookRoutes const&) = delete;
    WebhookRoutes& operator=(WebhookRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> endpoints(http::Call call);
    Task<http::Response> enable(http::Call call);
    Task<http::Response> letters(http::Call call);
    Task<http::Response> replay(http::Call call);
    Task<http::Response> purge(http::Call call);
    Task<http::Response> erase(http::Call call);

    gateway::webhooks::WebhookAdmin& webhooks_;
    http::UnknownFields unknown_;
};

} // namespace wagate::v1
