#include "storage/repository/messages.hpp"

#include "storage/repository/addresses.hpp"
#include "storage/repository/member_receipts.hpp"
#include "storage/repository/row_names.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/vault/vault.hpp"

#include <algorithm>
#include <limits>

namespace wagate::storage::messages {
namespace {

/// Where a message stands in the order of its session.
struct Position {
    std::int64_t timestamp = 0;
    std::int64_t ordinal = 0;
    auto operator<=>(Position const&) const = default;
};

struct Stored {
    Position position;
    Ack ack = Ack::pending;
    MessageKind kind = MessageKind::text;
};

struct Listed {
    Position position;
    Message message;
};

vault::RowName row_of(Scope const& scope, Position position)
{
    return row_names::message(scope, position.timestamp, position.ordinal);
}

Ack advance(Ack current, Ack next)
{
    return next == Ack::error ? next : std::max(current, next);
}

std::optional<Stored> find_stored(sqlite::Database& database, Scope const& scope, std::string_view chat,
                                  MessageId const& id)
{
    auto rows = database.query("SELECT timestamp, ordinal, ack, kind FROM message "
                               "WHERE tenant = ?1 AND session = ?2 AND chat = ?3 AND id = ?4",
                               {scope.tenant.value, scope.session, chat, id.value});
    if (!rows.next()) return std::nullopt;
    return Stored{{rows.integer(0), rows.integer(1)},
                  static_cast<Ack>(rows.integer(2)),
                  static_cast<MessageKind>(rows.integer(3))};
}

std::int64_t next_ordinal(sqlite::Database& database, Scope const& scope, std::int64_t timestamp)
{
    auto rows = database.query(
        "SELECT ordinal + 1 FROM message WHERE tenant = ?1 AND session = ?2 AND timestamp = ?3 "
        "ORDER BY ordinal DESC LIMIT 1",
        {scope.tenant.value, scope.session, timestamp});
    return rows.next() ? rows.integer(0) : 1;
}

void insert(sqlite::Database& database, Scope const& scope, Position position, Message const& message)
{
    database.run(
        "INSERT INTO message (tenant, session, timestamp, ordinal, chat, id, from_me, kind, ack, value) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        {scope.tenant.value, scope.session, position.timestamp, position.ordinal, message.chat.to_string(),
         message.id.value, message.from_me, static_cast<int>(message.kind), static_cast<int>(message.ack),
         database.vault().seal(row_of(scope, position), serialize(message))});
}

/// At its place and under its id, so that no index changes.
void replace_at(sqlite::Database& database, Scope const& scope, Position position, Message const& message)
{
    database.run("UPDATE message SET from_me = ?5, kind = ?6, ack = ?7, value = ?8 "
                 "WHERE tenant = ?1 AND session = ?2 AND timestamp = ?3 AND ordinal = ?4",
                 {scope.tenant.value, scope.session, position.timestamp, position.ordinal, message.from_me,
                  static_cast<int>(message.kind), static_cast<int>(message.ack),
                  database.vault().seal(row_of(scope, position), serialize(message))});
}

void erase_at(sqlite::Database& database, Scope const& scope, Position position)
{
    database.run("DELETE FROM message WHERE tenant = ?1 AND session = ?2 AND timestamp = ?3 AND ordinal = ?4",
                 {scope.tenant.value, scope.session, position.timestamp, position.ordinal});
}

void set_ack(sqlite::Database& database, Scope const& scope, Position position, Ack ack)
{
    database.run(
        "UPDATE message SET ack = ?5 WHERE tenant = ?1 AND session = ?2 AND timestamp = ?3 AND ordinal = ?4",
        {scope.tenant.value, scope.session, position.timestamp, position.ordinal, static_cast<int>(ack)});
}

/// The row's ack column is the truth; the serialized message holds the one it was written with.
/// Expects the columns timestamp, ordinal, ack, value.
std::optional<Message> parse(sqlite::Database& database, Scope const& scope, sqlite::Rows const& rows)
{
    Position const position{rows.integer(0), rows.integer(1)};
    auto message = parse_message(database.vault().open(row_of(scope, position), rows.blob(3)));
    if (message) message->ack = static_cast<Ack>(rows.integer(2));
    return message;
}

/// One chat, or all of them when `chat` is null; at most `limit` messages.
std::vector<Listed> list_chat(sqlite::Database& database, Scope const& scope, std::string const* chat,
                              MessageQuery const& query, std::size_t limit)
{
    // The index is named because the planner, without statistics, prefers to walk the whole session in time's
    // order.
    static_assert(static_cast<int>(MessageKind::control) == 4);
    static constexpr char const* statements[2][2] = {
        {"SELECT timestamp, ordinal, ack, value FROM message WHERE tenant = ?1 AND session = ?2 "
         "AND timestamp BETWEEN ?4 AND ?5 AND from_me = ifnull(?6, from_me) AND ack = ifnull(?7, ack) AND ?3 "
         "IS NULL AND kind <> 4 "
         "ORDER BY timestamp, ordinal LIMIT ?8",
         "SELECT timestamp, ordinal, ack, value FROM message WHERE tenant = ?1 AND session = ?2 "
         "AND timestamp BETWEEN ?4 AND ?5 AND from_me = ifnull(?6, from_me) AND ack = ifnull(?7, ack) AND ?3 "
         "IS NULL AND kind <> 4 "
         "ORDER BY timestamp DESC, ordinal DESC LIMIT ?8"},
        {"SELECT timestamp, ordinal, ack, value FROM message INDEXED BY message_by_chat "
         "WHERE tenant = ?1 AND session = ?2 AND chat = ?3 "
         "AND timestamp BETWEEN ?4 AND ?5 AND from_me = ifnull(?6, from_me) AND ack = ifnull(?7, ack) AND "
         "kind <> 4 "
         "ORDER BY timestamp, ordinal LIMIT ?8",
         "SELECT timestamp, ordinal, ack, value FROM message INDEXED BY message_by_chat "
         "WHERE tenant = ?1 AND session = ?2 AND chat = ?3 "
         "AND timestamp BETWEEN ?4 AND ?5 AND from_me = ifnull(?6, from_me) AND ack = ifnull(?7, ack) AND "
         "kind <> 4 "
         "ORDER BY timestamp DESC, ordinal DESC LIMIT ?8"},
    };
    auto const from = query.from ? unix_milliseconds(*query.from) : std::numeric_limits<std::int64_t>::min();
    auto const until =
        query.until ? unix_milliseconds(*query.until) : std::numeric_limits<std::int64_t>::max();
    auto const ack = query.ack ? std::optional{static_cast<int>(*query.ack)} : std::nullopt;
    sqlite::Value const chat_value = chat ? sqlite::Value{*chat} : sqlite::Value{std::nullopt};

    std::vector<Listed> found;
    auto rows = database.query(
        statements[chat != nullptr][query.newest_first],
        {scope.tenant.value, scope.session, chat_value, from, until, query.from_me, ack, limit});
    while (rows.next())
        if (auto message = parse(database, scope, rows))
            found.push_back({{rows.integer(0), rows.integer(1)}, std::move(*message)});
    return found;
}

std::size_t saturated_sum(std::size_t left, std::size_t right)
{
    return left > std::numeric_limits<std::size_t>::max() - right ? std::numeric_limits<std::size_t>::max()
                                                                  : left + right;
}

} // namespace

