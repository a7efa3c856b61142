#include "storage/repository/chats.hpp"

#include "storage/repository/contacts.hpp"
#include "storage/repository/messages.hpp"
#include "storage/sqlite/database.hpp"

#include <algorithm>
#include <limits>

namespace wagate::storage::chats {
namespace {

std::optional<std::int64_t> milliseconds(std::optional<WallTime> time)
{
    return time ? std::optional{unix_milliseconds(*time)} : std::nullopt;
}

/// Times that are not set are read as the smallest number.
constexpr auto unset = std::numeric_limits<std::int64_t>::min();

std::optional<WallTime> time_of(std::int64_t stored)
{
    return stored == unset ? std::nullopt : std::optional{wall_from_milliseconds(stored)};
}

#define WAGATE_CHAT_COLUMNS                                                                                  \
    "chat.jid, chat.phone, chat.name, chat.unread, chat.marked_unread, chat.archived, "                      \
    "ifnull(chat.pinned, -9223372036854775808), ifnull(chat.muted_until, -9223372036854775808), "            \
    "chat.expiration, ifnull(chat.expiration_set, -9223372036854775808), chat.activity"

/// Nothing for an address that is none: nobody has written it.
std::optional<Chat> read_row(sqlite::Rows const& rows)
{
    auto jid = Jid::parse(rows.text(0));
    if (!jid) return std::nullopt;
    Chat chat;
    chat.jid = std::move(*jid);
    if (chat.jid.is_phone())
        chat.phone = chat.jid;
    else
        chat.phone = Jid::parse(rows.text(1));
    chat.name = rows.text(2);
    chat.unread = static_cast<std::uint32_t>(rows.integer(3));
    chat.marked_unread = rows.integer(4) != 0;
    chat.archived = rows.integer(5) != 0;
    chat.pinned = time_of(rows.integer(6));
    chat.muted_until = time_of(rows.integer(7));
    chat.expiration = std::chrono::seconds{rows.integer(8)};
    chat.expiration_set = time_of(rows.integer(9));
    chat.last_activity = wall_from_milliseconds(rows.integer(10));
    if (chat.phone && chat.phone->is_server()) chat.phone.reset();
    return chat;
}

std::optional<Chat> at(sqlite::Database& database, Scope const& scope, Jid const& jid)
{
    auto rows = database.query("SELECT " WAGATE_CHAT_COLUMNS " FROM chat "
                               "WHERE tenant = ?1 AND session = ?2 AND jid = ?3",
                               {scope.tenant.value, scope.session, jid.to_string()});
    if (!rows.next()) return std::nullopt;
    return read_row(rows);
}

void put(sqlite::Database& database, Scope const& scope, Chat const& chat)
{
    auto const phone = chat.phone && chat.phone != chat.jid ? chat.phone->to_string() : std::string{};
    database.run(
        "INSERT INTO chat (tenant, session, jid, phone, name, unread, marked_unread, archived, pinned, "
        "muted_until, expiration, expiration_set, activity) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) "
        "ON CONFLICT DO UPDATE SET phone = excluded.phone, name = excluded.name, "
        "unread = excluded.unread, marked_unread = excluded.marked_unread, "
        "archived = excluded.archived, pinned = excluded.pinned, muted_until = excluded.muted_until, "
        "expiration = excluded.expiration, expiration_set = excluded.expiration_set, "
        "activity = excluded.activity",
        {scope.tenant.value, scope.session, chat.jid.to_string(), phone, chat.name, chat.unread,
         chat.marked_unread, chat.archived, milliseconds(chat.pinned), milliseconds(chat.muted_until),
         std::int64_t{chat.expiration.count()}, milliseconds(chat.expiration_set),
         unix_milliseconds(chat.last_activity)});
}

void erase(sqlite::Database& database, Scope const& scope, Jid const& jid)
{
    database.run("DELETE FROM chat WHERE tenant = ?1 AND session = ?2 AND jid = ?3",
                 {scope.tenant.value, scope.session, jid.to_string()});
}

void erase_messages(sqlite::Database& database, Scope const& scope, Jid const& jid)
{
    for (auto const& address : addresses::of_chat(database, scope, jid))
        messages::erase_chat(database, scope, address);
}

std::optional<ChatEntry> read_entry(sqlite::Rows const& rows)
{
    auto chat = read_row(rows);
    if (!chat) return std::nullopt;
    ChatEntry entry;
    entry.chat = std::move(*chat);
    if (rows.integer(11) != 0) {
        Contact contact;
        contact.jid = entry.chat.jid;
        contact.phone = entry.chat.phone;
        contact.push_name = rows.text(12);
        contact.full_name = rows.text(13);
        contact.first_name = rows.text(14);
        contact.business_name = rows.text(15);
        contact.blocked = rows.integer(16) != 0;
        entry.contact = std::move(contact);
    }
    return entry;
}

#define WAGATE_ENTRIES                                                                                       \
    "SELECT " WAGATE_CHAT_COLUMNS ", contact.jid IS NOT NULL, ifnull(contact.push_name, ''), "               \
    "ifnull(contact.full_name, ''), ifnull(contact.first_name, ''), ifnull(contact.business_name, ''), "     \
    "ifnull(contact.blocked, 0) FROM chat LEFT JOIN contact "                                                \
    "ON contact.tenant = chat.tenant AND contact.session = chat.session AND contact.jid = chat.jid "         \
    "WHERE chat.tenant = ?1 AND chat.session = ?2 "
#define WAGATE_SHOWN_NAME                                                                                    \
    "coalesce(nullif(chat.name, ''), nullif(contact.full_name, ''), nullif(contact.push_name, ''), "         \
    "nullif(contact.business_name, ''), nullif(chat.phone, ''), chat.jid)"

char const* statement(ChatSort sort, bool descending)
{
    static constexpr char const* statements[3][2] = {
        {WAGATE_ENTRIES "ORDER BY chat.activity, chat.jid LIMIT ?3 OFFSET ?4",
         WAGATE_ENTRIES "ORDER BY chat.activity DESC, chat.jid DESC LIMIT ?3 OFFSET ?4"},
        {WAGATE_ENTRIES "ORDER BY chat.jid LIMIT ?3 OFFSET ?4",
         WAGATE_ENTRIES "ORDER BY chat.jid DESC LIMIT ?3 OFFSET ?4"},
        {WAGATE_ENTRIES "ORDER BY " WAGATE_SHOWN_NAME " COLLATE NOCASE, chat.jid LIMIT ?3 OFFSET ?4",
         WAGATE_ENTRIES "ORDER BY " WAGATE_SHOWN_NAME
                        " COLLATE NOCASE DESC, chat.jid DESC LIMIT ?3 OFFSET ?4"},
    };
    return statements[static_cast<std::size_t>(sort)][descending];
}

std::vector<ChatEntry> named(sqlite::Database& database, Scope const& scope, ChatQuery const& query)
{
    std::vector<Jid> known;
    std::vector<ChatEntry> found;
    for (auto const& id : query.ids) {
        auto chat = find(database, scope, id);
        if (!chat || std::find(known.begin(), known.end(), chat->jid) != known.end()) continue;
        known.push_back(chat->jid);
        auto contact = contacts::find(database, scope, chat->jid);
        found.push_back({std::move(*chat), std::move(contact), std::nullopt});
    }
    auto const shown = [](ChatEntry const& entry) {
        if (!entry.chat.name.empty() || !entry.contact) return entry.chat.name;
        return entry.contact->full_name.empty() ? entry.contact->push_name : entry.contact->full_name;
    };
    std::stable_sort(found.begin(), found.end(), [&](ChatEntry const& one, ChatEntry const& two) {
        auto const& left = query.descending ? two : one;
        auto const& right = query.descending ? one : two;
        switch (query.sort) {
        case ChatSort::activity: return left.chat.last_activity < right.chat.last_activity;
        case ChatSort::id: return left.chat.jid.to_string() < right.chat.jid.to_string();
        case ChatSort::name: return shown(left) < shown(right);
        }
        return false;
    });
    std::vector<ChatEntry> page;
    for (auto i = query.offset; i < found.size() && page.size() < query.limit; ++i)
        page.push_back(std::move(found[i]));
    return page;
}

} // namespace

void apply(sqlite::Database& database, Scope const& scope, ChatChange const& change)
{
    auto const jid = addresses::canonical(database, scope, change.jid);
    if (change.cleared || change.removed) erase_messages(database, scope, jid);
    if (change.removed) {
        erase(database, scope, jid);
        return;
    }
    auto chat = at(database, scope, jid).value_or(Chat{});
    auto const before = chat;
    chat.jid = jid;
    chat.phone = jid.is_phone() ? std::optional{jid} : addresses::phone_of(database, scope, jid);
    if (change.name) chat.name = *change.name;
    if (change.unread) chat.unread = *change.unread;
    chat.unread += change.unread_more;
    if (change.marked_unread) chat.marked_unread = *change.marked_unread;
    if (change.archived) chat.archived = *change.archived;
    if (change.pinned) chat.pinned = *change.pinned;
    if (change.muted_until) chat.muted_until = *change.muted_until;
    if (change.expiration) chat.expiration = *change.expiration;
    if (change.expiration_set) chat.expiration_set = change.expiration_set;
    if (change.activity) chat.last_activity = std::max(chat.last_activity, *change.activity);
    if (chat != before) put(database, scope, chat);
}

void merge(sqlite::Database& database, Scope const& scope, addresses::Pair const& pair)
{
    auto under_phone = at(database, scope, pair.phone);
    auto merged = at(database, scope, pair.lid);
    if (!under_phone && (!merged || merged->phone == pair.phone)) return;
    if (!merged) {
        merged = *under_phone;
    } else if (under_phone) {
        if (merged->name.empty()) merged->name = under_phone->name;
        merged->unread += under_phone->unread;
        merged->marked_unread = merged->marked_unread || under_phone->marked_unread;
        merged->archived = merged->archived && under_phone->archived;
        if (!merged->pinned) merged->pinned = under_phone->pinned;
        if (!merged->muted_until) merged->muted_until = under_phone->muted_until;
        if (!merged->expiration_set) {
            merged->expiration = under_phone->expiration;
            merged->expiration_set = under_phone->expiration_set;
        }
        merged->last_activity = std::max(merged->last_activity, under_phone->last_activity);
    }
    merged->jid = pair.lid;
    merged->phone = pair.phone;
    if (under_phone) erase(database, scope, pair.phone);
    put(database, scope, *merged);
}

std::optional<Chat> find(sqlite::Database& database, Scope const& scope, Jid const& jid)
{
    return at(database, scope, addresses::canonical(database, scope, jid));
}

std::vector<ChatEntry> list(sqlite::Database& database, Scope const& scope, ChatQuery const& query)
{
    if (!query.ids.empty()) return named(database, scope, query);
    std::vector<ChatEntry> found;
    auto rows = database.query(statement(query.sort, query.descending),
                               {scope.tenant.value, scope.session, query.limit, query.offset});
    while (rows.next())
        if (auto entry = read_entry(rows)) found.push_back(std::move(*entry));
    return found;
}

} // namespace wagate::storage::chats
