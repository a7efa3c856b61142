#pragma once
// A tenant's events as they happen: WebSocket (waha.md 2), server-sent events, long poll.
#include "api/http/router.hpp"
#include "api/http/tickets.hpp"
#include "api/v1/stream_slots.hpp"
#include "gateway/events/event_stream.hpp"

namespace wagate::v1 {

struct StreamOptions {
    std::size_t per_tenant = 100; ///< open at one time, waiting polls included; further ones are answered 429
    Milliseconds heartbeat{15'000};
};

/// What a client asked for, checked.
struct StreamRequest {
    gateway::StreamFilter filter;
    gateway::StreamPlace place;
};

/// One stream, from its acceptance to its end.
struct OpenedStream {
    gateway::StreamContext const& context;
    StreamRequest request;
    StreamSlots::Slot slot;

    /// The client has lost its right to read since.
    bool is_over() const { return request.filter.is_over && request.filter.is_over(); }
};
using OpenedPtr = std::shared_ptr<OpenedStream const>;

class EventRoutes {
public:
    /// All must outlive it; it must outlive the router's calls.
    EventRoutes(gateway::Gateway& gateway, gateway::StreamContext const& streams, http::KeyStore const& keys,
                StreamOptions options)
        : gateway_(gateway), keys_(keys), streams_(streams), options_(options), slots_(options.per_tenant)
    {}
    /// What its tickets are redeemed with.
    http::TicketBook& tickets() noexcept { return tickets_; }
    EventRoutes(EventRoutes const&) = delete;
    EventRoutes& operator=(EventRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> web_socket(http::Call call);
    Task<http::Response> server_sent(http::Call call);
    Task<http::Response> poll(http::Call call);
    Task<http::Response> issue_ticket(http::Call call);
    /// @param problems found so far
    Task<boost::system::result<StreamRequest, http::Response>>
    accept(http::Call const& call, std::string since, std::vector<std::string> problems);
    /// Accepts and takes a slot, for streams without an end of their own.
    Task<boost::system::result<OpenedPtr, http::Response>> open(http::Call const& call, std::string since);

    gateway::Gateway& gateway_;
    http::KeyStore const& keys_;
    gateway::StreamContext const& streams_;
    StreamOptions options_;
    StreamSlots slots_;
    http::TicketBook tickets_;
};

} // namespace wagate::v1
