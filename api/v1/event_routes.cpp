#include "api/v1/event_routes.hpp"

#include "api/http/json.hpp"
#include "api/http/problem.hpp"
#include "api/http/query_rules.hpp"
#include "api/http/streaming.hpp"
#include "api/http/web_socket.hpp"
#include "api/waha/event_names.hpp"
#include "api/waha/rejections.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace wagate::v1 {
namespace {

using gateway::EventStream;
using gateway::StreamBatch;
using gateway::StreamContext;
using http::Access;
using http::Call;
using http::Response;

constexpr std::size_t most_names = 100;
constexpr std::size_t longest_since = 64;
/// Events that are ready are sent together, up to about this many bytes.
constexpr std::size_t write_bytes = 64 * 1024;
constexpr auto trouble_pause = std::chrono::seconds(1);
constexpr auto reconnect_milliseconds = 2'000;

/// `name=a,b&name=c`
std::vector<std::string> listed(http::Query const& query, std::string_view name)
{
    std::vector<std::string> words;
    for (auto const& [key, value] : query) {
        if (key != name) continue;
        for (std::string_view rest = value; !rest.empty();) {
            auto const comma = rest.find(',');
            auto const word = rest.substr(0, comma);
            rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
            if (!word.empty() && std::find(words.begin(), words.end(), word) == words.end())
                words.emplace_back(word);
        }
    }
    return words;
}

gateway::StreamFilter filter_of(Call const& call, std::vector<std::string>& problems)
{
    gateway::StreamFilter filter;
    filter.tenant = call.principal.tenant;
    auto const sessions = listed(call.query, "session");
    if (!sessions.empty() && std::find(sessions.begin(), sessions.end(), "*") == sessions.end()) {
        filter.sessions.emplace();
        for (auto const& name : sessions)
            filter.sessions->emplace_back(name);
    }
    if (auto own = call.principal.sessions()) {
        auto const is_foreign = [&](SessionName const& name) { return !call.principal.may_use(name); };
        if (filter.sessions && std::any_of(filter.sessions->begin(), filter.sessions->end(), is_foreign))
            problems.emplace_back("session must be the one of the key");
        if (!filter.sessions) filter.sessions = std::move(own);
    }
    filter.events = listed(call.query, "events");
    if (filter.events.empty()) filter.events.emplace_back("*");
    for (auto const& name : filter.events) {
        if (!waha::is_subscription(name)) problems.push_back("events must be known event names, not " + name);
    }
    if (sessions.size() > most_names || filter.events.size() > most_names)
        problems.emplace_back("session and events must not contain more than 100 names each");
    return filter;
}

std::string since_in(Call const& call)
{
    return std::string(call.query.find("since").value_or(std::string_view{}));
}

/// The next events; waits when the log cannot be read right now, but not when it is broken.
Task<Result<StreamBatch>> next_batch(EventStream& stream, Milliseconds limit)
{
    while (true) {
        auto reading = stream.next(limit);
        auto batch = co_await std::move(reading);
        if (batch || batch.error() != RuntimeErrc::overloaded) co_return batch;
        co_await sleep_for(trouble_pause);
    }
}

Task<http::WebSocketEnd> send_frames(OpenedPtr opened, http::WebSocketConnection& peer)
{
    auto executor = co_await boost::asio::this_coro::executor;
    EventStream stream(opened->context, opened->request.filter, opened->request.place, executor);
    http::WebSocketEnd end;
    while (true) {
        auto reading = next_batch(stream, std::chrono::hours(1));
        auto const batch = co_await std::move(reading);
        if (!batch) {
            end.code = 1011;
            end.reason = "the event log cannot be read";
            co_return end;
        }
        if (opened->is_over()) {
            end.code = 1008;
            end.reason = "the key has ended";
            co_return end;
        }
        for (auto const& item : batch->items) {
            auto sending = peer.send_text(item.event.body);
            auto const sent = co_await std::move(sending);
            if (!sent) co_return end; // nobody is there to read why
        }
    }
}

std::string frame_of(StreamBatch::Item const& item)
{
    std::string frame = "id: ";
    frame.append(item.cursor).append("\nevent: ").append(item.event.name);
    return frame.append("\ndata: ").append(item.event.body).append("\n\n");
}

Task<void> send_events(OpenedPtr opened, Milliseconds heartbeat, http::BodyWriter& out)
{
    auto executor = co_await boost::asio::this_coro::executor;
    EventStream stream(opened->context, opened->request.filter, opened->request.place, executor);
    // A client that loses the connection before the first event comes back to this place.
    auto text = "retry: " + std::to_string(reconnect_milliseconds) +
                "\nid: " + gateway::to_cursor(opened->request.place) + "\n\n";
    while (true) {
        auto sending = out.write(std::move(text));
        auto const sent = co_await std::move(sending);
        if (!sent) co_return;
        auto reading = next_batch(stream, heartbeat);
        auto const batch = co_await std::move(reading);
        if (!batch || opened->is_over()) co_return;
        text = batch->items.empty() ? std::string(": heartbeat\n\n") : std::string();
        for (auto const& item : batch->items) {
            text += frame_of(item);
            if (text.size() < write_bytes) continue;
            auto sending_part = out.write(std::exchange(text, std::string()));
            auto const part_sent = co_await std::move(sending_part);
            if (!part_sent) co_return;
        }
    }
}

Task<Response> poll_once(OpenedPtr opened, Milliseconds wait, std::size_t limit)
{
    auto executor = co_await boost::asio::this_coro::executor;
    EventStream stream(opened->context, opened->request.filter, opened->request.place, executor);
    auto reading = stream.next(wait, limit);
    auto const batch = co_await std::move(reading);
    if (!batch) co_return waha::storage_trouble(batch.error());
    if (opened->is_over()) co_return http::unauthorized();
    // The bodies are JSON already, and these exact bytes are an event's.
    std::string body = R"({"events":[)";
    for (auto const& item : batch->items)
        body.append(body.ends_with('[') ? "" : ",").append(item.event.body);
    body.append(R"(],"cursor":")").append(batch->cursor).append("\"}");
    Response response;
    response.headers.add("Content-Type", "application/json; charset=utf-8");
    response.headers.add("Cache-Control", "no-store");
    response.body = std::move(body);
    co_return response;
}

