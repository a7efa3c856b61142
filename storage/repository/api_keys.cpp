#include "storage/repository/api_keys.hpp"

#include "storage/sqlite/database.hpp"

namespace wagate::storage::api_keys {
namespace {

/// Names and networks hold no line breaks.
std::string lines_of(std::vector<std::string> const& words)
{
    std::string text;
    for (auto const& word : words)
        text.append(text.empty() ? "" : "\n").append(word);
    return text;
}

std::vector<std::string> words_of(std::string_view text)
{
    std::vector<std::string> words;
    while (!text.empty()) {
        auto const end = text.find('\n');
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return words;
}

void put_facts(sqlite::Database& database, TenantNumber tenant, ApiKeyRow const& row)
{
    std::vector<std::string> sessions;
    for (auto const& session : row.more_sessions)
        sessions.push_back(session.value);
    auto const milliseconds = [](std::optional<WallTime> const& time) {
        return time ? std::optional<std::int64_t>(unix_milliseconds(*time)) : std::nullopt;
    };
    auto const previous = row.previous_hash ? sqlite::Value(*row.previous_hash) : sqlite::Value(std::nullopt);
    database.run("INSERT OR REPLACE INTO api_key_facts (tenant, id, name, sessions, networks, previous_hash, "
                 "previous_until, last_used) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                 {tenant.value, row.id, row.name, lines_of(sessions), lines_of(row.networks), previous,
                  milliseconds(row.previous_until), milliseconds(row.last_used)});
}

} // namespace

bool exists(sqlite::Database& database, TenantNumber tenant, std::string const& id)
{
    return database.query("SELECT 1 FROM api_key WHERE tenant = ?1 AND id = ?2", {tenant.value, id}).next();
}

bool hash_exists(sqlite::Database& database, ByteArray<32> const& hash)
{
    return database.query("SELECT 1 FROM api_key WHERE hash = ?1", {hash}).next();
}

bool is_of_another(sqlite::Database& database, ByteArray<32> const& hash, TenantNumber tenant,
                   std::string const& id)
{
    return database
        .query("SELECT 1 FROM api_key WHERE hash = ?1 AND NOT (tenant = ?2 AND id = ?3)",
               {hash, tenant.value, id})
        .next();
}

void insert(sqlite::Database& database, TenantNumber tenant, ApiKeyRow const& row)
{
    database.run("INSERT INTO api_key (tenant, id, hash, is_admin, created) VALUES (?1, ?2, ?3, ?4, ?5)",
                 {tenant.value, row.id, row.hash, row.is_admin, unix_milliseconds(row.created)});
    update(database, tenant, row);
}

void update(sqlite::Database& database, TenantNumber tenant, ApiKeyRow const& row)
{
    std::optional<std::int64_t> expires;
    if (row.expires) expires = unix_milliseconds(*row.expires);
    auto const session = row.session ? sqlite::Value(row.session->value) : sqlite::Value(std::nullopt);
    database.run(
        "UPDATE api_key SET hash = ?3, is_admin = ?4, session = ?5, actions = ?6, active = ?7, "
        "expires = ?8, hint = ?9 WHERE tenant = ?1 AND id = ?2",
        {tenant.value, row.id, row.hash, row.is_admin, session, row.actions, row.active, expires, row.hint});
    put_facts(database, tenant, row);
}

void erase(sqlite::Database& database, TenantNumber tenant, std::string const& id)
{
    database.run("DELETE FROM api_key WHERE tenant = ?1 AND id = ?2", {tenant.value, id});
    database.run("DELETE FROM api_key_facts WHERE tenant = ?1 AND id = ?2", {tenant.value, id});
}

std::vector<ApiKeyRow> all(sqlite::Database& database)
{
    std::vector<ApiKeyRow> found;
    auto rows =
        database.query("SELECT api_key.id, tenant.id, hash, is_admin, created, session IS NOT NULL, "
                       "ifnull(session, ''), ifnull(actions, -1), active, ifnull(expires, 0), hint, "
                       "ifnull(facts.name, ''), ifnull(facts.sessions, ''), ifnull(facts.networks, ''), "
                       "facts.previous_hash, ifnull(facts.previous_until, 0), ifnull(facts.last_used, 0) "
                       "FROM api_key JOIN tenant USING (tenant) LEFT JOIN api_key_facts AS facts "
                       "ON facts.tenant = api_key.tenant AND facts.id = api_key.id "
                       "ORDER BY tenant.id, api_key.id",
                       {});
    while (rows.next()) {
        ApiKeyRow row;
        row.id = rows.text(0);
        row.tenant = TenantId{rows.text(1)};
        row.hash = to_array<32>(rows.blob(2));
        row.is_admin = rows.integer(3) != 0;
        row.created = wall_from_milliseconds(rows.integer(4));
        if (rows.integer(5) != 0) row.session = SessionName{rows.text(6)};
        if (auto const bits = rows.integer(7); bits >= 0) row.actions = static_cast<std::uint8_t>(bits);
        row.active = rows.integer(8) != 0;
        if (auto const time = rows.integer(9); time != 0) row.expires = wall_from_milliseconds(time);
        row.hint = rows.text(10);
        row.name = rows.text(11);
        for (auto& session : words_of(rows.text(12)))
            row.more_sessions.emplace_back(std::move(session));
        row.networks = words_of(rows.text(13));
        if (auto const hash = rows.blob(14); hash.size() == 32) row.previous_hash = to_array<32>(hash);
        if (auto const time = rows.integer(15); time != 0) row.previous_until = wall_from_milliseconds(time);
        if (auto const time = rows.integer(16); time != 0) row.last_used = wall_from_milliseconds(time);
        found.push_back(std::move(row));
    }
    return found;
}

} // namespace wagate::storage::api_keys
