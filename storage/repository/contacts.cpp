#include "storage/repository/contacts.hpp"

#include "storage/sqlite/database.hpp"

namespace wagate::storage::contacts {
namespace {

#define WAGATE_CONTACTS                                                                                      \
    "SELECT jid, phone, push_name, full_name, first_name, business_name, blocked FROM contact "              \
    "WHERE tenant = ?1 AND session = ?2 "
#define WAGATE_CONTACT_NAME                                                                                  \
    "coalesce(nullif(full_name, ''), nullif(push_name, ''), nullif(business_name, ''), nullif(phone, ''), "  \
    "jid)"

std::optional<Contact> read_row(sqlite::Rows const& rows)
{
    auto jid = Jid::parse(rows.text(0));
    if (!jid) return std::nullopt;
    Contact contact;
    contact.jid = std::move(*jid);
    auto const phone = rows.text(1);
    if (contact.jid.is_phone())
        contact.phone = contact.jid;
    else if (!phone.empty())
        contact.phone = Jid::parse(phone);
    contact.push_name = rows.text(2);
    contact.full_name = rows.text(3);
    contact.first_name = rows.text(4);
    contact.business_name = rows.text(5);
    contact.blocked = rows.integer(6) != 0;
    return contact;
}

std::optional<Contact> at(sqlite::Database& database, Scope const& scope, Jid const& jid)
{
    auto rows =
        database.query(WAGATE_CONTACTS "AND jid = ?3", {scope.tenant.value, scope.session, jid.to_string()});
    if (!rows.next()) return std::nullopt;
    return read_row(rows);
}

void put(sqlite::Database& database, Scope const& scope, Contact const& contact)
{
    auto const phone =
        contact.phone && contact.phone != contact.jid ? contact.phone->to_string() : std::string{};
    database.run("INSERT INTO contact (tenant, session, jid, phone, push_name, full_name, first_name, "
                 "business_name, blocked) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
                 "ON CONFLICT DO UPDATE SET phone = excluded.phone, push_name = excluded.push_name, "
                 "full_name = excluded.full_name, first_name = excluded.first_name, "
                 "business_name = excluded.business_name, blocked = excluded.blocked",
                 {scope.tenant.value, scope.session, contact.jid.to_string(), phone, contact.push_name,
                  contact.full_name, contact.first_name, contact.business_name, contact.blocked});
}

} // namespace

void apply(sqlite::Database& database, Scope const& scope, ContactChange const& change)
{
    auto const jid = addresses::canonical(database, scope, change.jid);
    auto contact = at(database, scope, jid).value_or(Contact{});
    auto const before = contact;
    contact.jid = jid;
    contact.phone = jid.is_phone() ? std::optional{jid} : addresses::phone_of(database, scope, jid);
    if (change.push_name) contact.push_name = *change.push_name;
    if (change.full_name) contact.full_name = *change.full_name;
    if (change.first_name) contact.first_name = *change.first_name;
    if (change.business_name) contact.business_name = *change.business_name;
    if (change.blocked) contact.blocked = *change.blocked;
    if (contact != before) put(database, scope, contact);
}

void merge(sqlite::Database& database, Scope const& scope, addresses::Pair const& pair)
{
    auto const under_phone = at(database, scope, pair.phone);
    auto merged = at(database, scope, pair.lid);
    if (!under_phone && (!merged || merged->phone == pair.phone)) return;
    if (!merged) {
        merged = *under_phone;
    } else if (under_phone) {
        auto const fill = [](std::string& own, std::string const& other) {
            if (own.empty()) own = other;
        };
        fill(merged->push_name, under_phone->push_name);
        fill(merged->full_name, under_phone->full_name);
        fill(merged->first_name, under_phone->first_name);
        fill(merged->business_name, under_phone->business_name);
        merged->blocked = merged->blocked || under_phone->blocked;
    }
    merged->jid = pair.lid;
    merged->phone = pair.phone;
    database.run("DELETE FROM contact WHERE tenant = ?1 AND session = ?2 AND jid = ?3",
                 {scope.tenant.value, scope.session, pair.phone.to_string()});
    put(database, scope, *merged);
}

std::optional<Contact> find(sqlite::Database& database, Scope const& scope, Jid const& jid)
{
    return at(database, scope, addresses::canonical(database, scope, jid));
}

std::vector<Contact> list(sqlite::Database& database, Scope const& scope, ContactQuery const& query)
{
    static constexpr char const* statements[2][2] = {
        {WAGATE_CONTACTS "ORDER BY jid LIMIT ?3 OFFSET ?4",
         WAGATE_CONTACTS "ORDER BY jid DESC LIMIT ?3 OFFSET ?4"},
        {WAGATE_CONTACTS "ORDER BY " WAGATE_CONTACT_NAME " COLLATE NOCASE, jid LIMIT ?3 OFFSET ?4",
         WAGATE_CONTACTS "ORDER BY " WAGATE_CONTACT_NAME " COLLATE NOCASE DESC, jid DESC LIMIT ?3 OFFSET ?4"},
    };
    std::vector<Contact> found;
    auto rows = database.query(statements[query.by_name][query.descending],
                               {scope.tenant.value, scope.session, query.limit, query.offset});
    while (rows.next())
        if (auto contact = read_row(rows)) found.push_back(std::move(*contact));
    return found;
}

std::vector<Jid> address_book(sqlite::Database& database, Scope const& scope, std::size_t limit)
{
    std::vector<Jid> found;
    auto rows = database.query("SELECT jid FROM contact WHERE tenant = ?1 AND session = ?2 "
                               "AND full_name <> '' ORDER BY jid LIMIT ?3",
                               {scope.tenant.value, scope.session, limit});
    while (rows.next())
        if (auto jid = Jid::parse(rows.text(0))) found.push_back(std::move(*jid));
    return found;
}

} // namespace wagate::storage::contacts
