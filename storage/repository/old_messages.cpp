#include "storage/repository/old_messages.hpp"

#include "storage/repository/addresses.hpp"
#include "storage/repository/member_receipts.hpp"
#include "storage/repository/outbox.hpp"
#include "storage/sqlite/database.hpp"

#include <queue>
#include <set>

namespace wagate::storage::old_messages {
namespace {

struct Oldest {
    std::int64_t session = 0;
    std::int64_t timestamp = 0;
    std::int64_t ordinal = 0;
    std::string chat;
    std::string id;
    std::int64_t size = 0;

    bool operator<(Oldest const& other) const noexcept
    {
        return timestamp > other.timestamp;
    } // for the queue
};

std::optional<Oldest> next_of(sqlite::Database& database, Scope const& scope, Place const& after)
{
    auto rows = database.query("SELECT timestamp, ordinal, chat, id, length(value) FROM message "
                               "WHERE tenant = ?1 AND session = ?2 AND (timestamp, ordinal) > (?3, ?4) "
                               "ORDER BY timestamp, ordinal LIMIT 1",
                               {scope.tenant.value, scope.session, after.timestamp, after.ordinal});
    if (!rows.next()) return std::nullopt;
    return Oldest{scope.session, rows.integer(0), rows.integer(1),
                  rows.text(2),  rows.text(3),    rows.integer(4)};
}

void settle_chat(sqlite::Database& database, Scope const& scope, Jid const& chat)
{
    auto const addresses = addresses::of_chat(database, scope, chat);
    for (auto const& address : addresses) {
        auto rows = database.query("SELECT 1 FROM message INDEXED BY message_by_chat WHERE tenant = ?1 AND "
                                   "session = ?2 AND chat = ?3 LIMIT 1",
                                   {scope.tenant.value, scope.session, address.to_string()});
        if (rows.next()) return;
    }
    database.run(
        "UPDATE chat SET unread = 0, marked_unread = 0 WHERE tenant = ?1 AND session = ?2 AND jid = ?3",
        {scope.tenant.value, scope.session, addresses.front().to_string()});
}

} // namespace

std::uint64_t bytes(sqlite::Database& database, TenantNumber tenant)
{
    auto rows = database.query("SELECT bytes FROM message_bytes WHERE tenant = ?1", {tenant.value});
    return rows.next() ? static_cast<std::uint64_t>(rows.integer(0)) : 0;
}

bool erase_step(sqlite::Database& database, TenantNumber tenant, std::vector<Scope> const& sessions,
                std::optional<WallTime> horizon, std::optional<std::uint64_t> most_bytes, Progress& progress)
{
    std::int64_t excess = 0;
    if (auto const kept = bytes(database, tenant); most_bytes && kept > *most_bytes)
        excess = static_cast<std::int64_t>(kept - *most_bytes);
    std::priority_queue<Oldest> oldest;
    for (auto const& scope : sessions)
        if (auto first = next_of(database, scope, progress[scope.session])) oldest.push(std::move(*first));
    std::set<std::pair<std::int64_t, std::string>> touched;
    bool is_left = false;
    for (std::int64_t rows = 0; !oldest.empty(); ++rows) {
        auto const message = oldest.top();
        bool const is_expired = horizon && message.timestamp < unix_milliseconds(*horizon);
        if (!is_expired && excess <= 0) break;
        is_left = rows == step_rows;
        if (is_left) break;
        oldest.pop();
        Scope const scope{tenant, message.session};
        progress[message.session] = {message.timestamp, message.ordinal};
        if (!outbox::find(database, scope, MessageId{message.id})) {
            database.run(
                "DELETE FROM message WHERE tenant = ?1 AND session = ?2 AND timestamp = ?3 AND ordinal = ?4",
                {tenant.value, message.session, message.timestamp, message.ordinal});
            if (auto const chat = Jid::parse(message.chat))
                member_receipts::erase(database, scope, *chat, MessageId{message.id});
            touched.emplace(message.session, message.chat);
            excess -= message.size;
        }
        if (auto following = next_of(database, scope, progress[message.session]))
            oldest.push(std::move(*following));
    }
    for (auto const& [session, chat] : touched)
        if (auto const jid = Jid::parse(chat)) settle_chat(database, {tenant, session}, *jid);
    return is_left;
}

} // namespace wagate::storage::old_messages
