#pragma once
// What one step of a session changes in storage, all or nothing (design invariants D1, D2).
#include "protocol/base/records.hpp"
#include "protocol/model/model.hpp"

namespace wagate {

/// A message we promised to send (D3), and, once encrypted, the exact stanza (D2).
struct OutboxEntry {
    MessageId id;
    Jid chat;
    Bytes stanza; ///< encoded node, flags byte included; empty until encrypted
    WallTime accepted{};
    bool operator==(OutboxEntry const&) const = default;
};

struct AckChange {
    Jid chat;
    MessageId id;
    Ack ack = Ack::server;
};

/// How a client names one send, so that asking again is not sending again. Unique within a session.
struct IdempotencyKey {
    ByteArray<32> key_hash{};  ///< SHA-256 of the key
    ByteArray<32> body_hash{}; ///< SHA-256 of what was asked for with it
    bool operator==(IdempotencyKey const&) const = default;
};

/// The message that was accepted under a key (D3).
struct IdempotencyEntry {
    IdempotencyKey key;
    Jid chat;
    MessageId id;
    bool operator==(IdempotencyEntry const&) const = default;
};

struct UnitOfWork {
    RecordOverlay::Changes records;
    std::vector<Message> messages;   ///< inserted, or replaced under the same (chat, id)
    std::vector<AckChange> acks;     ///< only forward, except to error
    std::vector<Event> events;       ///< appended to the event log in this order
    std::vector<ByteArray<32>> seen; ///< de-duplication hashes of inbound stanzas, see StepReader::was_seen
    std::vector<OutboxEntry> outbox_put;
    std::vector<MessageId> outbox_done;
    std::vector<IdempotencyEntry> idempotency; ///< the first one under a key stays
    WallTime time{};                           ///< when the step happened
    bool wipe_credentials = false;             ///< logout: all records go first; messages and events stay

    bool empty() const noexcept
    {
        return records.empty() && messages.empty() && acks.empty() && events.empty() && seen.empty() &&
               outbox_put.empty() && outbox_done.empty() && idempotency.empty() && !wipe_credentials;
    }
};

/// What the engine reads besides records. Synchronous; called on the session's thread; point reads only.
class SessionReader : public RecordSource {
public:
    /// True when the stanza's hash was committed within the retention (14 days).
    virtual bool was_seen(ByteArray<32> const& hash) const = 0;
    virtual std::optional<Message> find_message(Jid const& chat, MessageId const& id) const = 0;
    /// Unfinished sends, oldest first.
    virtual std::vector<OutboxEntry> outbox() const = 0;
    /// Found at least as long as a stanza's hash.
    virtual std::optional<IdempotencyEntry> find_idempotency(ByteArray<32> const& key_hash) const = 0;
};

} // namespace wagate
