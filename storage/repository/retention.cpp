#include "storage/repository/retention.hpp"

#include "storage/repository/events.hpp"
#include "storage/repository/tenant_log.hpp"
#include "storage/sqlite/database.hpp"

#include <map>

namespace wagate::storage::retention {
namespace {

struct OldEvent {
    std::uint64_t position = 0;
    std::int64_t session = 0;
    std::uint64_t sequence = 0;
    std::int64_t time = 0;
    std::int64_t size = 0;
};
struct OldLetter {
    std::uint64_t number = 0;
    std::int64_t time = 0;
    std::int64_t size = 0;
};

std::vector<OldEvent> oldest_events(sqlite::Database& database, TenantNumber tenant, std::uint64_t after)
{
    std::vector<OldEvent> found;
    auto rows = database.query("SELECT position, session, sequence, time, length(value) FROM event "
                               "INDEXED BY event_by_position "
                               "WHERE tenant = ?1 AND position > ?2 ORDER BY position LIMIT ?3",
                               {tenant.value, after, step_rows});
    while (rows.next())
        found.push_back({static_cast<std::uint64_t>(rows.integer(0)), rows.integer(1),
                         static_cast<std::uint64_t>(rows.integer(2)), rows.integer(3), rows.integer(4)});
    return found;
}

std::vector<OldLetter> oldest_letters(sqlite::Database& database, TenantNumber tenant, std::uint64_t after)
{
    std::vector<OldLetter> found;
    auto rows = database.query("SELECT number, time, size FROM dead_letter "
                               "WHERE tenant = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
                               {tenant.value, after, step_rows});
    while (rows.next())
        found.push_back({static_cast<std::uint64_t>(rows.integer(0)), rows.integer(1), rows.integer(2)});
    return found;
}

/// Whether events of a session are its newest.
class Newest {
public:
    Newest(sqlite::Database& database, TenantNumber tenant) : database_(database), tenant_(tenant) {}

    bool contains(OldEvent const& event)
    {
        auto const [found, is_new] = sequences_.try_emplace(event.session);
        if (is_new) found->second = events::last_sequence(database_, {tenant_, event.session});
        return found->second == event.sequence;
    }

private:
    sqlite::Database& database_;
    TenantNumber tenant_;
    std::map<std::int64_t, std::uint64_t> sequences_;
};

} // namespace

bool erase_step(sqlite::Database& database, TenantNumber tenant, std::size_t limit_bytes, Progress& progress)
{
    auto const kept = tenant_log::bytes(database, tenant);
    if (kept <= limit_bytes) return false;
    auto const excess = static_cast<std::int64_t>(kept - limit_bytes);
    auto const old_events = oldest_events(database, tenant, progress.position);
    auto const old_letters = oldest_letters(database, tenant, progress.number);
    Newest newest{database, tenant};

    // Both lists are old at their start; what is behind a full one is not known, so the step ends there.
    auto const is_at_end = [](auto const& list, auto next) {
        return next == list.end() && list.size() == static_cast<std::size_t>(step_rows);
    };
    auto event = old_events.begin();
    auto letter = old_letters.begin();
    std::int64_t released = 0;
    bool is_moving = false;
    while (released < excess && !is_at_end(old_events, event) && !is_at_end(old_letters, letter)) {
        if (event == old_events.end() && letter == old_letters.end()) break;
        is_moving = true;
        bool const takes_event =
            letter == old_letters.end() || (event != old_events.end() && event->time <= letter->time);
        if (!takes_event) {
            database.run("DELETE FROM dead_letter WHERE tenant = ?1 AND number = ?2",
                         {tenant.value, letter->number});
            released += letter->size;
            progress.number = letter->number;
            ++letter;
            continue;
        }
        if (!newest.contains(*event)) {
            database.run("DELETE FROM event WHERE tenant = ?1 AND session = ?2 AND sequence = ?3",
                         {tenant.value, event->session, event->sequence});
            released += event->size;
        }
        progress.position = event->position;
        ++event;
    }
    tenant_log::release(database, tenant, released);
    return is_moving && released < excess;
}

} // namespace wagate::storage::retention
