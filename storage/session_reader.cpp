#include "storage/session_reader.hpp"

#include "storage/repository/chats.hpp"
#include "storage/repository/contacts.hpp"
#include "storage/repository/idempotency.hpp"
#include "storage/repository/messages.hpp"
#include "storage/repository/outbox.hpp"
#include "storage/repository/records.hpp"
#include "storage/repository/seen.hpp"
#include "storage/repository/waiting.hpp"

namespace wagate::storage {

StoredSessionReader::StoredSessionReader(Shared const& shared, SessionKey session)
    : shared_(shared), session_(std::move(session)), scope_(shared.directory.session(session_))
{}

Scope const* StoredSessionReader::scope() const
{
    if (!scope_) scope_ = shared_.directory.session(session_);
    return scope_ ? &*scope_ : nullptr;
}

std::optional<Bytes> StoredSessionReader::read(RecordKind kind, std::string_view key) const
{
    auto const* at = scope();
    if (!at) return std::nullopt;
    if (!is_checked_) shared_.guard.check(*at);
    is_checked_ = true;
    auto cached = shared_.cache.find(*at, kind, key);
    if (cached.is_hit) return std::move(cached.value);
    auto found = shared_.pool.read(
        [&](sqlite::Database& database) { return records::find(database, *at, kind, key); });
    shared_.cache.fill(*at, kind, key, found, cached.generation);
    return found;
}

bool StoredSessionReader::was_seen(ByteArray<32> const& hash) const
{
    auto const* at = scope();
    return at &&
           shared_.pool.read([&](sqlite::Database& database) { return seen::contains(database, *at, hash); });
}

std::optional<Message> StoredSessionReader::find_message(Jid const& chat, MessageId const& id) const
{
    auto const* at = scope();
    if (!at) return std::nullopt;
    return shared_.pool.read(
        [&](sqlite::Database& database) { return messages::find(database, *at, chat, id); });
}

std::vector<OutboxEntry> StoredSessionReader::outbox() const
{
    auto const* at = scope();
    if (!at) return {};
    return shared_.pool.read([&](sqlite::Database& database) { return outbox::all(database, *at); });
}

std::optional<IdempotencyEntry> StoredSessionReader::find_idempotency(ByteArray<32> const& key_hash) const
{
    auto const* at = scope();
    if (!at) return std::nullopt;
    return shared_.pool.read(
        [&](sqlite::Database& database) { return idempotency::find(database, *at, key_hash); });
}

std::optional<WaitingStanza> StoredSessionReader::find_waiting(std::string const& key) const
{
    auto const* at = scope();
    if (!at) return std::nullopt;
    return shared_.pool.read([&](sqlite::Database& database) { return waiting::find(database, *at, key); });
}

std::vector<WaitingStanza> StoredSessionReader::waiting(std::size_t limit) const
{
    auto const* at = scope();
    if (!at) return {};
    return shared_.pool.read([&](sqlite::Database& database) { return waiting::list(database, *at, limit); });
}

std::optional<Chat> StoredSessionReader::find_chat(Jid const& chat) const
{
    auto const* at = scope();
    if (!at) return std::nullopt;
    return shared_.pool.read([&](sqlite::Database& database) { return chats::find(database, *at, chat); });
}

std::optional<Contact> StoredSessionReader::find_contact(Jid const& person) const
{
    auto const* at = scope();
    if (!at) return std::nullopt;
    return shared_.pool.read(
        [&](sqlite::Database& database) { return contacts::find(database, *at, person); });
}

std::vector<Jid> StoredSessionReader::address_book(std::size_t limit) const
{
    auto const* at = scope();
    if (!at) return {};
    return shared_.pool.read(
        [&](sqlite::Database& database) { return contacts::address_book(database, *at, limit); });
}

std::vector<Message> StoredSessionReader::newest_messages(Jid const& chat, std::size_t limit) const
{
    auto const* at = scope();
    if (!at) return {};
    return shared_.pool.read(
        [&](sqlite::Database& database) { return messages::newest(database, *at, chat, limit); });
}

} // namespace wagate::storage
