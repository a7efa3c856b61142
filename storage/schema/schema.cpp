#include "storage/schema/schema.hpp"

#include "storage/sqlite/database.hpp"
#include "storage/sqlite/transaction.hpp"
#include "storage/store_errc.hpp"

#include <string>

namespace wagate::storage {
namespace {

std::int64_t read_number(sqlite::Database& database, char const* pragma)
{
    auto rows = database.query(pragma, {});
    return rows.next() ? rows.integer(0) : 0;
}

ErrorCode failure(sqlite::Database& database)
{
    auto const error = database.take_error();
    return sqlite::is_damage(error) ? StoreErrc::damaged : StoreErrc::cannot_open;
}

bool apply(sqlite::Database& database, std::size_t version, char const* script)
{
    sqlite::Transaction transaction{database};
    return transaction.begun() && database.execute(script) &&
           database.execute("PRAGMA user_version = " + std::to_string(version)) && transaction.commit();
}

} // namespace

Result<void> migrate(sqlite::Database& database)
{
    auto const application = read_number(database, "PRAGMA application_id");
    auto const found = read_number(database, "PRAGMA user_version");
    auto const objects = read_number(database, "SELECT count(*) FROM sqlite_schema");
    if (database.has_error()) return failure(database);
    bool const is_new = application == 0 && found == 0 && objects == 0;
    if (!is_new && application != application_id) return StoreErrc::damaged;

    auto const scripts = migrations();
    if (found < 0) return StoreErrc::damaged;
    if (static_cast<std::size_t>(found) > scripts.size()) return StoreErrc::newer_schema;
    if (!database.enable_wal()) return failure(database);
    if (is_new && !database.execute("PRAGMA application_id = " + std::to_string(application_id)))
        return failure(database);
    for (auto version = static_cast<std::size_t>(found) + 1; version <= scripts.size(); ++version)
        if (!apply(database, version, scripts[version - 1])) return failure(database);
    return {};
}

} // namespace wagate::storage
