#include "storage/repository/dead_letters.hpp"

#include "storage/repository/row_names.hpp"
#include "storage/repository/tenant_log.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/vault/vault.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <stdexcept>

namespace wagate::storage::dead_letters {
namespace {

/// A row costs space without an event, too: a flood of them must not escape the tenant's limit.
constexpr std::size_t row_overhead_bytes = 200;

std::size_t size_of(DeadLetter const& letter, ByteView value)
{
    return row_overhead_bytes + letter.endpoint.size() + letter.url.size() + letter.event_id.size() +
           letter.event_name.size() + letter.reason.size() + letter.error.size() + value.size();
}

sqlite::Value or_null(std::optional<std::string> const& text)
{
    return text ? sqlite::Value{*text} : sqlite::Value{std::nullopt};
}

using row_names::LetterColumn;

DeadLetter read_row(sqlite::Database& database, sqlite::Rows const& rows, TenantId const& tenant,
                    TenantNumber number)
{
    auto const& vault = database.vault();
    DeadLetter letter;
    letter.number = static_cast<std::uint64_t>(rows.integer(0));
    letter.session = {tenant, SessionName{rows.text(1)}};
    letter.endpoint = rows.text(2);
    letter.url =
        vault.open_text(row_names::dead_letter(number, letter.number, LetterColumn::url), rows.text(3));
    letter.sequence = static_cast<std::uint64_t>(rows.integer(4));
    letter.event_id = rows.text(5);
    letter.event_name = rows.text(6);
    letter.time = wall_from_milliseconds(rows.integer(7));
    letter.attempts = static_cast<int>(rows.integer(8));
    letter.status = static_cast<unsigned>(rows.integer(9));
    letter.reason = rows.text(10);
    letter.error =
        vault.open_text(row_names::dead_letter(number, letter.number, LetterColumn::error), rows.text(11));
    auto const value =
        vault.open(row_names::dead_letter(number, letter.number, LetterColumn::value), rows.blob(12));
    if (!value.empty()) {
        letter.event = parse_event(value);
        if (!letter.event) throw std::runtime_error("the event of a dead letter cannot be read");
    }
    return letter;
}

/// Calls `take(rows)` with the letters of a range of numbers that the query wants, by number.
template <class Take>
void select_range(sqlite::Database& database, Filter const& filter, DeadLetterQuery const& query,
                  std::uint64_t first, std::uint64_t last, std::size_t limit, Take take)
{
    auto const from = query.from ? unix_milliseconds(*query.from) : std::numeric_limits<std::int64_t>::min();
    auto const until =
        query.until ? unix_milliseconds(*query.until) : std::numeric_limits<std::int64_t>::max();
    // CROSS JOIN: the order of the look-ups is the order written. Letters of an erased session have no name
    // left.
    auto rows = database.query(
        "SELECT number, session.name, endpoint, url, sequence, event_id, event_name, time, attempts, "
        "dead_letter.status, reason, error, value, size "
        "FROM dead_letter CROSS JOIN session USING (tenant, session) "
        "WHERE tenant = ?1 AND number BETWEEN ?2 AND ?3 AND session = ifnull(?4, session) "
        "AND endpoint = ifnull(?5, endpoint) AND event_name = ifnull(?6, event_name) "
        "AND time >= ?7 AND time < ?8 ORDER BY number LIMIT ?9",
        {filter.tenant.value, first, last, filter.session, or_null(query.endpoint), or_null(query.event_name),
         from, until, limit});
    while (rows.next())
        take(rows);
}

template <class Take>
void select(sqlite::Database& database, Filter const& filter, DeadLetterQuery const& query, Take take)
{
    constexpr auto newest = std::numeric_limits<std::uint64_t>::max();
    if (query.after == newest) return;
    if (query.numbers.empty())
        return select_range(database, filter, query, query.after + 1, newest, query.limit, take);
    auto numbers = query.numbers;
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    std::size_t found = 0;
    auto const count_and_take = [&](sqlite::Rows const& rows) {
        ++found;
        take(rows);
    };
    for (auto const number : numbers)
        if (number > query.after && found < query.limit)
            select_range(database, filter, query, number, number, 1, count_and_take);
}

struct Doomed {
    TenantNumber tenant;
    std::uint64_t number = 0;
    std::int64_t size = 0;
};

void erase(sqlite::Database& database, std::vector<Doomed> const& letters)
{
    std::map<TenantNumber, std::int64_t> released;
    for (auto const& letter : letters) {
        database.run("DELETE FROM dead_letter WHERE tenant = ?1 AND number = ?2",
                     {letter.tenant.value, letter.number});
        released[letter.tenant] += letter.size;
    }
    for (auto const& [tenant, bytes] : released)
        tenant_log::release(database, tenant, bytes);
}

} // namespace

void append(sqlite::Database& database, Scope const& scope, std::vector<DeadLetter> const& letters)
{
    if (letters.empty()) return;
    std::vector<Bytes> values;
    std::size_t bytes = 0;
    for (auto const& letter : letters) {
        values.push_back(letter.event ? serialize(*letter.event) : Bytes{});
        bytes += size_of(letter, values.back());
    }
    auto number = tenant_log::take_dead_letters(database, scope.tenant, letters.size(), bytes);
    number -= letters.size();
    for (std::size_t i = 0; i < letters.size(); ++i) {
        auto const& letter = letters[i];
        ++number;
        auto const row = [&](LetterColumn column) {
            return row_names::dead_letter(scope.tenant, number, column);
        };
        database.run(
            "INSERT INTO dead_letter (tenant, number, session, endpoint, url, sequence, event_id, "
            "event_name, time, attempts, status, reason, error, value, size) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            {scope.tenant.value, number, scope.session, letter.endpoint,
             database.vault().seal_text(row(LetterColumn::url), letter.url), letter.sequence, letter.event_id,
             letter.event_name, unix_milliseconds(letter.time), letter.attempts, letter.status, letter.reason,
             database.vault().seal_text(row(LetterColumn::error), letter.error),
             database.vault().seal(row(LetterColumn::value), values[i]), size_of(letter, values[i])});
    }
}

