#include "storage/repository/persons.hpp"

#include "storage/repository/addresses.hpp"
#include "storage/repository/messages.hpp"
#include "storage/repository/outbox.hpp"
#include "storage/repository/quotes.hpp"
#include "storage/repository/records.hpp"
#include "storage/repository/row_names.hpp"
#include "storage/repository/tenant_log.hpp"
#include "storage/repository/waiting.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/vault/record_sums.hpp"
#include "storage/vault/vault.hpp"

#include <algorithm>

namespace wagate::storage::persons {
namespace {

/// What one page reads: messages and events may be large.
constexpr std::int64_t page_rows = 200;

bool is_word(char c) noexcept
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// @return whether there was a quote of the person
bool strip_quote(Message& message, Person const& person)
{
    bool const quotes =
        message.quoted && message.quoted->participant && person.is(*message.quoted->participant);
    if (quotes) {
        message.quoted->body.clear();
        message.quoted->participant.reset();
    }
    auto const is_author = [&](std::string_view address) {
        auto const jid = Jid::parse(address);
        return jid && person.is(*jid);
    };
    auto content = quotes::without(message.content, is_author);
    if (content) message.content = std::move(*content);
    return quotes || content;
}

bool is_about(Message const& message, Person const& person)
{
    if (person.is(message.chat) || person.is(message.sender)) return true;
    return (message.chat_phone && person.is(*message.chat_phone)) ||
           (message.sender_phone && person.is(*message.sender_phone));
}

} // namespace

bool Person::is(Jid const& jid) const noexcept
{
    auto const bare = jid.bare();
    return std::find(addresses.begin(), addresses.end(), bare) != addresses.end();
}

bool Person::is_named_in(std::string_view bytes) const noexcept
{
    for (auto const& user : users) {
        for (auto at = bytes.find(user); at != std::string_view::npos; at = bytes.find(user, at + 1)) {
            auto const end = at + user.size();
            bool const begins = at == 0 || !is_word(bytes[at - 1]);
            bool const ends = end == bytes.size() || !is_word(bytes[end]);
            if (begins && ends) return true;
        }
    }
    return false;
}

Person find(sqlite::Database& database, Scope const& scope, Jid const& person)
{
    Person found;
    found.addresses = addresses::of_chat(database, scope, person);
    auto const bare = person.bare();
    if (!found.is(bare)) found.addresses.push_back(bare);
    for (auto const& address : found.addresses)
        found.users.push_back(address.user);
    return found;
}

MessagePage messages(sqlite::Database& database, Scope const& scope, Person const& person,
                     MessagePlace const& after)
{
    MessagePage page;
    auto rows =
        database.query("SELECT timestamp, ordinal, value, id FROM message "
                       "WHERE tenant = ?1 AND session = ?2 AND (timestamp, ordinal) > (?3, ?4) "
                       "ORDER BY timestamp, ordinal LIMIT ?5",
                       {scope.tenant.value, scope.session, after.timestamp, after.ordinal, page_rows});
    while (rows.next()) {
        page.next = MessagePlace{rows.integer(0), rows.integer(1)};
        auto const row = row_names::message(scope, rows.integer(0), rows.integer(1));
        auto message = parse_message(database.vault().open(row, rows.blob(2)));
        if (!message) continue;
        if (is_about(*message, person)) {
            if (outbox::find(database, scope, message->id))
                ++page.unfinished;
            else
                page.doomed.push_back(std::move(*message));
        } else if (strip_quote(*message, person)) {
            page.quoting.push_back(std::move(*message));
        }
    }
    return page;
}

void erase(sqlite::Database& database, Scope const& scope, MessagePage const& page, ErasedPerson& erased)
{
    for (auto const& message : page.doomed)
        messages::erase(database, scope, message.chat, message.id);
    for (auto const& name : page.quoting) {
        // As it is by now: it may have been edited since.
        auto message = messages::find(database, scope, name.chat, name.id);
        if (!message) continue;
        message->quoted = name.quoted;
        message->content = name.content;
        messages::put(database, scope, *message);
    }
    erased.messages += page.doomed.size();
    erased.quotes += page.quoting.size();
    erased.unfinished += page.unfinished;
}

EventPage events(sqlite::Database& database, Scope const& scope, Person const& person, std::uint64_t after)
{
    EventPage page;
    auto rows =
        database.query("SELECT sequence, value FROM event "
                       "WHERE tenant = ?1 AND session = ?2 AND sequence > ?3 ORDER BY sequence LIMIT ?4",
                       {scope.tenant.value, scope.session, after, page_rows});
    while (rows.next()) {
        page.next = static_cast<std::uint64_t>(rows.integer(0));
        auto const event = database.vault().open(row_names::event(scope, *page.next), rows.blob(1));
        if (person.is_named_in(text_view(event))) page.sequences.push_back(*page.next);
    }
    return page;
}

void redact(sqlite::Database& database, Scope const& scope, EventPage const& page, ErasedPerson& erased)
{
    std::int64_t released = 0;
    for (auto const sequence : page.sequences) {
        {
            auto rows = database.query(
                "SELECT length(value) FROM event WHERE tenant = ?1 AND session = ?2 AND sequence = ?3",
                {scope.tenant.value, scope.session, sequence});
            if (!rows.next()) continue;
            released += rows.integer(0);
        }
        auto const nothing = database.vault().seal(row_names::event(scope, sequence), {});
        released -= static_cast<std::int64_t>(nothing.size());
        database.run("UPDATE event SET value = ?4 WHERE tenant = ?1 AND session = ?2 AND sequence = ?3",
                     {scope.tenant.value, scope.session, sequence, nothing});
        ++erased.events;
    }
    tenant_log::release(database, scope.tenant, released);
}

LetterPage letters(sqlite::Database& database, Scope const& scope, Person const& person, std::uint64_t after)
{
    LetterPage page;
    auto rows = database.query("SELECT number, value FROM dead_letter WHERE tenant = ?1 AND number > ?3 "
                               "AND session = ?2 ORDER BY number LIMIT ?4",
                               {scope.tenant.value, scope.session, after, page_rows});
    while (rows.next()) {
        page.next = static_cast<std::uint64_t>(rows.integer(0));
        auto const row = row_names::dead_letter(scope.tenant, *page.next, row_names::LetterColumn::value);
        auto const event = database.vault().open(row, rows.blob(1));
        if (person.is_named_in(text_view(event))) page.numbers.push_back(*page.next);
    }
    return page;
}

void erase(sqlite::Database& database, Scope const& scope, LetterPage const& page, ErasedPerson& erased)
{
    std::int64_t released = 0;
    for (auto const number : page.numbers) {
        auto rows = database.query("DELETE FROM dead_letter WHERE tenant = ?1 AND number = ?2 RETURNING size",
                                   {scope.tenant.value, number});
        while (rows.next()) {
            released += rows.integer(0);
            ++erased.dead_letters;
        }
    }
    tenant_log::release(database, scope.tenant, released);
}

bool erase_rest(sqlite::Database& database, Scope const& scope, Person const& person, ErasedPerson& erased,
                std::vector<RecordKey>& gone)
{
    std::size_t rows_left = static_cast<std::size_t>(step_rows);
    struct Receipt {
        std::string chat;
        std::string id;
        std::string member;
    };
    std::vector<Receipt> receipts;
    std::vector<Bytes> keys;
    for (auto const& address : person.addresses) {
        auto const text = address.to_string();
        {
            auto rows = database.query("SELECT chat, id, member FROM member_receipt WHERE tenant = ?1 "
                                       "AND session = ?2 AND (member = ?3 OR chat = ?3) LIMIT ?4",
                                       {scope.tenant.value, scope.session, text, rows_left});
            while (rows.next())
                receipts.push_back({rows.text(0), rows.text(1), rows.text(2)});
        }
        {
            auto rows = database.query(
                "SELECT key_hash FROM idempotency WHERE tenant = ?1 AND session = ?2 AND chat = ?3 LIMIT ?4",
                {scope.tenant.value, scope.session, text, rows_left});
            while (rows.next())
                keys.push_back(to_bytes(rows.blob(0)));
        }
        database.run("DELETE FROM chat WHERE tenant = ?1 AND session = ?2 AND (jid = ?3 OR phone = ?3)",
                     {scope.tenant.value, scope.session, text});
        erased.chats += static_cast<std::size_t>(database.changes());
        database.run("DELETE FROM contact WHERE tenant = ?1 AND session = ?2 AND (jid = ?3 OR phone = ?3)",
                     {scope.tenant.value, scope.session, text});
        erased.contacts += static_cast<std::size_t>(database.changes());
    }
    for (auto const& receipt : receipts)
        database.run(
            "DELETE FROM member_receipt WHERE tenant = ?1 AND session = ?2 AND chat = ?3 AND id = ?4 "
            "AND member = ?5",
            {scope.tenant.value, scope.session, receipt.chat, receipt.id, receipt.member});
    for (auto const& key : keys)
        database.run("DELETE FROM idempotency WHERE tenant = ?1 AND session = ?2 AND key_hash = ?3",
                     {scope.tenant.value, scope.session, key});
    erased.receipts += receipts.size();
    erased.idempotency_keys += keys.size();

    std::vector<std::string> waiting;
    {
        auto rows = database.query("SELECT key FROM waiting WHERE tenant = ?1 AND session = ?2",
                                   {scope.tenant.value, scope.session});
        while (rows.next())
            if (person.is_named_in(rows.text(0))) waiting.push_back(rows.text(0));
    }
    for (auto const& key : waiting)
        waiting::erase(database, scope, key);
    erased.waiting += waiting.size();

    std::vector<RecordKey> records;
    for (auto const kind : {RecordKind::retry_state, RecordKind::privacy_token}) {
        auto rows = database.query("SELECT key FROM record WHERE tenant = ?1 AND session = ?2 AND kind = ?3",
                                   {scope.tenant.value, scope.session, static_cast<int>(kind)});
        while (rows.next())
            if (person.is_named_in(rows.text(0))) records.emplace_back(kind, rows.text(0));
    }
    vault::RecordDelta delta;
    for (auto const& key : records)
        records::erase(database, scope, key, delta);
    vault::record_sums::change(database, scope, delta);
    erased.records += records.size();
    gone.insert(gone.end(), records.begin(), records.end());
    return receipts.size() >= rows_left || keys.size() >= rows_left;
}

} // namespace wagate::storage::persons
