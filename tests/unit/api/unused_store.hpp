#pragma once
// A store that nobody may call, to derive those from that serve a part.
#include "storage/keeper.hpp"
#include "storage/store.hpp"

#include <mutex>
#include <stdexcept>

namespace wagate::test {

class MemoryAudit final : public storage::AuditLog {
public:
    Result<void> append(storage::AuditEntry entry) override
    {
        std::lock_guard const lock(mutex_);
        entries_.push_back(std::move(entry));
        return {};
    }
    storage::AuditPage page(storage::AuditQuery const& query) override
    {
        std::lock_guard const lock(mutex_);
        storage::AuditPage page;
        for (auto const& entry : entries_)
            if (entry.tenant == query.tenant) page.entries.push_back(entry);
        return page;
    }
    storage::AuditVerdict verify(std::optional<TenantId> const&,
                                 std::optional<storage::AuditAnchor> const&) override
    {
        return {};
    }
    std::vector<storage::AuditEntry> all()
    {
        std::lock_guard const lock(mutex_);
        return entries_;
    }

private:
    std::mutex mutex_;
    std::vector<storage::AuditEntry> entries_;
};

class UnusedStore : public storage::Store, public storage::Keeper {
public:
    storage::LimitStore& limits() override { none(); }
    std::unique_ptr<SessionReader> reader(SessionKey const&) override { none(); }
    void commit(SessionKey const&, UnitOfWork, std::function<void(Result<void>)>) override { none(); }
    std::size_t queued_bytes() const noexcept override { return 0; }
    bool is_disk_full() const noexcept override { return false; }
    Result<void> ensure_tenant(TenantId const&) override { none(); }
    std::vector<TenantId> tenants() override { none(); }
    storage::TenantRecords& tenant_records() override { none(); }
    storage::EventPage events(storage::EventQuery const&) override { none(); }
    std::uint64_t last_position(TenantId const&) override { none(); }
    std::optional<std::uint64_t> position_of(TenantId const&, std::string const&) override { none(); }
    void on_events(std::function<void(SessionKey const&)>) override { none(); }
    Result<void> insert_session(storage::SessionRow const&) override { none(); }
    Result<void> update_session(storage::SessionRow const&) override { none(); }
    Result<void> erase_session(SessionKey const&) override { none(); }
    std::optional<storage::SessionRow> session(SessionKey const&) override { none(); }
    std::vector<storage::SessionRow> sessions(TenantId const&) override { none(); }
    std::vector<storage::SessionRow> all_sessions() override { none(); }
    Result<void> insert_api_key(storage::ApiKeyRow const&) override { none(); }
    Result<void> erase_api_key(TenantId const&, std::string const&) override { none(); }
    Result<void> update_api_key(storage::ApiKeyRow const&) override { none(); }
    std::vector<storage::ApiKeyRow> api_keys() override { none(); }
    Result<void> put_app(storage::AppRow const&) override { none(); }
    Result<void> erase_app(SessionKey const&, std::string const&) override { none(); }
    std::vector<storage::AppRow> all_apps() override { none(); }
    std::vector<storage::StoredEvent> events_after(SessionKey const&, std::uint64_t, std::size_t) override
    {
        none();
    }
    std::uint64_t last_sequence(SessionKey const&) override { none(); }
    std::uint64_t first_sequence(SessionKey const&) override { none(); }
    std::optional<storage::DeliveryState> delivery_state(SessionKey const&, std::string const&) override
    {
        none();
    }
    void save_delivery(SessionKey const&, std::string const&, storage::DeliveryUpdate,
                       std::function<void(Result<void>)>) override
    {
        none();
    }
    void erase_delivery(SessionKey const&, std::string const&) override { none(); }
    std::vector<storage::DeadLetter> dead_letters(TenantId const&, storage::DeadLetterQuery const&) override
    {
        none();
    }
    Result<std::size_t> erase_dead_letters(TenantId const&, storage::DeadLetterQuery const&) override
    {
        none();
    }
    std::vector<Message> messages(SessionKey const&, storage::MessageQuery const&) override { none(); }
    std::vector<Message> messages_by_id(SessionKey const&, MessageId const&) override { none(); }
    std::vector<storage::ChatEntry> chats(SessionKey const&, storage::ChatQuery const&) override { none(); }
    std::vector<Contact> contacts(SessionKey const&, storage::ContactQuery const&) override { none(); }
    std::vector<MemberReceipt> member_receipts(SessionKey const&, Jid const&, MessageId const&) override
    {
        none();
    }
    std::vector<storage::LidPair> lid_pairs(SessionKey const&, std::size_t, std::size_t) override { none(); }
    std::size_t lid_pair_count(SessionKey const&) override { none(); }
    std::optional<OutboxEntry> outbox_entry(SessionKey const&, MessageId const&) override { none(); }
    std::optional<std::string> phone_of_lid(SessionKey const&, std::string const&) override { none(); }
    std::optional<std::string> lid_of_phone(SessionKey const&, std::string const&) override { none(); }
    storage::KeptRules kept_rules(TenantId const&) override { none(); }
    Result<void> set_kept_rules(TenantId const&, storage::KeptRules const&) override { none(); }
    storage::KeptLimits configured_limits() const override { return {}; }
    void configure_limits(storage::KeptLimit const&, storage::KeptLimit const&) override { none(); }
    Result<storage::ErasedPerson> erase_person(SessionKey const&, Jid const&,
                                               storage::OnErased const&) override
    {
        none();
    }
    /// Entries in memory: every change through the API leaves one.
    storage::AuditLog& audit() override { return audit_; }
    std::vector<storage::AuditEntry> audited() { return audit_.all(); }
    void prune(WallTime) override { none(); }

private:
    MemoryAudit audit_;
    [[noreturn]] static void none() { throw std::logic_error("unexpected call of the store"); }
};

} // namespace wagate::test
