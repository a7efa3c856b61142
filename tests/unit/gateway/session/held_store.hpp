#pragma once
// A store whose commits are answered when the test says so, and whose reads fail when it says so.
#include "storage/store.hpp"
#include "tests/unit/storage/store_fixture.hpp"

#include <boost/system/system_error.hpp>

namespace wagate::test {

class HeldStore final : public storage::Store {
public:
    explicit HeldStore(storage::Store& real) : real_(real) {}

    bool reads_fail = false;
    bool is_full = false;
    std::size_t queued = 0; ///< bytes that others have queued
    std::size_t held() const noexcept { return held_.size(); }
    /// Commits what was held, one after the other.
    void release()
    {
        for (auto& unit : std::exchange(held_, {}))
            unit.done(commit_wait(real_, unit.session, std::move(unit.work)));
    }
    /// Tells a failure instead.
    void refuse()
    {
        for (auto& unit : std::exchange(held_, {}))
            unit.done(storage::StoreErrc::commit_failed);
    }

    storage::LimitStore& limits() override { return real_.limits(); }
    std::unique_ptr<SessionReader> reader(SessionKey const& session) override
    {
        return std::make_unique<Reader>(*this, real_.reader(session));
    }
    void commit(SessionKey const& session, UnitOfWork work, std::function<void(Result<void>)> done) override
    {
        held_.push_back({session, std::move(work), std::move(done)});
    }
    std::size_t queued_bytes() const noexcept override { return queued + real_.queued_bytes(); }
    bool is_disk_full() const noexcept override { return is_full; }
    Result<void> ensure_tenant(TenantId const& tenant) override { return real_.ensure_tenant(tenant); }
    std::vector<TenantId> tenants() override { return real_.tenants(); }
    storage::TenantRecords& tenant_records() override { return real_.tenant_records(); }
    Result<void> insert_session(storage::SessionRow const& row) override { return real_.insert_session(row); }
    Result<void> update_session(storage::SessionRow const& row) override { return real_.update_session(row); }
    Result<void> erase_session(SessionKey const& session) override { return real_.erase_session(session); }
    std::optional<storage::SessionRow> session(SessionKey const& session) override
    {
        return real_.session(session);
    }
    std::vector<storage::SessionRow> sessions(TenantId const& tenant) override
    {
        return real_.sessions(tenant);
    }
    std::vector<storage::SessionRow> all_sessions() override { return real_.all_sessions(); }
    Result<void> insert_api_key(storage::ApiKeyRow const& row) override { return real_.insert_api_key(row); }
    Result<void> erase_api_key(TenantId const& tenant, std::string const& id) override
    {
        return real_.erase_api_key(tenant, id);
    }
    Result<void> update_api_key(storage::ApiKeyRow const& row) override { return real_.update_api_key(row); }
    std::vector<storage::ApiKeyRow> api_keys() override { return real_.api_keys(); }
    Result<void> put_app(storage::AppRow const& row) override { return real_.put_app(row); }
    Result<void> erase_app(SessionKey const& session, std::string const& id) override
    {
        return real_.erase_app(session, id);
    }
    std::vector<storage::AppRow> all_apps() override { return real_.all_apps(); }
    std::vector<storage::StoredEvent> events_after(SessionKey const& session, std::uint64_t sequence,
                                                   std::size_t limit) override
    {
        return real_.events_after(session, sequence, limit);
    }
    std::uint64_t last_sequence(SessionKey const& session) override { return real_.last_sequence(session); }
    std::uint64_t first_sequence(SessionKey const& session) override { return real_.first_sequence(session); }
    storage::EventPage events(storage::EventQuery const& query) override { return real_.events(query); }
    std::uint64_t last_position(TenantId const& tenant) override { return real_.last_position(tenant); }
    std::optional<std::uint64_t> position_of(TenantId const& tenant, std::string const& event_id) override
    {
        return real_.position_of(tenant, event_id);
    }
    void on_events(std::function<void(SessionKey const&)> listener) override
    {
        real_.on_events(std::move(listener));
    }
    std::optional<storage::DeliveryState> delivery_state(SessionKey const& session,
                                                         std::string const& endpoint) override
    {
        return real_.delivery_state(session, endpoint);
    }
    void save_delivery(SessionKey const& session, std::string const& endpoint, storage::DeliveryUpdate update,
                       std::function<void(Result<void>)> done) override
    {
        real_.save_delivery(session, endpoint, std::move(update), std::move(done));
    }
    void erase_delivery(SessionKey const& session, std::string const& endpoint) override
    {
        real_.erase_delivery(session, endpoint);
    }
    std::vector<storage::DeadLetter> dead_letters(TenantId const& tenant,
                                                  storage::DeadLetterQuery const& query) override
    {
        return real_.dead_letters(tenant, query);
    }
    Result<std::size_t> erase_dead_letters(TenantId const& tenant,
                                           storage::DeadLetterQuery const& query) override
    {
        return real_.erase_dead_letters(tenant, query);
    }
    std::vector<Message> messages_by_id(SessionKey const& session, MessageId const& id) override
    {
        return real_.messages_by_id(session, id);
    }
    std::vector<storage::ChatEntry> chats(SessionKey const& session, storage::ChatQuery const& query) override
    {
        return real_.chats(session, query);
    }
    std::vector<Contact> contacts(SessionKey const& session, storage::ContactQuery const& query) override
    {
        return real_.contacts(session, query);
    }
    std::vector<MemberReceipt> member_receipts(SessionKey const& session, Jid const& chat,
                                               MessageId const& id) override
    {
        return real_.member_receipts(session, chat, id);
    }
    std::vector<storage::LidPair> lid_pairs(SessionKey const& session, std::size_t limit,
                                            std::size_t offset) override
    {
        return real_.lid_pairs(session, limit, offset);
    }
    std::size_t lid_pair_count(SessionKey const& session) override { return real_.lid_pair_count(session); }
    std::optional<OutboxEntry> outbox_entry(SessionKey const& session, MessageId const& id) override
    {
        return real_.outbox_entry(session, id);
    }
    std::vector<Message> messages(SessionKey const& session, storage::MessageQuery const& query) override
    {
        return real_.messages(session, query);
    }
    std::optional<std::string> phone_of_lid(SessionKey const& session, std::string const& lid) override
    {
        return real_.phone_of_lid(session, lid);
    }
    std::optional<std::string> lid_of_phone(SessionKey const& session, std::string const& phone) override
    {
        return real_.lid_of_phone(session, phone);
    }
    void prune(WallTime now) override { real_.prune(now); }

private:
    struct Unit {
        SessionKey session;
        UnitOfWork work;
        std::function<void(Result<void>)> done;
    };
    class Reader final : public SessionReader {
    public:
        Reader(HeldStore const& store, std::unique_ptr<SessionReader> real)
            : store_(store), real_(std::move(real))
        {}