void put(sqlite::Database& database, Scope const& scope, Message const& message)
{
    auto const timestamp = unix_milliseconds(message.timestamp);
    auto const old = find_stored(database, scope, message.chat.to_string(), message.id);
    if (!old) return insert(database, scope, {timestamp, next_ordinal(database, scope, timestamp)}, message);

    auto const ack = advance(old->ack, message.ack);
    if (message.kind == MessageKind::waiting && old->kind != MessageKind::waiting)
        return set_ack(database, scope, old->position, ack);
    auto replacement = message;
    replacement.ack = ack;
    if (timestamp == old->position.timestamp) return replace_at(database, scope, old->position, replacement);
    erase_at(database, scope, old->position);
    insert(database, scope, {timestamp, next_ordinal(database, scope, timestamp)}, replacement);
}

void acknowledge(sqlite::Database& database, Scope const& scope, AckChange const& change)
{
    auto const old = find_stored(database, scope, change.chat.to_string(), change.id);
    if (!old) return;
    auto const ack = advance(old->ack, change.ack);
    if (ack != old->ack) set_ack(database, scope, old->position, ack);
}

void erase(sqlite::Database& database, Scope const& scope, Jid const& chat, MessageId const& id)
{
    auto const old = find_stored(database, scope, chat.to_string(), id);
    if (!old) return;
    erase_at(database, scope, old->position);
    member_receipts::erase(database, scope, chat, id);
}

