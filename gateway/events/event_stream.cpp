#include "gateway/events/event_stream.hpp"

#include "gateway/events/subscriptions.hpp"
#include "gateway/store_calls.hpp"
#include "gateway/telemetry/log.hpp"
#include "storage/repository/event_id.hpp"

#include <algorithm>
#include <charconv>
#include <map>

namespace wagate::gateway {
namespace {

/// A filter that lets little through must not make a caller that does not wait search the log for ever.
constexpr auto longest_search = std::chrono::seconds(5);
/// How long a right that has ended may go unnoticed.
constexpr auto right_check = std::chrono::milliseconds(700);

template <class Number>
bool read_number(std::string_view text, Number& number)
{
    auto const* const end = text.data() + text.size();
    auto const [rest, error] = std::from_chars(text.data(), end, number);
    return !text.empty() && error == std::errc() && rest == end;
}

std::optional<StreamPlace> parse_cursor(std::string_view text)
{
    StreamPlace place;
    auto const dot = text.find('.');
    if (!read_number(text.substr(0, dot), place.position)) return std::nullopt;
    if (dot == std::string_view::npos) return place;
    if (!read_number(text.substr(dot + 1), place.rendered) || place.rendered != 1) return std::nullopt;
    return place;
}

bool looks_like_cursor(std::string_view text)
{
    return text.front() >= '0' && text.front() <= '9';
}

std::optional<StreamPlace> place_of_cursor(storage::Store& store, TenantId const& tenant,
                                           std::string_view text)
{
    auto const place = parse_cursor(text);
    if (!place) return std::nullopt;
    // What was rendered in part is behind the position.
    auto const least = place->rendered == 0 ? place->position : place->position + 1;
    if (place->position == UINT64_MAX || least > store.last_position(tenant)) return std::nullopt;
    return place;
}

constexpr unsigned last_rendering = 2;

std::optional<StreamPlace> place_of_event(storage::Store& store, TenantId const& tenant,
                                          std::string const& id)
{
    auto const position = store.position_of(tenant, id);
    if (!position || *position == 0) return std::nullopt;
    storage::EventQuery query;
    query.tenant = tenant;
    query.after = *position - 1;
    query.limit = 1;
    auto const page = store.events(query);
    if (page.events.empty() || page.events.front().position != *position) return StreamPlace{*position, 0};
    // There may be others behind this one that the stored event is rendered as.
    auto const rendering = storage::rendering_of(id, page.events.front().id);
    if (!rendering || *rendering == last_rendering) return StreamPlace{*position, 0};
    return StreamPlace{*position - 1, *rendering + 1};
}

} // namespace

std::string to_cursor(StreamPlace place)
{
    auto text = std::to_string(place.position);
    if (place.rendered != 0) text.append(".").append(std::to_string(place.rendered));
    return text;
}

EventStream::EventStream(StreamContext const& context, StreamFilter filter, StreamPlace place,
                         Executor executor)
    : context_(context), filter_(std::move(filter)), place_(place), news_(executor)
{
    subscription_ = context.feed.watch_tenant(filter_.tenant, executor, [this](SessionKey const& session) {
        auto const& only = filter_.sessions;
        if (only && std::find(only->begin(), only->end(), session.name) == only->end()) return;
        news_.notify();
    });
}

Task<Result<StreamBatch>> EventStream::next(Milliseconds limit, std::size_t max_items)
{
    auto const begin = std::chrono::steady_clock::now();
    auto const end = begin + limit;
    auto const search_end = std::max(end, begin + longest_search);
    while (true) {
        auto reading = read(max_items);
        auto page = co_await std::move(reading);
        if (!page) co_return page.error();
        bool const is_end = page->events.empty() && page->scanned <= place_.position;
        auto rendering = render(std::move(*page), max_items);
        auto batch = co_await std::move(rendering);
        if (!batch.items.empty()) co_return batch;
        auto const now = std::chrono::steady_clock::now();
        if (!is_end && now < search_end) continue;
        if (now >= end || is_over()) co_return batch;
        if (!is_end) continue;
        bool has_news = false;
        while (!has_news && !is_over()) {
            Duration const left = end - std::chrono::steady_clock::now();
            if (left <= Duration::zero()) break;
            has_news = co_await news_.wait_for(std::min<Duration>(left, right_check));
        }
    }
}

Task<Result<storage::EventPage>> EventStream::read(std::size_t most)
{
    storage::EventQuery query;
    query.tenant = filter_.tenant;
    query.sessions = filter_.sessions;
    query.after = place_.position;
    query.limit = most;
    auto call = [this, &query] { return context_.store.events(query); };
    co_return co_await run_storage(context_.pool, std::move(call), filter_.tenant.value);
}

Task<StreamBatch> EventStream::render(storage::EventPage page, std::size_t max_items)
{
    StreamBatch batch;
    std::map<SessionKey, std::optional<SessionInfo>> infos;
    bool is_full = false;
    for (auto event = page.events.begin(); event != page.events.end() && !is_full; ++event) {
        if (!infos.contains(event->session)) {
            auto asking = info_of(event->session);
            infos[event->session] = co_await std::move(asking);
        }
        auto const& info = infos[event->session];
        std::vector<RenderedEvent> all;
        if (info) all = rendered(*info, *event); // otherwise deleted meanwhile, with its events
        auto const wants = [&](RenderedEvent const& one) { return is_subscribed(filter_.events, one.name); };
        // Retention may have removed the event of which a part was taken.
        auto const taken = event->position == place_.position + 1 ? std::size_t{place_.rendered} : 0;
        for (auto i = taken; i < all.size() && !is_full; ++i) {
            if (!wants(all[i])) continue;
            auto const next =
                std::find_if(all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end(), wants);
            bool const is_last = next == all.end();
            auto const behind = is_last ? StreamPlace{event->position, 0}
                                        : StreamPlace{event->position - 1, static_cast<unsigned>(i) + 1};
            batch.items.push_back({std::move(all[i]), event->session.name, to_cursor(behind)});
            is_full = batch.items.size() >= max_items;
            if (is_full) place_ = behind;
        }
        if (!is_full) place_ = {event->position, 0};
    }
    if (!is_full && page.scanned > place_.position) place_ = {page.scanned, 0};
    batch.cursor = to_cursor(place_);
    co_return batch;
}

Task<std::optional<SessionInfo>> EventStream::info_of(SessionKey session)
{
    auto asking = context_.info(std::move(session));
    co_return co_await std::move(asking);
}

std::vector<RenderedEvent> EventStream::rendered(SessionInfo const& info,
                                                 storage::StoredEvent const& event) const
try {
    return context_.render(info, event, rendering_for(filter_.events));
} catch (std::exception const& failure) {
    log::error("event not rendered",
               {{"session", event.session.name.value}, {"event", event.id}, {"error", failure.what()}});
    return {};
}

Task<Outcome<StreamPlace>> find_place(StreamContext const& context, TenantId tenant, std::string since)
{
    auto& store = context.store;
    auto call = [&]() -> std::optional<StreamPlace> {
        if (since.empty()) return StreamPlace{store.last_position(tenant), 0};
        if (looks_like_cursor(since)) return place_of_cursor(store, tenant, since);
        return place_of_event(store, tenant, since);
    };
    auto found = co_await run_storage(context.pool, std::move(call), tenant.value);
    if (!found) co_return reject(found.error());
    if (!*found) co_return reject(GatewayErrc::invalid_cursor);
    co_return **found;
}

} // namespace wagate::gateway
