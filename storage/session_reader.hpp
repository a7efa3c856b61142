#pragma once
// What the engine of one session may read.
#include "storage/directory.hpp"
#include "storage/reader_pool.hpp"
#include "storage/record_cache.hpp"
#include "storage/record_guard.hpp"
#include "storage/store.hpp"

namespace wagate::storage {

/// Finds nothing while its session does not exist, and nothing of a later session with the same name.
class StoredSessionReader final : public SessionReader {
public:
    /// What readers share; outlives them.
    struct Shared {
        Directory const& directory;
        RecordCache& cache;
        ReaderPool& pool;
        RecordGuard& guard;
    };
    StoredSessionReader(Shared const& shared, SessionKey session);

    std::optional<Bytes> read(RecordKind kind, std::string_view key) const override;
    bool was_seen(ByteArray<32> const& hash) const override;
    std::optional<Message> find_message(Jid const& chat, MessageId const& id) const override;
    std::vector<OutboxEntry> outbox() const override;
    std::optional<IdempotencyEntry> find_idempotency(ByteArray<32> const& key_hash) const override;
    std::optional<WaitingStanza> find_waiting(std::string const& key) const override;
    std::vector<WaitingStanza> waiting(std::size_t limit) const override;
    std::optional<Chat> find_chat(Jid const& chat) const override;
    std::optional<Contact> find_contact(Jid const& person) const override;
    std::vector<Jid> address_book(std::size_t limit) const override;
    std::vector<Message> newest_messages(Jid const& chat, std::size_t limit) const override;

private:
    Scope const* scope() const;

    Shared const& shared_;
    SessionKey session_;
    mutable std::optional<Scope> scope_;
    mutable bool is_checked_ = false;
};

} // namespace wagate::storage