void erase_chat(sqlite::Database& database, Scope const& scope, Jid const& chat)
{
    database.run("DELETE FROM message WHERE tenant = ?1 AND session = ?2 AND (timestamp, ordinal) IN "
                 "(SELECT timestamp, ordinal FROM message INDEXED BY message_by_chat "
                 "WHERE tenant = ?1 AND session = ?2 AND chat = ?3)",
                 {scope.tenant.value, scope.session, chat.to_string()});
    member_receipts::erase_chat(database, scope, chat);
}

std::optional<Message> find(sqlite::Database& database, Scope const& scope, Jid const& chat,
                            MessageId const& id)
{
    auto rows = database.query("SELECT timestamp, ordinal, ack, value FROM message "
                               "WHERE tenant = ?1 AND session = ?2 AND chat = ?3 AND id = ?4",
                               {scope.tenant.value, scope.session, chat.to_string(), id.value});
    if (!rows.next()) return std::nullopt;
    return parse(database, scope, rows);
}

std::vector<Message> with_id(sqlite::Database& database, Scope const& scope, MessageId const& id)
{
    std::vector<Message> found;
    auto rows = database.query("SELECT timestamp, ordinal, ack, value FROM message "
                               "INDEXED BY message_by_id "
                               "WHERE tenant = ?1 AND session = ?2 AND id = ?3 ORDER BY chat",
                               {scope.tenant.value, scope.session, id.value});
    while (rows.next())
        if (auto message = parse(database, scope, rows)) found.push_back(std::move(*message));
    return found;
}

std::vector<Message> list(sqlite::Database& database, Scope const& scope, MessageQuery const& query)
{
    // Each JID of the chat is one ordered range; merging two of them beats sorting the whole chat.
    auto const reach = saturated_sum(query.limit, query.offset);
    std::vector<Listed> found;
    if (query.chat.user.empty()) {
        found = list_chat(database, scope, nullptr, query, reach);
    } else {
        auto const chat = query.chat.to_string();
        found = list_chat(database, scope, &chat, query, reach);
        if (query.chat_alias && *query.chat_alias != query.chat) {
            auto const alias = query.chat_alias->to_string();
            auto more = list_chat(database, scope, &alias, query, reach);
            std::move(more.begin(), more.end(), std::back_inserter(found));
            std::sort(found.begin(), found.end(), [&](Listed const& left, Listed const& right) {
                return query.newest_first ? left.position > right.position : left.position < right.position;
            });
        }
    }
    std::vector<Message> page;
    for (auto i = query.offset; i < found.size() && page.size() < query.limit; ++i)
        page.push_back(std::move(found[i].message));
    return page;
}

std::vector<Message> newest(sqlite::Database& database, Scope const& scope, Jid const& chat,
                            std::size_t limit)
{
    auto const addresses = addresses::of_chat(database, scope, chat);
    MessageQuery query;
    query.chat = addresses.front();
    if (addresses.size() > 1) query.chat_alias = addresses.back();
    query.limit = limit;
    return list(database, scope, query);
}

} // namespace wagate::storage::messages
