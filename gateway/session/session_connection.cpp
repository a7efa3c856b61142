// The connection of a session: opening, reading, writing, closing.
#include "gateway/runtime/fair_turns.hpp"
#include "gateway/session/session_actor.hpp"
#include "gateway/telemetry/log.hpp"
#include "gateway/transport/errors.hpp"

namespace wagate::gateway {

void SessionActor::open_connection()
{
    if (closed_) return;
    connection_ = std::make_shared<Connection>(executor_, *context_.connects);
    group_.spawn("connection", run_connection(connection_));
}

void SessionActor::close_connection()
{
    if (!connection_) return;
    auto const connection = std::exchange(connection_, nullptr);
    connection->closing = true;
    connection->write_end = std::chrono::steady_clock::now() + context_.write_limit;
    connection->stored.notify();
    connection->turn.give_up();
    // What is queued still goes out, within the writer's limit.
    if (!connection->writing && connection->link) connection->link->close();
}

void SessionActor::write(Bytes bytes)
{
    if (!connection_ || !connection_->link) return;
    connection_->outgoing_bytes += bytes.size();
    connection_->outgoing.push_back(std::move(bytes));
    if (connection_->outgoing_bytes > context_.max_write_queue_bytes) {
        connection_->link->close(); // the peer does not read; the reader reports the end
        return;
    }
    if (connection_->writing) return;
    connection_->writing = true;
    group_.spawn("writer", run_writer(connection_));
}

Task<void> SessionActor::run_writer(ConnectionPtr connection)
{
    auto const self = shared_from_this();
    bool works = true;
    std::exception_ptr failure;
    try {
        while (works && !connection->outgoing.empty()) {
            auto bytes = std::move(connection->outgoing.front());
            connection->outgoing.pop_front();
            connection->outgoing_bytes -= bytes.size();
            Duration limit = context_.write_limit;
            if (connection->closing)
                limit = std::min(limit, connection->write_end - std::chrono::steady_clock::now());
            auto const written = co_await with_timeout(connection->link->write(std::move(bytes)), limit);
            works = written.has_value();
        }
    } catch (...) {
        failure = std::current_exception();
    }
    connection->writing = false;
    if (!works || failure || connection->closing) connection->link->close();
    if (failure) std::rethrow_exception(failure);
}

Task<void> SessionActor::run_connection(ConnectionPtr connection)
{
    auto const self = shared_from_this();
    std::exception_ptr failure;
    try {
        co_await serve_connection(connection);
    } catch (...) {
        failure = std::current_exception();
    }
    if (!failure) co_return;
    // Nobody reads any more: the engine must not wait for this connection.
    connection_ended(connection,
                     connection->link ? engine::LinkEnd::closed : engine::LinkEnd::connect_failed);
    std::rethrow_exception(failure);
}

Task<void> SessionActor::serve_connection(ConnectionPtr connection)
{
    // What a login brings could not be kept anyway.
    while (!connection->closing && is_storage_behind())
        co_await connection->stored.wait();
    {
        auto const is_urgent = [this] { return engine_->unfinished_sends() > 0; };
        auto const place = co_await connecting_.acquire(is_urgent());
        if (connection->closing) co_return;
        bool const has_turn = co_await connection->turn.wait(is_urgent());
        if (!has_turn || connection->closing) co_return;
        auto endpoint = context_.endpoint;
        if (config_.proxy) endpoint.proxy = config_.proxy;
        auto opening = context_.open_link(std::move(endpoint), context_.connect_limit);
        auto opened = co_await std::move(opening);
        if (connection->closing) co_return;
        if (!opened) {
            log::debug("connect failed", {{"session", key_.name.value}, {"error", opened.error().message()}});
            bool const by_proxy =
                config_.proxy && opened.error() != transport::TransportErrc::upgrade_refused;
            connection_ended(connection,
                             by_proxy ? engine::LinkEnd::proxy_failed : engine::LinkEnd::connect_failed);
            co_return;
        }
        connection->link = std::move(*opened);
    }
    drive([](engine::Engine& engine) { engine.on_connected(current_time()); });
    while (!connection->closing) {
        // What is not read cannot be queued (O2).
        if (is_storage_behind()) {
            co_await connection->stored.wait();
            continue;
        }
        auto const chunk = co_await connection->link->read();
        if (connection->closing) break;
        if (!chunk) {
            connection_ended(connection, engine::LinkEnd::closed);
            break;
        }
        // The loop belongs to other tenants' sessions, too.
        co_await take_turn(key_.tenant.value);
        if (connection->closing) break;
        drive([&](engine::Engine& engine) { engine.on_bytes(*chunk, current_time()); });
    }
}

/// Ended by itself, not by the engine.
void SessionActor::connection_ended(ConnectionPtr const& connection, engine::LinkEnd end)
{
    if (connection->closing) return;
    connection->closing = true;
    connection->write_end = std::chrono::steady_clock::now();
    if (connection->link) connection->link->close();
    connection_.reset();
    drive([end](engine::Engine& engine) { engine.on_disconnected(end, current_time()); });
}

/// Only while something of this session is queued, whose commit will tell when to look again.
bool SessionActor::is_storage_behind() const
{
    if (uncommitted_ == 0) return false;
    return uncommitted_bytes_ > context_.max_uncommitted_bytes || context_.store.is_disk_full() ||
           is_queue_full();
}

/// For all, or for this tenant.
bool SessionActor::is_queue_full() const
{
    return context_.store.queued_bytes() > context_.max_store_queue_bytes ||
           *share_ > context_.max_tenant_queue_bytes;
}

} // namespace wagate::gateway
