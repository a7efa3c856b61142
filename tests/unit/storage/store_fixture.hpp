#pragma once
// A store in a temporary directory with two tenants that both have a session "main".
#include "storage/store.hpp"
#include "tests/support/temp_dir.hpp"

#include <future>

namespace wagate::test {

inline constexpr WallTime start_time{Milliseconds{1'700'000'000'000}};

inline SessionKey session_key(std::string_view tenant, std::string_view name = "main")
{
    return {TenantId{tenant}, SessionName{name}};
}

inline storage::SessionRow session_row(SessionKey key)
{
    storage::SessionRow row;
    row.key = std::move(key);
    row.config_json = "{}";
    row.created = start_time;
    row.updated = start_time;
    return row;
}

inline Message text_message(std::string_view chat_user, std::string_view id, std::string_view body,
                            WallTime timestamp = start_time)
{
    Message message;
    message.chat = Jid::phone(chat_user);
    message.sender = message.chat;
    message.id = MessageId{id};
    message.body = body;
    message.timestamp = timestamp;
    return message;
}

inline Event status_event(std::string_view detail, WallTime time = start_time)
{
    return {time, SessionStatusChanged{SessionStatus::working, StatusReason::logged_in, std::string{detail}}};
}

inline UnitOfWork record_unit(std::string_view key, std::string_view value)
{
    UnitOfWork work;
    work.records[{RecordKind::signal_session, std::string{key}}] = to_bytes(value);
    work.time = start_time;
    return work;
}

inline UnitOfWork event_unit(std::vector<Event> events)
{
    UnitOfWork work;
    work.events = std::move(events);
    work.time = start_time;
    return work;
}

/// Queues the unit and waits until it is durable or refused.
inline Result<void> commit_wait(storage::Store& store, SessionKey const& session, UnitOfWork work)
{
    std::promise<Result<void>> outcome;
    auto durable = outcome.get_future();
    store.commit(session, std::move(work), [&outcome](Result<void> result) { outcome.set_value(result); });
    return durable.get();
}

inline Result<void> save_delivery_wait(storage::Store& store, SessionKey const& session,
                                       std::string const& endpoint, storage::DeliveryUpdate update)
{
    std::promise<Result<void>> outcome;
    auto durable = outcome.get_future();
    store.save_delivery(session, endpoint, std::move(update),
                        [&outcome](Result<void> result) { outcome.set_value(result); });
    return durable.get();
}

inline storage::DeliveryUpdate delivered_until(std::uint64_t sequence, std::string_view details = {})
{
    storage::DeliveryUpdate update;
    update.state = {sequence, to_bytes(details)};
    return update;
}

inline storage::DeadLetter dead_letter(std::string_view endpoint, std::uint64_t sequence,
                                       WallTime time = start_time)
{
    storage::DeadLetter letter;
    letter.endpoint = endpoint;
    letter.url = "https://example.org/" + std::string{endpoint};
    letter.sequence = sequence;
    letter.event_id = "evt_" + std::to_string(sequence);
    letter.event_name = "session.status";
    letter.time = time;
    letter.attempts = 3;
    letter.status = 500;
    letter.reason = "exhausted";
    letter.error = "server error";
    letter.event = status_event(std::to_string(sequence), time);
    return letter;
}

inline WaitingStanza waiting_stanza(std::string_view key, WallTime first = start_time)
{
    return {std::string{key}, to_bytes("stanza of " + std::string{key}), 1, MessageId{"RESEND"}, first};
}

struct StoreFixture {
    SessionKey const a = session_key("tenant-a");
    SessionKey const b = session_key("tenant-b");
    TempDir directory;
    std::unique_ptr<storage::Store> store;

    StoreFixture() : StoreFixture(storage::StoreOptions{}) {}
    explicit StoreFixture(storage::StoreOptions options)
    {
        open(std::move(options));
        for (auto const& key : {a, b}) {
            store->ensure_tenant(key.tenant).value();
            store->insert_session(session_row(key)).value();
        }
    }

    void open(storage::StoreOptions options = {})
    {
        options.file = directory / "wagate.db";
        store = storage::open_store(std::move(options)).value();
    }
    void reopen()
    {
        store.reset();
        open();
    }
    void commit(SessionKey const& session, UnitOfWork work)
    {
        commit_wait(*store, session, std::move(work)).value();
    }
    std::optional<std::string> record(SessionKey const& session, std::string_view key)
    {
        auto const value = store->reader(session)->read(RecordKind::signal_session, key);
        if (!value) return std::nullopt;
        return to_text(*value);
    }
};

} // namespace wagate::test
