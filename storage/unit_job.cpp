#include "storage/unit_job.hpp"

#include "storage/repository/audit.hpp"
#include "storage/repository/chats.hpp"
#include "storage/repository/contacts.hpp"
#include "storage/repository/events.hpp"
#include "storage/repository/idempotency.hpp"
#include "storage/repository/member_receipts.hpp"
#include "storage/repository/messages.hpp"
#include "storage/repository/outbox.hpp"
#include "storage/repository/records.hpp"
#include "storage/repository/seen.hpp"
#include "storage/repository/waiting.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/vault/vault_errc.hpp"

#include <algorithm>

namespace wagate::storage {
namespace {

/// Allocator and node overhead of one part of a unit, roughly.
constexpr std::size_t part_overhead_bytes = 96;

std::size_t size_of(Message const& message)
{
    return sizeof(Message) + message.body.size() + message.content.size() +
           (message.quoted ? message.quoted->body.size() : 0);
}

std::size_t size_of(Event const& event)
{
    return sizeof(Event) + bulk_of(event.body);
}

std::size_t size_of(UnitOfWork const& work)
{
    auto size =
        sizeof(UnitJob) + work.acks.size() * sizeof(AckChange) + work.seen.size() * sizeof(ByteArray<32>) +
        work.outbox_done.size() * sizeof(MessageId) + work.idempotency.size() * sizeof(IdempotencyEntry) +
        work.chats.size() * (sizeof(ChatChange) + part_overhead_bytes) +
        work.contacts.size() * (sizeof(ContactChange) + part_overhead_bytes) +
        work.receipts.size() * sizeof(MemberReceipt) + work.messages_removed.size() * sizeof(MessageName);
    for (auto const& [key, value] : work.records)
        size += part_overhead_bytes + key.second.size() + (value ? value->size() : 0);
    for (auto const& message : work.messages)
        size += size_of(message);
    for (auto const& event : work.events)
        size += size_of(event);
    for (auto const& entry : work.outbox_put)
        size += sizeof(OutboxEntry) + entry.stanza.size();
    for (auto const& stanza : work.waiting_put)
        size += sizeof(WaitingStanza) + stanza.key.size() + stanza.stanza.size();
    for (auto const& key : work.waiting_done)
        size += sizeof(std::string) + key.size();
    return size;
}

/// What becomes of a session without a request belongs into the audit log too: in the same transaction.
void audit_lives(sqlite::Database& database, Scope const& scope, SessionKey const& session,
                 std::vector<Event> const& events)
{
    for (auto const& event : events) {
        auto const* change = std::get_if<SessionStatusChanged>(&event.body);
        if (change == nullptr) continue;
        AuditEntry entry;
        switch (change->reason) {
        case StatusReason::paired: entry.action = "session.paired"; break;
        case StatusReason::logged_out:
        case StatusReason::logged_out_by_phone:
        case StatusReason::banned: entry.action = "session.logged-out"; break;
        default: continue;
        }
        entry.tenant = session.tenant;
        entry.time = event.time;
        entry.actor = "wagate";
        entry.target = session.name.value;
        entry.details["reason"] = reason_name(change->reason);
        audit::append(database, scope.tenant, entry);
    }
}

} // namespace

void UnitJob::Shared::note_grown(SessionKey const& session) const
{
    if (std::find(grown.begin(), grown.end(), session) == grown.end()) grown.push_back(session);
}

UnitJob::UnitJob(Shared const& shared, SessionKey session, UnitOfWork work,
                 std::function<void(Result<void>)> done)
    : shared_(shared),
      session_(std::move(session)),
      work_(std::move(work)),
      done_(std::move(done)),
      bytes_(size_of(work_))
{}

Result<void> UnitJob::apply(sqlite::Database& database)
{
    auto const scope = shared_.directory.session(session_);
    if (!scope || !database.vault().has_key(scope->tenant)) return StoreErrc::not_found;
    scope_ = *scope;
    if (auto const found = shared_.damaged.find(scope_); found != shared_.damaged.end()) return found->second;
    if (work_.wipe_credentials) {
        records::erase_all(database, scope_);
        outbox::erase_all(database, scope_);
        waiting::erase_all(database, scope_);
    }
    vault::RecordDelta delta;
    for (auto const& [key, value] : work_.records) {
        if (value)
            records::put(database, scope_, key, *value, delta);
        else
            records::erase(database, scope_, key, delta);
    }
    vault::record_sums::change(database, scope_, delta);
    for (auto const& [key, value] : work_.records) {
        auto const pair = value ? addresses::learnt(key, *value) : std::nullopt;
        if (!pair) continue;
        chats::merge(database, scope_, *pair);
        contacts::merge(database, scope_, *pair);
    }
    for (auto const& hash : work_.seen)
        seen::add(database, scope_, hash, work_.time);
    for (auto const& message : work_.messages)
        messages::put(database, scope_, message);
    for (auto const& change : work_.acks)
        messages::acknowledge(database, scope_, change);
    for (auto const& name : work_.messages_removed)
        for (auto const& chat : addresses::of_chat(database, scope_, name.chat))
            messages::erase(database, scope_, chat, name.id);
    for (auto const& change : work_.chats)
        chats::apply(database, scope_, change);
    for (auto const& change : work_.contacts)
        contacts::apply(database, scope_, change);
    for (auto const& receipt : work_.receipts)
        member_receipts::put(database, scope_, receipt);
    for (auto const& entry : work_.outbox_put)
        outbox::put(database, scope_, entry);
    for (auto const& id : work_.outbox_done)
        outbox::erase(database, scope_, id);
    for (auto const& entry : work_.idempotency)
        idempotency::add(database, scope_, entry, work_.time);
    for (auto const& stanza : work_.waiting_put)
        waiting::put(database, scope_, stanza);
    for (auto const& key : work_.waiting_done)
        waiting::erase(database, scope_, key);
    events::append(database, scope_, work_.events);
    audit_lives(database, scope_, session_, work_.events);
    return {};
}

void UnitJob::committed()
{
    if (work_.wipe_credentials) shared_.cache.drop(scope_);
    for (auto& [key, value] : work_.records)
        shared_.cache.store(scope_, key.first, key.second, std::move(value));
    if (!work_.events.empty()) shared_.note_grown(session_);
}

void UnitJob::finish(Result<void> outcome)
{
    if (!outcome && outcome.error().category() == vault_category())
        shared_.damaged.emplace(scope_, outcome.error());
    if (done_) done_(outcome);
}

} // namespace wagate::storage
