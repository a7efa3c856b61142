#include "storage/repository/events.hpp"

#include "storage/repository/event_id.hpp"
#include "storage/repository/row_names.hpp"
#include "storage/repository/tenant_log.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/vault/vault.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace wagate::storage::events {
namespace {

/// What one scan looks at: a few milliseconds of an index.
constexpr std::size_t scan_rows = 5'000;

/// Stands where an event was whose content had to go (persons.hpp): a kind that nobody is told.
Event redacted()
{
    Event event;
    LabelAssigned silent;
    silent.message = MessageId{};
    event.body = std::move(silent);
    return event;
}

Event read_event(sqlite::Database& database, Scope const& scope, std::uint64_t sequence, ByteView value)
{
    auto const plain = database.vault().open(row_names::event(scope, sequence), value);
    if (plain.empty()) return redacted();
    auto event = parse_event(plain);
    // Skipping it would lose an event without a word (D4).
    if (!event) throw std::runtime_error("an event in the log cannot be read");
    return std::move(*event);
}

/// Names of a tenant's sessions, looked up once each.
class Names {
public:
    Names(sqlite::Database& database, TenantNumber tenant) : database_(database), tenant_(tenant) {}

    /// Nothing for a session that was erased.
    std::optional<SessionName> const& of(std::int64_t session)
    {
        auto const [found, is_new] = names_.try_emplace(session);
        if (!is_new) return found->second;
        auto rows = database_.query("SELECT name FROM session WHERE tenant = ?1 AND session = ?2",
                                    {tenant_.value, session});
        if (rows.next()) found->second = SessionName{rows.text(0)};
        return found->second;
    }

private:
    sqlite::Database& database_;
    TenantNumber tenant_;
    std::map<std::int64_t, std::optional<SessionName>> names_;
};

std::int64_t sum(sqlite::Rows& rows)
{
    std::int64_t total = 0;
    while (rows.next())
        total += rows.integer(0);
    return total;
}

} // namespace

void append(sqlite::Database& database, Scope const& scope, std::vector<Event> const& events)
{
    if (events.empty()) return;
    std::vector<Bytes> values;
    std::size_t bytes = 0;
    auto sequence = last_sequence(database, scope);
    for (auto const& event : events) {
        auto const row = row_names::event(scope, sequence + values.size() + 1);
        values.push_back(database.vault().seal(row, serialize(event)));
        bytes += values.back().size();
    }
    auto position = tenant_log::take_positions(database, scope.tenant, events.size(), bytes) - events.size();
    for (std::size_t i = 0; i < events.size(); ++i) {
        auto const time = events[i].time;
        database.run("INSERT INTO event (tenant, session, sequence, position, id, time, value) "
                     "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                     {scope.tenant.value, scope.session, ++sequence, ++position, new_event_id(time, position),
                      unix_milliseconds(time), values[i]});
    }
}

std::vector<StoredEvent> after(sqlite::Database& database, Scope const& scope, SessionKey const& session,
                               std::uint64_t sequence, std::size_t limit)
{
    std::vector<StoredEvent> found;
    auto rows =
        database.query("SELECT sequence, position, id, value FROM event "
                       "WHERE tenant = ?1 AND session = ?2 AND sequence > ?3 ORDER BY sequence LIMIT ?4",
                       {scope.tenant.value, scope.session, sequence, limit});
    while (rows.next())
        found.push_back(
            {session, static_cast<std::uint64_t>(rows.integer(0)),
             static_cast<std::uint64_t>(rows.integer(1)), rows.text(2),
             read_event(database, scope, static_cast<std::uint64_t>(rows.integer(0)), rows.blob(3))});
    return found;
}

std::uint64_t last_sequence(sqlite::Database& database, Scope const& scope)
{
    auto rows = database.query(
        "SELECT sequence FROM event WHERE tenant = ?1 AND session = ?2 ORDER BY sequence DESC LIMIT 1",
        {scope.tenant.value, scope.session});
    return rows.next() ? static_cast<std::uint64_t>(rows.integer(0)) : 0;
}

