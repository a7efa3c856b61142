#pragma once
// All data of a tenant as one archive.
#include "api/http/router.hpp"
#include "gateway/events/event_stream.hpp"
#include "gateway/gateway.hpp"
#include "gateway/media/kept_media.hpp"

#include <atomic>
#include <memory>

namespace wagate::v1 {

class ExportRoutes {
public:
    /// At one time; each holds some MiB.
    static constexpr int most_exports = 4;

    /// All must outlive it; it must outlive the router's calls and their answers.
    ExportRoutes(gateway::Gateway& gateway, gateway::KeptMedia& media, gateway::StreamContext const& streams)
        : gateway_(gateway), media_(media), streams_(streams)
    {}
    ExportRoutes(ExportRoutes const&) = delete;
    ExportRoutes& operator=(ExportRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> own(http::Call call);
    Task<http::Response> of_tenant(http::Call call);
    Task<http::Response> answer(TenantId tenant, http::Call call);

    gateway::Gateway& gateway_;
    gateway::KeptMedia& media_;
    gateway::StreamContext const& streams_;
    std::shared_ptr<std::atomic<int>> running_ = std::make_shared<std::atomic<int>>(0);
};

} // namespace wagate::v1
