// How long data is kept, and how a person's data goes.
#include "storage/keeper.hpp"
#include "storage/repository/quotes.hpp"
#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace wagate;
using namespace wagate::test;
using storage::KeptKind;
using storage::KeptLimit;
using storage::KeptRules;

namespace {

using storage::in_force;

constexpr Milliseconds day = std::chrono::hours(24);

struct KeptFixture : StoreFixture {
    storage::Keeper& keeper() { return storage::keeper_of(*store); }

    void add(SessionKey const& session, Message message)
    {
        UnitOfWork work;
        ChatChange chat;
        chat.jid = message.chat;
        chat.unread_more = 1;
        work.messages.push_back(std::move(message));
        work.chats.push_back(std::move(chat));
        commit(session, std::move(work));
    }
    void add_days(SessionKey const& session, int count, std::size_t bytes = 10)
    {
        for (int i = 0; i < count; ++i)
            add(session, text_message("4917000000001", "ID" + std::to_string(i), std::string(bytes, 'x'),
                                      start_time + i * day));
    }
    void keep(SessionKey const& session, KeptKind kind, KeptLimit limit)
    {
        auto rules = keeper().kept_rules(session.tenant);
        rules[static_cast<std::size_t>(kind)].own = limit;
        rules[static_cast<std::size_t>(kind)].most = KeptLimit{Milliseconds(1'000 * day), 1u << 30};
        keeper().set_kept_rules(session.tenant, rules).value();
    }
    std::size_t count(SessionKey const& session)
    {
        storage::MessageQuery query;
        query.limit = 10'000;
        return store->messages(session, query).size();
    }
    /// Of the database and its log, as they are on the disk.
    bool is_on_disk(std::string const& text)
    {
        for (auto const* name : {"wagate.db", "wagate.db-wal"}) {
            std::ifstream file(directory / name, std::ios::binary);
            std::string const bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
            if (bytes.find(text) != std::string::npos) return true;
        }
        return false;
    }
};

Message in_group(std::string_view sender, std::string_view id, std::string_view body)
{
    auto message = text_message(sender, id, body);
    message.chat = *Jid::parse("120363000000000001@g.us");
    return message;
}

} // namespace

TEST_CASE("what holds is the smaller of what was chosen and what may be", "[storage][retention]")
{
    KeptLimit const configured{Milliseconds(7 * day), 1'000};
    CHECK(in_force({}, configured) == configured);
    CHECK(in_force({{Milliseconds(3 * day), std::nullopt}, {}}, configured) ==
          KeptLimit{Milliseconds(3 * day), 1'000});
    CHECK(in_force({{Milliseconds(30 * day), 5'000}, {}}, configured) == configured);
    CHECK(in_force({{Milliseconds(30 * day), 5'000}, {Milliseconds(20 * day), 9'000}}, configured) ==
          KeptLimit{Milliseconds(20 * day), 5'000});
    CHECK(in_force({}, {}) == KeptLimit{});
}

TEST_CASE_METHOD(KeptFixture, "rules are a tenant's own and survive a restart", "[storage][retention]")
{
    keep(a, KeptKind::messages, {Milliseconds(3 * day), std::nullopt});
    reopen();
    auto const rules = keeper().kept_rules(a.tenant);
    CHECK(rules[0].own == KeptLimit{Milliseconds(3 * day), std::nullopt});
    CHECK(keeper().kept_rules(b.tenant) == KeptRules{});
    CHECK(keeper().set_kept_rules(TenantId("nobody"), rules).error() == storage::StoreErrc::not_found);
}

TEST_CASE_METHOD(KeptFixture, "messages go by age, of the tenant that says so alone", "[storage][retention]")
{
    add_days(a, 10);
    add_days(b, 10);
    keep(a, KeptKind::messages, {Milliseconds(3 * day), std::nullopt});
    store->prune(start_time + 9 * day);
    CHECK(count(a) == 4);
    CHECK(count(b) == 10);
    store->prune(start_time + 100 * day);
    CHECK(count(a) == 0);
    auto const chats = store->chats(a, {});
    REQUIRE(chats.size() == 1);
    CHECK(chats.front().chat.unread == 0);
    CHECK(store->chats(b, {}).front().chat.unread == 10);
}

TEST_CASE_METHOD(KeptFixture, "messages go by bytes of the tenant, the oldest of all sessions first",
                 "[storage][retention]")
{
    auto const second = session_key("tenant-a", "second");
    store->insert_session(session_row(second)).value();
    add_days(a, 4, 10'000);
    for (int i = 4; i < 8; ++i)
        add(second, text_message("4917000000002", "S" + std::to_string(i), std::string(10'000, 'y'),
                                 start_time + i * day));
    keep(a, KeptKind::messages, {std::nullopt, 35'000});
    store->prune(start_time + 8 * day);
    CHECK(count(a) == 0);
    CHECK(count(second) == 3);
}

TEST_CASE_METHOD(KeptFixture, "more messages than one step takes go too", "[storage][retention]")
{
    UnitOfWork work;
    for (int i = 0; i < 1'700; ++i)
        work.messages.push_back(text_message("4917000000001", "M" + std::to_string(i), "x",
                                             start_time + std::chrono::seconds(i)));
    commit(a, std::move(work));
    keep(a, KeptKind::messages, {Milliseconds(day), std::nullopt});
    store->prune(start_time + 30 * day);
    CHECK(count(a) == 0);
}

TEST_CASE_METHOD(KeptFixture, "a message that is still being sent stays", "[storage][retention]")
{
    UnitOfWork work;
    work.messages.push_back(text_message("4917000000001", "PENDING", "x"));
    work.messages.push_back(text_message("4917000000001", "DONE", "x"));
    OutboxEntry entry;
    entry.id = MessageId{"PENDING"};
    entry.chat = Jid::phone("4917000000001");
    work.outbox_put.push_back(entry);
    commit(a, std::move(work));
    keep(a, KeptKind::messages, {Milliseconds(day), std::nullopt});
    store->prune(start_time + 30 * day);
    REQUIRE(count(a) == 1);
    UnitOfWork done;
    done.outbox_done.push_back(MessageId{"PENDING"});
    commit(a, std::move(done));
    store->prune(start_time + 30 * day);
    CHECK(count(a) == 0);
}

TEST_CASE_METHOD(KeptFixture, "events and dead letters go as their tenant says", "[storage][retention]")
{
    for (auto const& session : {a, b}) {
        for (int i = 0; i < 3; ++i)
            commit(session, event_unit({status_event("e", start_time + i * day)}));
        auto update = delivered_until(1);
        update.dead_letters.push_back(dead_letter("hook", 1, start_time));
        save_delivery_wait(*store, session, "hook", std::move(update)).value();
    }
    keep(a, KeptKind::events, {Milliseconds(day), std::nullopt});
    keep(a, KeptKind::dead_letters, {Milliseconds(day), std::nullopt});
    store->prune(start_time + 5 * day);
    CHECK(store->first_sequence(a) == 3);
    CHECK(store->first_sequence(b) == 1);
    CHECK(store->dead_letters(a.tenant, {}).empty());
    CHECK(store->dead_letters(b.tenant, {}).size() == 1);
}

TEST_CASE_METHOD(KeptFixture, "a person's data goes everywhere, under both addresses, and from the disk",
                 "[storage][person]")
{
    std::string const secret = "the-text-that-has-to-go";
    auto const phone = Jid::phone("4915112345678");
    auto const lid = Jid::hidden("98765432101234");
    UnitOfWork work;
    work.records[{RecordKind::lid_of_phone, phone.user}] = to_bytes(lid.user);
    work.records[{RecordKind::phone_of_lid, lid.user}] = to_bytes(phone.user);
    work.records[{RecordKind::privacy_token, lid.to_string()}] = to_bytes(secret);
    auto direct = text_message(phone.user, "D1", secret + "-direct");
    auto under_lid = direct;
    under_lid.chat = under_lid.sender = lid;
    under_lid.id = MessageId{"D2"};
    auto theirs = in_group(phone.user, "G1", secret + "-group");
    auto others = in_group("4917000000009", "G2", "kept");
    others.quoted = QuotedMessage{MessageId{"G1"}, phone, secret + "-quoted"};
    auto foreign = text_message("4917000000009", "F1", "of somebody else");
    work.messages = {direct, under_lid, theirs, others, foreign};
    ContactChange contact;
    contact.jid = phone;
    contact.push_name = secret + "-name";
    work.contacts.push_back(contact);
    ChatChange chat;
    chat.jid = lid;
    chat.name = secret + "-chat";
    work.chats.push_back(chat);
    MemberReceipt receipt;
    receipt.chat = others.chat;
    receipt.id = MessageId{"OWN"};
    receipt.member = phone;
    work.receipts.push_back(receipt);
    work.waiting_put.push_back(waiting_stanza("120363000000000001@g.us|W1|" + phone.to_string()));
    work.events = {Event{start_time, MessageAppeared{direct}}, Event{start_time, MessageAppeared{foreign}},
                   Event{start_time, MessageAppeared{theirs}}};
    commit(a, work);
    commit(b, work);
    auto update = delivered_until(1);
    auto letter = dead_letter("hook", 1);
    letter.event = Event{start_time, MessageAppeared{direct}};
    update.dead_letters.push_back(letter);
    save_delivery_wait(*store, a, "hook", std::move(update)).value();
    REQUIRE(is_on_disk(secret));

    std::vector<std::string> seen;
    auto const erased = keeper()
                            .erase_person(a, GENERATE_COPY(phone, lid),
                                          [&](Message const& message) { seen.push_back(message.id.value); })
                            .value();
    CHECK(erased.addresses.size() == 2);
    CHECK(erased.messages == 3);
    CHECK(seen.size() == 3);
    CHECK(erased.quotes == 1);
    CHECK(erased.contacts == 1);
    CHECK(erased.chats == 1);
    CHECK(erased.receipts == 1);
    CHECK(erased.waiting == 1);
    CHECK(erased.events == 2);
    CHECK(erased.dead_letters == 1);
    CHECK(erased.records == 1);
    CHECK(erased.is_log_truncated);

    // The log has no gap, and what is left of it is the others'.
    auto const events = store->events_after(a, 0, 10);
    REQUIRE(events.size() == 3);
    CHECK(std::get<MessageAppeared>(events[1].event.body).message.id.value == "F1");
    CHECK(std::holds_alternative<LabelAssigned>(events[0].event.body));
    CHECK(store->last_sequence(a) == 3);
    CHECK(count(a) == 2);
    CHECK(store->messages_by_id(a, MessageId{"G2"}).front().quoted->body.empty());
    CHECK(store->contacts(a, {}).empty());
    CHECK(store->dead_letters(a.tenant, {}).empty());
    // Nothing of another tenant was touched.
    CHECK(count(b) == 5);
    CHECK(store->contacts(b, {}).size() == 1);

    // The same once more for the other tenant: now no byte of it may be left on the disk.
    CHECK(keeper().erase_person(b, phone, {}).value().is_log_truncated);
    CHECK_FALSE(is_on_disk(secret));
    CHECK(keeper().erase_person(a, phone, {}).value().messages == 0);
    CHECK(keeper().erase_person(session_key("tenant-a", "missing"), phone, {}).error() ==
          storage::StoreErrc::not_found);
}

TEST_CASE("quotes are cut out of serialized content, and nothing else", "[storage][person]")
{
    // extendedTextMessage (6) { text (1) "hi", contextInfo (17) { stanzaId (1), participant (2), quoted (3) }
    // }
    auto const part = [](unsigned field, std::string const& content) {
        std::string out;
        unsigned const tag = field << 3 | 2;
        if (tag >= 0x80) out += static_cast<char>((tag & 0x7f) | 0x80);
        out += static_cast<char>(tag >= 0x80 ? tag >> 7 : tag);
        out += static_cast<char>(content.size());
        return out + content;
    };
    auto const content = [&](std::string const& quoted) {
        return part(6, part(1, "hi") + part(17, part(1, "ID") + part(2, "49151@s.whatsapp.net") + quoted));
    };
    auto const original = content(part(3, part(1, "secret")));
    auto const is_author = [](std::string_view address) { return address == "49151@s.whatsapp.net"; };
    auto const cut = storage::quotes::without(view(original), is_author);
    REQUIRE(cut.has_value());
    CHECK(to_text(*cut) == content(""));
    CHECK_FALSE(storage::quotes::without(view(original), [](std::string_view) { return false; }).has_value());
    CHECK_FALSE(storage::quotes::without(view("no protobuf at all"), is_author).has_value());
}