Response too_many()
{
    return http::try_again_later(429, "The tenant has too many streams open", 10);
}

} // namespace

void EventRoutes::add_to(http::Router& router)
{
    router.add("GET", "/ws", Access::tenant, std::bind_front(&EventRoutes::web_socket, this));
    router.add("GET", "/api/v1/events/stream", Access::tenant,
               std::bind_front(&EventRoutes::server_sent, this));
    router.add("POST", "/api/v1/ws-ticket", Access::tenant,
               std::bind_front(&EventRoutes::issue_ticket, this));
    router.add("GET", "/api/v1/events", Access::tenant, std::bind_front(&EventRoutes::poll, this));
}

Task<boost::system::result<StreamRequest, Response>> EventRoutes::accept(Call const& call, std::string since,
                                                                         std::vector<std::string> problems)
{
    StreamRequest request;
    request.filter = filter_of(call, problems);
    if (since.size() > longest_since) problems.emplace_back("since must be a cursor or the id of an event");
    if (!problems.empty()) co_return http::invalid_request(problems);
    request.filter.is_over = [keys = &keys_, principal = call.principal] { return !keys->holds(principal); };
    if (request.filter.sessions) {
        for (auto const& name : *request.filter.sessions) {
            auto asking = gateway_.session_info(SessionKey{call.principal.tenant, name});
            auto const info = co_await std::move(asking);
            if (!info) co_return waha::rejection_response(info.error(), name.value, waha::Subject::action);
        }
    }
    auto finding = gateway::find_place(streams_, call.principal.tenant, std::move(since));
    auto const place = co_await std::move(finding);
    if (!place) co_return waha::rejection_response(place.error(), "", waha::Subject::action);
    request.place = *place;
    co_return request;
}

Task<boost::system::result<OpenedPtr, Response>> EventRoutes::open(Call const& call, std::string since)
{
    auto accepting = accept(call, std::move(since), {});
    auto request = co_await std::move(accepting);
    if (!request) co_return request.error();
    auto slot = slots_.take(call.principal.tenant);
    if (!slot) co_return too_many();
    co_return std::make_shared<OpenedStream const>(
        OpenedStream{streams_, std::move(*request), std::move(slot)});
}

Task<Response> EventRoutes::web_socket(Call call)
{
    if (!http::is_web_socket_request(call.request)) {
        auto refusal = http::problem(426, "This path is for WebSocket clients");
        refusal.headers.add("Upgrade", "websocket");
        refusal.headers.add("Sec-WebSocket-Version", "13");
        co_return refusal;
    }
    auto opening = open(call, since_in(call));
    auto const stream = co_await std::move(opening);
    if (!stream) co_return stream.error();
    auto const opened = *stream;
    Response response;
    response.web_socket = [opened](http::WebSocketConnection& peer) { return send_frames(opened, peer); };
    co_return response;
}

Task<Response> EventRoutes::server_sent(Call call)
{
    // A browser that comes back asks for the same URL again and names the last event in the header.
    std::string since(call.request.headers.find("Last-Event-ID"));
    if (since.empty()) since = since_in(call);
    auto opening = open(call, std::move(since));
    auto const stream = co_await std::move(opening);
    if (!stream) co_return stream.error();
    auto const opened = *stream;
    Response response;
    response.headers.add("Content-Type", "text/event-stream");
    response.headers.add("Cache-Control", "no-store");
    response.headers.add("X-Accel-Buffering", "no");
    auto const heartbeat = options_.heartbeat;
    response.stream = [opened, heartbeat](http::BodyWriter& out) {
        return send_events(opened, heartbeat, out);
    };
    co_return response;
}

Task<Response> EventRoutes::issue_ticket(Call call)
{
    auto key = http::presented_key(call.request);
    if (key.empty()) key = call.query.find("x-api-key").value_or(std::string_view{});
    auto ticket = tickets_.issue(call.principal.tenant, key);
    if (!ticket) co_return http::try_again_later(429, "The tenant has too many tickets that nobody used", 10);
    boost::json::object body;
    body["ticket"] = std::move(*ticket);
    body["expiresIn"] = http::TicketBook::lifetime.count();
    auto response = http::json_response(201, body);
    response.headers.add("Cache-Control", "no-store");
    co_return response;
}

Task<Response> EventRoutes::poll(Call call)
{
    std::vector<std::string> problems;
    http::QueryRules const rules(call.query, problems);
    auto const limit = static_cast<std::size_t>(rules.integer("limit", 1, 1'000).value_or(100));
    auto const wait = std::chrono::seconds(rules.integer("wait", 0, 55).value_or(0));
    auto accepting = accept(call, since_in(call), std::move(problems));
    auto request = co_await std::move(accepting);
    if (!request) co_return request.error();
    auto slot = slots_.take(call.principal.tenant);
    if (!slot) co_return too_many();
    auto const opened =
        std::make_shared<OpenedStream const>(OpenedStream{streams_, std::move(*request), std::move(slot)});
    Response response;
    response.later = [opened, wait, limit] { return poll_once(opened, wait, limit); };
    co_return response;
}

} // namespace wagate::v1
