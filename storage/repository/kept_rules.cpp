#include "storage/repository/kept_rules.hpp"

#include "storage/sqlite/database.hpp"

namespace wagate::storage::kept_rules {
namespace {

/// Numbers that are not set are read as -1.
KeptLimit limit_of(std::int64_t age, std::int64_t bytes)
{
    KeptLimit limit;
    if (age >= 0) limit.age = Milliseconds(age);
    if (bytes >= 0) limit.bytes = static_cast<std::uint64_t>(bytes);
    return limit;
}

std::optional<std::int64_t> age_of(KeptLimit const& limit)
{
    return limit.age ? std::optional<std::int64_t>(limit.age->count()) : std::nullopt;
}

} // namespace

KeptRules of_tenant(sqlite::Database& database, TenantNumber tenant)
{
    KeptRules rules;
    auto rows = database.query("SELECT kind, ifnull(age, -1), ifnull(bytes, -1), ifnull(most_age, -1), "
                               "ifnull(most_bytes, -1) FROM kept_rule WHERE tenant = ?1",
                               {tenant.value});
    while (rows.next()) {
        auto const kind = static_cast<std::size_t>(rows.integer(0));
        if (kind >= rules.size()) continue;
        rules[kind] = {limit_of(rows.integer(1), rows.integer(2)),
                       limit_of(rows.integer(3), rows.integer(4))};
    }
    return rules;
}

void put(sqlite::Database& database, TenantNumber tenant, KeptRules const& rules)
{
    database.run("DELETE FROM kept_rule WHERE tenant = ?1", {tenant.value});
    for (std::size_t kind = 0; kind < rules.size(); ++kind) {
        auto const& rule = rules[kind];
        if (rule == KeptRule{}) continue;
        database.run(
            "INSERT INTO kept_rule (tenant, kind, age, bytes, most_age, most_bytes) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            {tenant.value, kind, age_of(rule.own), rule.own.bytes, age_of(rule.most), rule.most.bytes});
    }
}

} // namespace wagate::storage::kept_rules
