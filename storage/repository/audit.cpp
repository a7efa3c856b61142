#include "storage/repository/audit.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"
#include "storage/repository/netstring.hpp"
#include "storage/sqlite/database.hpp"

#include <limits>

namespace wagate::storage {

std::string audit_chain_name(std::optional<TenantId> const& tenant)
{
    return tenant ? "tenant:" + tenant->value : "operator";
}

ByteArray<32> audit_hash(AuditEntry const& entry)
{
    std::string said;
    add_netstring(said, "wagate-audit-1");
    add_netstring(said, hex_encode(entry.previous));
    add_netstring(said, audit_chain_name(entry.tenant));
    add_netstring(said, std::to_string(entry.number));
    add_netstring(said, std::to_string(unix_milliseconds(entry.time)));
    for (auto const* text : {&entry.actor, &entry.source, &entry.action, &entry.target, &entry.outcome})
        add_netstring(said, *text);
    for (auto const& [name, value] : entry.details) {
        add_netstring(said, name);
        add_netstring(said, value);
    }
    return crypto::sha256(view(said));
}

bool AuditChecker::fail(AuditEntry const& entry, std::string problem)
{
    verdict_.bad_number = entry.number;
    verdict_.problem = std::move(problem);
    return false;
}

bool AuditChecker::add(AuditEntry const& entry)
{
    if (!verdict_.problem.empty()) return false;
    bool const is_first = verdict_.entries == 0;
    ++verdict_.entries;
    auto const chain = audit_chain_name(entry.tenant);
    if (is_first) {
        chain_ = chain;
        if (from_start_ && entry.number != 1) return fail(entry, "the entries before this one are missing");
        if (entry.number == 1 && entry.previous != ByteArray<32>{})
            return fail(entry, "the first entry follows none");
    } else {
        if (chain != chain_) return fail(entry, "this entry belongs to another chain");
        if (entry.number != verdict_.last_number + 1)
            return fail(entry, "this entry does not have the next number");
        if (entry.previous != verdict_.last_hash)
            return fail(entry, "this entry does not follow the one before it");
    }
    if (audit_hash(entry) != entry.hash) return fail(entry, "this entry was changed");
    verdict_.last_number = entry.number;
    verdict_.last_hash = entry.hash;
    return true;
}

} // namespace wagate::storage

namespace wagate::storage::audit {
namespace {

std::string packed(std::map<std::string, std::string> const& details)
{
    std::string out;
    for (auto const& [name, value] : details) {
        add_netstring(out, name);
        add_netstring(out, value);
    }
    return out;
}

/// What cannot be read is one detail of its own: the hash tells that something is wrong.
std::map<std::string, std::string> unpacked(std::string_view text)
{
    std::map<std::string, std::string> details;
    while (!text.empty()) {
        auto const whole = text;
        auto name = take_netstring(text);
        auto value = name ? take_netstring(text) : std::nullopt;
        if (!value) {
            details["unreadable"] = std::string(whole);
            break;
        }
        details[std::move(*name)] = std::move(*value);
    }
    return details;
}

ByteArray<32> hash_in(ByteView bytes)
{
    return bytes.size() == 32 ? to_array<32>(bytes) : ByteArray<32>{};
}

sqlite::Value or_null(std::optional<std::string> const& text)
{
    return text ? sqlite::Value{*text} : sqlite::Value{std::nullopt};
}

} // namespace

std::optional<Head> head(sqlite::Database& database, TenantNumber chain)
{
    auto rows = database.query("SELECT number, hash FROM audit_head WHERE tenant = ?1", {chain.value});
    if (!rows.next()) return std::nullopt;
    return Head{static_cast<std::uint64_t>(rows.integer(0)), hash_in(rows.blob(1))};
}

void append(sqlite::Database& database, TenantNumber chain, AuditEntry& entry)
{
    auto last = head(database, chain).value_or(Head{});
    {
        // Both agree, unless somebody was at the file. Then storage goes on, and checking the chain tells it.
        auto rows = database.query(
            "SELECT number, hash FROM audit WHERE tenant = ?1 ORDER BY number DESC LIMIT 1", {chain.value});
        if (rows.next() && static_cast<std::uint64_t>(rows.integer(0)) > last.number)
            last = {static_cast<std::uint64_t>(rows.integer(0)), hash_in(rows.blob(1))};
    }
    entry.number = last.number + 1;
    entry.previous = last.hash;
    entry.hash = audit_hash(entry);
    auto const details = packed(entry.details);
    database.run("INSERT INTO audit (tenant, number, time, actor, source, action, target, outcome, details, "
                 "previous, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                 {chain.value, entry.number, unix_milliseconds(entry.time), entry.actor, entry.source,
                  entry.action, entry.target, entry.outcome, view(details), entry.previous, entry.hash});
    database.run("INSERT INTO audit_head (tenant, number, hash) VALUES (?1, ?2, ?3) "
                 "ON CONFLICT DO UPDATE SET number = excluded.number, hash = excluded.hash",
                 {chain.value, entry.number, entry.hash});
}

std::optional<std::uint64_t> list(sqlite::Database& database, TenantNumber chain, AuditQuery const& query,
                                  std::vector<AuditEntry>& found)
{
    auto const from = query.from ? unix_milliseconds(*query.from) : std::numeric_limits<std::int64_t>::min();
    auto const until =
        query.until ? unix_milliseconds(*query.until) : std::numeric_limits<std::int64_t>::max();
    auto rows = database.query("SELECT number, time, actor, source, action, target, outcome, details, "
                               "previous, hash FROM audit WHERE tenant = ?1 AND number > ?2 "
                               "AND time >= ?3 AND time < ?4 AND action = ifnull(?5, action) "
                               "AND actor = ifnull(?6, actor) ORDER BY number LIMIT ?7",
                               {chain.value, query.after, from, until, or_null(query.action),
                                or_null(query.actor), query.limit + 1});
    std::optional<std::uint64_t> last;
    for (std::size_t count = 0; rows.next(); ++count) {
        if (count == query.limit) return last;
        AuditEntry entry;
        entry.tenant = query.tenant;
        entry.number = static_cast<std::uint64_t>(rows.integer(0));
        entry.time = wall_from_milliseconds(rows.integer(1));
        entry.actor = rows.text(2);
        entry.source = rows.text(3);
        entry.action = rows.text(4);
        entry.target = rows.text(5);
        entry.outcome = rows.text(6);
        entry.details = unpacked(text_view(rows.blob(7)));
        entry.previous = hash_in(rows.blob(8));
        entry.hash = hash_in(rows.blob(9));
        last = entry.number;
        found.push_back(std::move(entry));
    }
    return std::nullopt;
}

} // namespace wagate::storage::audit