std::uint64_t first_sequence(sqlite::Database& database, Scope const& scope)
{
    auto rows = database.query(
        "SELECT sequence FROM event WHERE tenant = ?1 AND session = ?2 ORDER BY sequence LIMIT 1",
        {scope.tenant.value, scope.session});
    return rows.next() ? static_cast<std::uint64_t>(rows.integer(0)) : 0;
}

Page scan(sqlite::Database& database, Scan const& scan, EventQuery const& query)
{
    Page found;
    found.page.scanned = query.after;
    if (query.limit == 0) return found;
    Names names{database, scan.tenant};
    std::size_t bytes = 0;
    std::size_t looked_at = 0;
    // The index alone says which events are wanted; only those are read.
    auto rows = database.query("SELECT position, session, sequence FROM event INDEXED BY event_by_position "
                               "WHERE tenant = ?1 AND position > ?2 ORDER BY position LIMIT ?3",
                               {scan.tenant.value, query.after, scan_rows});
    while (rows.next()) {
        ++looked_at;
        auto const position = static_cast<std::uint64_t>(rows.integer(0));
        auto const session = rows.integer(1);
        bool const is_wanted =
            !scan.sessions || std::binary_search(scan.sessions->begin(), scan.sessions->end(), session);
        auto const* name = is_wanted && names.of(session) ? &*names.of(session) : nullptr;
        if (!name) {
            found.page.scanned = position;
            continue;
        }
        auto event =
            database.query("SELECT id, value FROM event WHERE tenant = ?1 AND session = ?2 AND sequence = ?3",
                           {scan.tenant.value, session, rows.integer(2)});
        if (!event.next()) break; // reading failed
        auto const sequence = static_cast<std::uint64_t>(rows.integer(2));
        bytes += event.blob(1).size();
        if (bytes > query.max_bytes && !found.page.events.empty()) return found;
        found.page.events.push_back({{query.tenant, *name},
                                     sequence,
                                     position,
                                     event.text(0),
                                     read_event(database, {scan.tenant, session}, sequence, event.blob(1))});
        found.page.scanned = position;
        if (found.page.events.size() == query.limit) return found;
    }
    found.is_at_end = looked_at < scan_rows;
    return found;
}

std::optional<std::string> id_at(sqlite::Database& database, TenantNumber tenant, std::uint64_t position)
{
    auto rows =
        database.query("SELECT id FROM event WHERE tenant = ?1 AND position = ?2", {tenant.value, position});
    if (!rows.next()) return std::nullopt;
    return rows.text(0);
}

std::uint64_t expired_until(sqlite::Database& database, Scope const& scope, WallTime horizon)
{
    auto const newest = last_sequence(database, scope);
    std::uint64_t until = 0;
    auto rows = database.query("SELECT sequence, time FROM event WHERE tenant = ?1 AND session = ?2 "
                               "ORDER BY sequence LIMIT ?3",
                               {scope.tenant.value, scope.session, step_rows});
    while (rows.next() && rows.integer(1) < unix_milliseconds(horizon)) {
        auto const sequence = static_cast<std::uint64_t>(rows.integer(0));
        if (sequence == newest) break;
        until = sequence;
    }
    return until;
}

void erase_until(sqlite::Database& database, Scope const& scope, std::uint64_t sequence)
{
    auto rows = database.query("DELETE FROM event WHERE tenant = ?1 AND session = ?2 AND sequence <= ?3 "
                               "RETURNING length(value)",
                               {scope.tenant.value, scope.session, sequence});
    tenant_log::release(database, scope.tenant, sum(rows));
}

bool erase_step(sqlite::Database& database, Scope const& scope)
{
    auto rows = database.query("DELETE FROM event WHERE tenant = ?1 AND session = ?2 AND sequence IN "
                               "(SELECT sequence FROM event WHERE tenant = ?1 AND session = ?2 LIMIT ?3) "
                               "RETURNING length(value)",
                               {scope.tenant.value, scope.session, step_rows});
    bool has_deleted = false;
    std::int64_t released = 0;
    while (rows.next()) {
        has_deleted = true;
        released += rows.integer(0);
    }
    tenant_log::release(database, scope.tenant, released);
    return has_deleted;
}

} // namespace wagate::storage::events