        std::optional<Bytes> read(RecordKind kind, std::string_view key) const override
        {
            return checked().read(kind, key);
        }
        bool was_seen(ByteArray<32> const& hash) const override { return checked().was_seen(hash); }
        std::optional<Message> find_message(Jid const& chat, MessageId const& id) const override
        {
            return checked().find_message(chat, id);
        }
        std::vector<OutboxEntry> outbox() const override { return checked().outbox(); }
        std::optional<IdempotencyEntry> find_idempotency(ByteArray<32> const& key_hash) const override
        {
            return checked().find_idempotency(key_hash);
        }
        std::optional<WaitingStanza> find_waiting(std::string const& key) const override
        {
            return checked().find_waiting(key);
        }
        std::vector<WaitingStanza> waiting(std::size_t limit) const override
        {
            return checked().waiting(limit);
        }
        std::optional<Chat> find_chat(Jid const& chat) const override { return checked().find_chat(chat); }
        std::optional<Contact> find_contact(Jid const& person) const override
        {
            return checked().find_contact(person);
        }
        std::vector<Jid> address_book(std::size_t limit) const override
        {
            return checked().address_book(limit);
        }
        std::vector<Message> newest_messages(Jid const& chat, std::size_t limit) const override
        {
            return checked().newest_messages(chat, limit);
        }

    private:
        SessionReader const& checked() const
        {
            if (store_.reads_fail) throw boost::system::system_error(storage::StoreErrc::damaged);
            return *real_;
        }
        HeldStore const& store_;
        std::unique_ptr<SessionReader> real_;
    };

    storage::Store& real_;
    std::vector<Unit> held_;
};

} // namespace wagate::test
