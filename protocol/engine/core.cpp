#include "protocol/engine/core.hpp"

#include "protocol/binary/codec.hpp"
#include "protocol/engine/server_error.hpp"
#include "protocol/stanza/iq.hpp"
#include "protocol/stanza/message.hpp"

#include <algorithm>

namespace wagate::engine {
namespace {

/// Records and outbox entries, and nothing whose place among other changes matters.
bool only_adds(UnitOfWork const& work)
{
    return work.messages.empty() && work.acks.empty() && work.events.empty() && work.seen.empty() &&
           work.outbox_done.empty() && work.idempotency.empty() && work.waiting_put.empty() &&
           work.waiting_done.empty() && work.messages_removed.empty() && work.chats.empty() &&
           work.contacts.empty() && work.receipts.empty() && !work.wipe_credentials;
}

void join(UnitOfWork& held, UnitOfWork&& work)
{
    held.is_awaited = held.is_awaited || work.is_awaited;
    for (auto& [key, value] : work.records)
        held.records.insert_or_assign(key, std::move(value));
    for (auto& entry : work.outbox_put) {
        auto const same = std::find_if(held.outbox_put.begin(), held.outbox_put.end(),
                                       [&](OutboxEntry const& other) { return other.id == entry.id; });
        if (same == held.outbox_put.end())
            held.outbox_put.push_back(std::move(entry));
        else
            *same = std::move(entry);
    }
}

} // namespace

std::optional<Bytes> PendingRecords::read(RecordKind kind, std::string_view key) const
{
    if (!pending_.empty()) {
        if (auto found = pending_.find({kind, std::string{key}}); found != pending_.end())
            return found->second.value;
    }
    if (wiped_) return std::nullopt;
    return base_->read(kind, key);
}

void PendingRecords::put(RecordOverlay::Changes const& changes, Ticket ticket)
{
    for (auto const& [key, value] : changes)
        pending_[key] = Pending{value, ticket};
}

void PendingRecords::wiped(Ticket ticket)
{
    pending_.clear();
    wiped_ = ticket;
}

void PendingRecords::clear()
{
    pending_.clear();
    wiped_.reset();
}

void PendingRecords::committed(Ticket ticket)
{
    if (wiped_ && *wiped_ <= ticket) wiped_.reset();
    std::erase_if(pending_, [ticket](auto const& entry) { return entry.second.ticket <= ticket; });
}

ErrorCode failure_of(Result<binary::Node> const& reply)
{
    if (!reply) return reply.error();
    if (stanza::error_of(*reply)) return EngineErrc::refused;
    return {};
}

Core::Core(EngineOptions engine_options, SessionReader const& session_reader, RandomSource& random_source)
    : options(std::move(engine_options)),
      reader(session_reader),
      random(random_source),
      records(session_reader),
      messages(session_reader),
      request_prefix_(static_cast<std::uint32_t>(random_source.below(65'536)))
{}

void Core::send(binary::Node const& node)
{
    send_encoded(binary::encode(node));
}

void Core::send_encoded(ByteView encoded)
{
    if (!connected()) return;
    auto frame = wire->seal(encoded);
    if (!frame) {
        protocol_error("cannot seal a frame");
        return;
    }
    emit(WriteFrame{std::move(*frame)});
}

std::string Core::next_request_id()
{
    return std::to_string(request_prefix_) + '.' + std::to_string(request_prefix_ >> 8) + '-' +
           std::to_string(++request_counter_);
}

void Core::request(std::string const& id, binary::Node iq, RequestTable::Handler handler)
{
    request(id, std::move(iq), options.request_timeout, std::move(handler));
}

void Core::request(std::string const& id, binary::Node iq, Milliseconds limit, RequestTable::Handler handler)
{
    if (!connected()) {
        handler(make_error_code(EngineErrc::link_lost));
        return;
    }
    requests.add(id, now.monotonic + limit,
                 [this, sent = now.monotonic, handler = std::move(handler)](Result<binary::Node> reply) {
                     if (reply && round_trip)
                         round_trip(std::chrono::duration_cast<Milliseconds>(now.monotonic - sent));
                     handler(std::move(reply));
                 });
    send(iq);
}

void Core::ask(binary::Node iq, std::function<void(Result<binary::Node>)> done)
{
    auto const id = next_request_id();
    iq.set("id", id);
    request(id, std::move(iq), [done = std::move(done)](Result<binary::Node> reply) {
        if (reply) {
            if (auto const error = stanza::error_of(*reply)) {
                done(server_error(error->code));
                return;
            }
        }
        done(std::move(reply));
    });
}

std::function<void()> Core::acknowledger(binary::Node const& stanza)
{
    return on_this_connection([this, stanza] { send(stanza::make_ack(stanza)); });
}

void Core::store(UnitOfWork work, std::function<void()> then)
{
    if (given_up_) return;
    bool const is_joined = held_ && only_adds(work);
    if (!is_joined) release_held();
    auto const ticket = is_joined ? held_->ticket : next_ticket_++;
    work.time = now.wall;
    for (auto& event : work.events)
        if (!event.me) event.me = account.me;
    if (work.wipe_credentials) records.wiped(ticket);
    records.put(work.records, ticket);
    messages.put(work, ticket);
    stores_.push_back({ticket, std::move(then)});
    if (is_joined)
        join(held_->work, std::move(work));
    else
        held_ = Store{std::move(work), ticket};
    if (!is_together_) release_held();
}

void Core::release_held()
{
    if (held_) emit(*std::exchange(held_, std::nullopt));
}

UnitOfWork Core::unit(RecordOverlay&& step)
{
    UnitOfWork work;
    work.records = step.take_changes();
    return work;
}

void Core::store(RecordOverlay&& step, std::function<void()> then)
{
    store(unit(std::move(step)), std::move(then));
}

void Core::after_stores(std::function<void()> then)
{
    if (stores_.empty()) {
        then();
        return;
    }
    auto& last = stores_.back().then;
    last = [first = std::move(last), then = std::move(then)] {
        if (first) first();
        then();
    };
}

std::function<void()> Core::on_this_connection(std::function<void()> action)
{
    return [this, connection = connection_, action = std::move(action)] {
        if (connection == connection_) action();
    };
}

void Core::on_stored(Ticket ticket)
{
    records.committed(ticket);
    messages.committed(ticket);
    while (!stores_.empty() && stores_.front().ticket <= ticket) {
        auto then = std::move(stores_.front().then);
        stores_.pop_front();
        if (then) then();
    }
}

void Core::compute(std::function<std::function<void()>()> work)
{
    emit(Compute{std::move(work)});
}

Core::TimerId Core::after(Milliseconds delay, std::function<void()> action)
{
    auto const id = next_timer_++;
    timers_.emplace(now.monotonic + delay, Timer{id, std::move(action)});
    return id;
}

void Core::cancel(TimerId& timer)
{
    if (timer != 0) std::erase_if(timers_, [timer](auto const& entry) { return entry.second.id == timer; });
    timer = 0;
}

void Core::run_timers()
{
    while (!timers_.empty() && timers_.begin()->first <= now.monotonic) {
        auto action = std::move(timers_.begin()->second.action);
        timers_.erase(timers_.begin());
        action();
    }
}

std::optional<MonotonicTime> Core::next_timer() const
{
    if (timers_.empty()) return std::nullopt;
    return timers_.begin()->first;
}

void Core::drop_connection(ErrorCode reason)
{
    ++connection_;
    wire.reset();
    active = false;
    online_presence = false;
    requests.fail_all(reason);
}

void Core::give_up(ErrorCode reason)
{
    given_up_ = true;
    drop_connection(reason);
    timers_.clear();
    stores_.clear();
    held_.reset();
    records.clear();
    messages.clear();
}

} // namespace wagate::engine