std::vector<DeadLetter> list(sqlite::Database& database, TenantId const& tenant, Filter const& filter,
                             DeadLetterQuery const& query)
{
    std::vector<DeadLetter> found;
    select(database, filter, query, [&](sqlite::Rows const& rows) {
        found.push_back(read_row(database, rows, tenant, filter.tenant));
    });
    return found;
}

std::size_t erase_step(sqlite::Database& database, Filter const& filter, DeadLetterQuery& query)
{
    auto step = query;
    step.limit = std::min(query.limit, static_cast<std::size_t>(step_rows));
    std::vector<Doomed> doomed;
    select(database, filter, step, [&](sqlite::Rows const& rows) {
        doomed.push_back({filter.tenant, static_cast<std::uint64_t>(rows.integer(0)), rows.integer(13)});
    });
    if (doomed.empty()) return 0;
    erase(database, doomed);
    query.after = doomed.back().number;
    query.limit -= doomed.size();
    return doomed.size();
}

std::int64_t expire_step(sqlite::Database& database, TenantNumber tenant, WallTime horizon)
{
    std::vector<Doomed> doomed;
    {
        auto rows =
            database.query("SELECT tenant, number, size FROM dead_letter INDEXED BY dead_letter_by_time "
                           "WHERE time < ?1 AND tenant = ?2 ORDER BY time LIMIT ?3",
                           {unix_milliseconds(horizon), tenant.value, step_rows});
        while (rows.next())
            doomed.push_back({TenantNumber{rows.integer(0)}, static_cast<std::uint64_t>(rows.integer(1)),
                              rows.integer(2)});
    }
    erase(database, doomed);
    return static_cast<std::int64_t>(doomed.size());
}

bool clear_step(sqlite::Database& database, Scope const& scope)
{
    std::vector<Doomed> doomed;
    {
        auto rows =
            database.query("SELECT number, size FROM dead_letter WHERE tenant = ?1 AND session = ?2 LIMIT ?3",
                           {scope.tenant.value, scope.session, step_rows});
        while (rows.next())
            doomed.push_back({scope.tenant, static_cast<std::uint64_t>(rows.integer(0)), rows.integer(1)});
    }
    erase(database, doomed);
    return !doomed.empty();
}

} // namespace wagate::storage::dead_letters
