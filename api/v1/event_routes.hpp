#pragma once
// A tenant's events as they happen: WebSocket (waha.md 2), server-sent events, long poll.
#include "api/http/router.hpp"
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
};
using OpenedPtr = std::shared_ptr<OpenedStream const>;

class EventRoutes {
public:
    /// Both must outlive it; it must outlive the router's calls.
    EventRoutes(gateway::Gateway& gateway, gateway::StreamContext const& streams, StreamOptions options)
        : gateway_(gateway), streams_(streams), options_(options), slots_(options.per_tenant)
    {}
    EventRoutes(EventRoutes const&) = delete;
    EventRoutes& operator=(EventRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> web_socket(http::Call call);
    Task<http::Response> server_sent(http::Call call);
    Task<http::Response> poll(http::Call call);
    /// @param problems found so far
    Task<boost::system::result<StreamRequest, http::Response>>
    accept(http::Call const& call, std::string since, std::vector<std::string> problems);
    /// Accepts and takes a slot, for streams without an end of their own.
    Task<boost::system::result<OpenedPtr, http::Response>> open(http::Call const& call, std::string since);

    gateway::Gateway& gateway_;
    gateway::StreamContext const& streams_;
    StreamOptions options_;
    StreamSlots slots_;
};

} // namespace wagate::v1
