#include "storage/repository/events.hpp"

#include "storage/repository/event_id.hpp"
#include "storage/sqlite/database.hpp"

#include <algorithm>
#include <stdexcept>

namespace wagate::storage::events {

void append(sqlite::Database& database, Scope const& scope, std::vector<Event> const& events)
{
    if (events.empty()) return;
    auto sequence = last_sequence(database, scope);
    for (auto const& event : events)
        database.run(
            "INSERT INTO event (tenant, session, sequence, id, time, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            {scope.tenant.value, scope.session, ++sequence, new_event_id(event.time),
             unix_milliseconds(event.time), serialize(event)});
}

std::vector<StoredEvent> after(sqlite::Database& database, Scope const& scope, SessionKey const& session,
                               std::uint64_t sequence, std::size_t limit)
{
    std::vector<StoredEvent> found;
    auto rows =
        database.query("SELECT sequence, id, value FROM event "
                       "WHERE tenant = ?1 AND session = ?2 AND sequence > ?3 ORDER BY sequence LIMIT ?4",
                       {scope.tenant.value, scope.session, sequence, limit});
    while (rows.next()) {
        auto event = parse_event(rows.blob(2));
        // Skipping it would lose an event without a word (D4).
        if (!event) throw std::runtime_error("an event in the log cannot be read");
        found.push_back(
            {session, static_cast<std::uint64_t>(rows.integer(0)), rows.text(1), std::move(*event)});
    }
    return found;
}

std::uint64_t last_sequence(sqlite::Database& database, Scope const& scope)
{
    auto rows = database.query(
        "SELECT sequence FROM event WHERE tenant = ?1 AND session = ?2 ORDER BY sequence DESC LIMIT 1",
        {scope.tenant.value, scope.session});
    return rows.next() ? static_cast<std::uint64_t>(rows.integer(0)) : 0;
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
    database.run("DELETE FROM event WHERE tenant = ?1 AND session = ?2 AND sequence <= ?3",
                 {scope.tenant.value, scope.session, sequence});
}

} // namespace wagate::storage::events
