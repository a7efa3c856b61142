#pragma once
// What one step of a session changes in storage, all or nothing (design invariants D1, D2).
#include "protocol/base/records.hpp"
#include "protocol/model/chats.hpp"
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

/// A message that could not be opened, kept until it can be or nobody can help any more.
struct WaitingStanza {
    std::string key;   ///< unique in the session: chat, message id and sender
    Bytes stanza;      ///< encoded node, flags byte included
    int retries = 0;   ///< retry receipts that were sent for it
    MessageId request; ///< of the resend that the phone was asked for; empty: not asked
    WallTime first{};  ///< when it came first
    bool operator==(WaitingStanza const&) const = default;
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

/// A message that goes from this device: deleted for the account alone.
struct MessageName {
    Jid chat;
    MessageId id;
    bool operator==(MessageName const&) const = default;
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
    std::vector<WaitingStanza> waiting_put;    ///< inserted, or replaced under the same key
    std::vector<std::string> waiting_done;     ///< keys; unknown ones are fine
    std::vector<MessageName> messages_removed; ///< unknown ones are fine
    std::vector<ChatChange> chats;
    std::vector<ContactChange> contacts;
    std::vector<MemberReceipt> receipts;
    WallTime time{};        ///< when the step happened
    bool is_awaited = true; ///< false: nobody waits, so it may be committed a little later, with others
    bool wipe_credentials = false; ///< logout: all records go first; messages and events stay

    bool empty() const noexcept
    {
        return records.empty() && messages.empty() && acks.empty() && events.empty() && seen.empty() &&
               outbox_put.empty() && outbox_done.empty() && idempotency.empty() && waiting_put.empty() &&
               waiting_done.empty() && messages_removed.empty() && chats.empty() && contacts.empty() &&
               receipts.empty() && !wipe_credentials;
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
    virtual std::optional<WaitingStanza> find_waiting(std::string const& key) const = 0;
    /// Oldest first. Kept 14 days, as long as the phone can resend them (protocol.md 5.12).
    virtual std::vector<WaitingStanza> waiting(std::size_t limit) const = 0;
    /// Under either address of the person.
    virtual std::optional<Chat> find_chat(Jid const& chat) const = 0;
    virtual std::optional<Contact> find_contact(Jid const& person) const = 0;
    /// People in the account's address book, in the order of their addresses. The one list that is not short.
    virtual std::vector<Jid> address_book(std::size_t limit) const = 0;
    /// The newest messages of a chat, newest first, without control messages; under either address.
    virtual std::vector<Message> newest_messages(Jid const& chat, std::size_t limit) const = 0;
};

} // namespace wagate
