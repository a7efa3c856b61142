#include "storage/repository/addresses.hpp"

#include "storage/repository/records.hpp"
#include "storage/sqlite/database.hpp"

namespace wagate::storage::addresses {
namespace {

std::optional<std::string> text(sqlite::Database& database, Scope const& scope, RecordKind kind,
                                std::string const& key)
{
    auto const value = records::find(database, scope, kind, key);
    if (!value || value->empty()) return std::nullopt;
    return to_text(*value);
}

} // namespace

Jid canonical(sqlite::Database& database, Scope const& scope, Jid const& jid)
{
    auto const bare = jid.bare();
    if (!bare.is_phone()) return bare;
    auto const lid = text(database, scope, RecordKind::lid_of_phone, bare.user);
    return lid ? Jid::hidden(*lid) : Jid::phone(bare.user);
}

std::optional<Jid> phone_of(sqlite::Database& database, Scope const& scope, Jid const& jid)
{
    if (!jid.is_lid()) return std::nullopt;
    auto const phone = text(database, scope, RecordKind::phone_of_lid, jid.user);
    return phone ? std::optional{Jid::phone(*phone)} : std::nullopt;
}

std::vector<Jid> of_chat(sqlite::Database& database, Scope const& scope, Jid const& jid)
{
    std::vector<Jid> found{canonical(database, scope, jid)};
    if (auto const phone = phone_of(database, scope, found.front())) found.push_back(*phone);
    if (jid.is_phone() && found.front().is_lid() && found.size() == 1) found.push_back(jid.bare());
    return found;
}

std::optional<Pair> learnt(RecordKey const& key, ByteView value)
{
    if (value.empty()) return std::nullopt;
    if (key.first == RecordKind::lid_of_phone)
        return Pair{Jid::hidden(text_view(value)), Jid::phone(key.second)};
    return std::nullopt;
}

std::vector<Pair> pairs(sqlite::Database& database, Scope const& scope, std::size_t limit, std::size_t offset)
{
    std::vector<Pair> found;
    auto rows = database.query("SELECT key, value FROM record "
                               "WHERE tenant = ?1 AND session = ?2 AND kind = ?3 AND length(value) > ?6 "
                               "ORDER BY key LIMIT ?4 OFFSET ?5",
                               {scope.tenant.value, scope.session, static_cast<int>(RecordKind::phone_of_lid),
                                limit, offset, vault::envelope_overhead_bytes});
    while (rows.next()) {
        auto const row = vault::record_sums::row_of(scope, RecordKind::phone_of_lid, rows.text(0));
        auto const phone = database.vault().open(row, rows.blob(1));
        found.push_back({Jid::hidden(rows.text(0)), Jid::phone(text_view(phone))});
    }
    return found;
}

std::size_t count(sqlite::Database& database, Scope const& scope)
{
    auto rows = database.query(
        "SELECT count(*) FROM record WHERE tenant = ?1 AND session = ?2 AND kind = ?3 AND length(value) > ?4",
        {scope.tenant.value, scope.session, static_cast<int>(RecordKind::phone_of_lid),
         vault::envelope_overhead_bytes});
    return rows.next() ? static_cast<std::size_t>(rows.integer(0)) : 0;
}

} // namespace wagate::storage::addresses
