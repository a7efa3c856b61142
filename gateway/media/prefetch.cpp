// Files that are fetched before anybody asks, and files that go.
#include "gateway/media/live_media_parts.hpp"
#include "gateway/media/media_kinds.hpp"
#include "gateway/runtime/hop.hpp"
#include "gateway/telemetry/log.hpp"

#include <algorithm>

namespace wagate::gateway {
namespace {

constexpr std::size_t events_at_a_time = 100;
/// Events come in bunches: what comes meanwhile is read at once.
constexpr Milliseconds bunch{25};
/// How far back to look when a session is heard of for the first time.
constexpr std::uint64_t first_look_back = 32;
/// Older messages were told long ago: whoever wants their files asks.
constexpr std::chrono::minutes oldest_message{10};
constexpr std::size_t most_sessions = 100'000;
/// Messages of history whose files wait to be fetched.
constexpr std::size_t most_wanted = 20'000;

} // namespace

void LiveMedia::on_events(SessionKey const& session)
{
    if (!is_running_ || (prefetching_.size() >= most_sessions && !prefetching_.contains(session))) return;
    auto& reading = prefetching_[session];
    if (reading.is_running) {
        reading.has_more = true;
        return;
    }
    reading.is_running = true;
    group_.spawn("media prefetch", prefetch(session));
}

Task<void> LiveMedia::prefetch(SessionKey session)
{
    struct Ends {
        Reading& reading;
        ~Ends() { reading.is_running = false; }
    };
    auto& reading = prefetching_[session]; // entries stay where they are
    Ends const ends{reading};
    for (;;) {
        co_await sleep_for(bunch);
        reading.has_more = false;
        auto const after = reading.after;
        auto call = [this, &session, after] {
            auto from = after;
            auto const last = store_.last_sequence(session);
            if (from == 0 && last > first_look_back) from = last - first_look_back;
            if (from > last) from = 0; // the session was made anew
            return store_.events_after(session, from, events_at_a_time);
        };
        auto running = run_blocking(pool_, std::move(call), session.tenant.value);
        auto const events = co_await std::move(running);
        if (!events) co_return;
        for (auto const& stored : *events) {
            reading.after = stored.sequence;
            auto const* appeared = std::get_if<MessageAppeared>(&stored.event.body);
            if (appeared == nullptr || std::chrono::system_clock::now() - stored.event.time > oldest_message)
                continue;
            auto const& message = appeared->message;
            auto const body = message::parse_body(message.content).body;
            auto const* media = message::file_of(body);
            if (media == nullptr || !is_wanted(media->file.mimetype, settings_.mimetypes)) continue;
            auto fetching = fetch_here(session, message.id.value);
            auto const fetched = co_await std::move(fetching);
            if (!fetched)
                log::info("file not prefetched",
                          {{"session", session.name.value}, {"why", fetched.error().detail}});
        }
        if (events->size() < events_at_a_time && !reading.has_more) co_return;
    }
}

void LiveMedia::prefetch_messages(SessionKey const& session, std::vector<MessageName> messages)
{
    post_to(loop(), [this, session, messages = std::move(messages)]() mutable {
        if (!is_running_) return;
        for (auto& message : messages)
            if (wanted_files_.size() < most_wanted) wanted_files_.emplace_back(session, std::move(message));
        if (!std::exchange(fetches_wanted_, true)) group_.spawn("history files", prefetch_waiting());
    });
}

Task<void> LiveMedia::prefetch_waiting()
{
    struct Ends {
        bool& runs;
        ~Ends() { runs = false; }
    };
    Ends const ends{fetches_wanted_};
    while (!wanted_files_.empty()) {
        auto const [session, name] = std::move(wanted_files_.front());
        wanted_files_.pop_front();
        auto const full = "false_" + name.chat.to_string() + "_" + name.id.value;
        auto call = [this, &session, &full] { return find(session, full); };
        auto finding = in_pool(std::move(call));
        auto found = co_await std::move(finding);
        if (!found || !is_wanted(found->media.file.mimetype, settings_.mimetypes)) continue;
        auto bringing = bring(session, std::move(*found));
        auto const brought = co_await std::move(bringing);
        if (!brought)
            log::info("file of the history not prefetched",
                      {{"session", session.name.value}, {"why", brought.error().detail}});
    }
}

Task<void> LiveMedia::sweep_now_and_then()
{
    auto const pause = std::clamp<std::chrono::seconds>(settings_.lifetime / 4, std::chrono::seconds(1),
                                                        std::chrono::seconds(60));
    // Longer than the file system's clock goes back is for ever.
    constexpr std::chrono::hours longest{24 * 365 * 100};
    auto const lifetime = std::min<std::chrono::seconds>(settings_.lifetime, longest);
    for (;;) {
        co_await sleep_for(pause);
        auto call = [this, lifetime] {
            return folder_.sweep(std::filesystem::file_time_type::clock::now() - lifetime);
        };
        auto running = run_blocking(pool_, std::move(call));
        static_cast<void>(co_await std::move(running));
    }
}

Task<void> LiveMedia::forget_here(SessionKey session)
{
    prefetching_[session].after = 0;
    auto call = [this, &session] { folder_.erase(session); };
    auto running = run_blocking(pool_, std::move(call));
    static_cast<void>(co_await std::move(running));
    forget_objects(session);
}

} // namespace wagate::gateway
