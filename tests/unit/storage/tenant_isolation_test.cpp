#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::test;
using storage::StoreErrc;

TEST_CASE_METHOD(StoreFixture, "a session of the same name under another tenant has other data",
                 "[storage][isolation]")
{
    ByteArray<32> hash{};
    auto unit = record_unit("alice.0", "of a");
    unit.records[{RecordKind::phone_of_lid, "77"}] = to_bytes("4917");
    unit.records[{RecordKind::lid_of_phone, "4917"}] = to_bytes("77");
    unit.messages.push_back(text_message("100", "M1", "for a"));
    unit.events.push_back(status_event("of a"));
    unit.seen.push_back(hash);
    unit.outbox_put.push_back({MessageId{"OUT"}, Jid::phone("100"), {}, start_time});
    ChatChange chat;
    chat.jid = Jid::phone("100");
    chat.unread = 1;
    unit.chats.push_back(chat);
    ContactChange contact;
    contact.jid = Jid::phone("100");
    contact.full_name = "of a";
    unit.contacts.push_back(contact);
    unit.receipts.push_back({Jid::phone("100"), MessageId{"M1"}, Jid::phone("100"), 2, start_time});
    unit.idempotency.push_back({{hash, {}}, Jid::phone("100"), MessageId{"M1"}});
    commit(a, std::move(unit));
    save_delivery_wait(*store, a, "endpoint", delivered_until(1)).value();

    auto const reader_a = store->reader(a);
    auto const reader_b = store->reader(b);

    SECTION("records")
    {
        CHECK(record(a, "alice.0") == "of a");
        CHECK(record(b, "alice.0") == std::nullopt);
        commit(b, record_unit("alice.0", "of b"));
        CHECK(record(a, "alice.0") == "of a");
        CHECK(record(b, "alice.0") == "of b");
    }
    SECTION("wiping one tenant's credentials")
    {
        commit(b, record_unit("alice.0", "of b"));
        UnitOfWork wipe;
        wipe.wipe_credentials = true;
        commit(b, std::move(wipe));
        CHECK(record(b, "alice.0") == std::nullopt);
        CHECK(record(a, "alice.0") == "of a");
        CHECK(reader_a->outbox().size() == 1);
    }
    SECTION("messages")
    {
        CHECK(reader_a->find_message(Jid::phone("100"), MessageId{"M1"}));
        CHECK_FALSE(reader_b->find_message(Jid::phone("100"), MessageId{"M1"}));
        CHECK(store->messages(a, {}).size() == 1);
        CHECK(store->messages(b, {}).empty());
        UnitOfWork acknowledged;
        acknowledged.acks.push_back({Jid::phone("100"), MessageId{"M1"}, Ack::read});
        commit(b, std::move(acknowledged));
        CHECK(reader_a->find_message(Jid::phone("100"), MessageId{"M1"})->ack == Ack::pending);
    }
    SECTION("chats, contacts and members' receipts")
    {
        CHECK(reader_a->find_chat(Jid::phone("100")));
        CHECK_FALSE(reader_b->find_chat(Jid::phone("100")));
        CHECK_FALSE(reader_b->find_contact(Jid::phone("100")));
        CHECK(reader_b->newest_messages(Jid::phone("100"), 10).empty());
        CHECK(store->chats(b, {}).empty());
        CHECK(store->contacts(b, {}).empty());
        CHECK(store->member_receipts(b, Jid::phone("100"), MessageId{"M1"}).empty());
        CHECK(store->lid_pair_count(b) == 0);
        CHECK(store->lid_pairs(b, 10, 0).empty());
        UnitOfWork of_b;
        chat.removed = true;
        of_b.chats.push_back(chat);
        contact.full_name = "of b";
        of_b.contacts.push_back(contact);
        of_b.messages_removed.push_back({Jid::phone("100"), MessageId{"M1"}});
        of_b.records[{RecordKind::lid_of_phone, "100"}] = to_bytes("99");
        commit(b, std::move(of_b));
        CHECK(reader_a->find_chat(Jid::phone("100"))->unread == 1);
        CHECK(reader_a->find_contact(Jid::phone("100"))->full_name == "of a");
        CHECK(store->messages(a, {}).size() == 1);
        CHECK(store->member_receipts(a, Jid::phone("100"), MessageId{"M1"}).size() == 1);
        store->erase_session(b).value();
        CHECK(store->chats(a, {}).size() == 1);
        CHECK(store->contacts(a, {}).size() == 1);
        CHECK(store->member_receipts(a, Jid::phone("100"), MessageId{"M1"}).size() == 1);
        store->insert_session(session_row(b)).value();
        CHECK(store->contacts(b, {}).empty());
    }
    SECTION("events")
    {
        CHECK(store->last_sequence(a) == 1);
        CHECK(store->last_sequence(b) == 0);
        CHECK(store->events_after(b, 0, 10).empty());
        commit(b, event_unit({status_event("of b")}));
        REQUIRE(store->events_after(b, 0, 10).size() == 1);
        CHECK(store->events_after(b, 0, 10)[0].event == status_event("of b"));
    }
    SECTION("de-duplication hashes")
    {
        CHECK(reader_a->was_seen(hash));
        CHECK_FALSE(reader_b->was_seen(hash));
    }
    SECTION("idempotency keys")
    {
        CHECK(reader_a->find_idempotency(hash)->id == MessageId{"M1"});
        CHECK_FALSE(reader_b->find_idempotency(hash));
        UnitOfWork same_key;
        same_key.idempotency.push_back({{hash, {}}, Jid::phone("200"), MessageId{"M2"}});
        commit(b, std::move(same_key));
        CHECK(reader_a->find_idempotency(hash)->id == MessageId{"M1"});
        CHECK(reader_b->find_idempotency(hash)->id == MessageId{"M2"});
        store->erase_session(b).value();
        CHECK(reader_a->find_idempotency(hash)->id == MessageId{"M1"});
        CHECK_FALSE(reader_b->find_idempotency(hash));
    }
    SECTION("outbox")
    {
        CHECK(reader_a->outbox().size() == 1);
        CHECK(reader_b->outbox().empty());
        UnitOfWork finished;
        finished.outbox_done.push_back(MessageId{"OUT"});
        commit(b, std::move(finished));
        CHECK(reader_a->outbox().size() == 1);
    }
    SECTION("deliveries")
    {
        CHECK(store->delivery_state(a, "endpoint")->sequence == 1);
        CHECK(store->delivery_state(b, "endpoint") == std::nullopt);
        store->erase_delivery(b, "endpoint");
        CHECK(store->delivery_state(a, "endpoint")->sequence == 1);
    }
    SECTION("dead letters")
    {
        auto update = delivered_until(2);
        update.dead_letters = {dead_letter("endpoint", 1)};
        save_delivery_wait(*store, a, "endpoint", update).value();
        CHECK(store->dead_letters(b.tenant, {}).empty());
        CHECK(store->erase_dead_letters(b.tenant, {}).value() == 0);
        REQUIRE(store->dead_letters(a.tenant, {}).size() == 1);
        save_delivery_wait(*store, b, "endpoint", update).value();
        CHECK(store->dead_letters(b.tenant, {}).at(0).number == 1);
        CHECK(store->erase_dead_letters(b.tenant, {}).value() == 1);
        CHECK(store->dead_letters(a.tenant, {}).size() == 1);
    }
    SECTION("the tenant's log")
    {
        CHECK(store->last_position(b.tenant) == 0);
        storage::EventQuery of_b;
        of_b.tenant = b.tenant;
        CHECK(store->events(of_b).events.empty());
        auto const id = store->events_after(a, 0, 1).at(0).id;
        CHECK(store->position_of(a.tenant, id) == 1);
        CHECK(store->position_of(b.tenant, id) == std::nullopt);
        commit(b, event_unit({status_event("of b")}));
        CHECK(store->position_of(b.tenant, id) == std::nullopt);
        CHECK(store->last_position(a.tenant) == 1);
        CHECK(store->events(of_b).events.size() == 1);
    }
    SECTION("waiting stanzas")
    {
        UnitOfWork waiting;
        waiting.waiting_put = {waiting_stanza("key")};
        commit(a, std::move(waiting));
        CHECK(reader_a->find_waiting("key") == waiting_stanza("key"));
        CHECK_FALSE(reader_b->find_waiting("key"));
        UnitOfWork done;
        done.waiting_done = {"key"};
        commit(b, std::move(done));
        CHECK(reader_a->waiting(10).size() == 1);
        CHECK(reader_b->waiting(10).empty());
    }
    SECTION("messages by id and unfinished sends")
    {
        CHECK(store->messages_by_id(a, MessageId{"M1"}).size() == 1);
        CHECK(store->messages_by_id(b, MessageId{"M1"}).empty());
        CHECK(store->outbox_entry(a, MessageId{"OUT"}));
        CHECK_FALSE(store->outbox_entry(b, MessageId{"OUT"}));
    }
    SECTION("LID mappings")
    {
        CHECK(store->phone_of_lid(a, "77") == "4917");
        CHECK(store->lid_of_phone(a, "4917") == "77");
        CHECK(store->phone_of_lid(b, "77") == std::nullopt);
        CHECK(store->lid_of_phone(b, "4917") == std::nullopt);
    }
    SECTION("session rows")
    {
        auto row = session_row(b);
        row.config_json = R"({"of":"b"})";
        store->update_session(row).value();
        CHECK(store->session(a)->config_json == "{}");
        CHECK(store->sessions(a.tenant).size() == 1);
        store->erase_session(b).value();
        CHECK(store->session(a));
        CHECK(record(a, "alice.0") == "of a");
        CHECK(store->messages(a, {}).size() == 1);
        CHECK(store->last_sequence(a) == 1);
    }
    SECTION("API keys")
    {
        storage::ApiKeyRow key{"key_1", a.tenant, {}, false, start_time};
        store->insert_api_key(key).value();
        CHECK(store->erase_api_key(b.tenant, "key_1").error() == StoreErrc::not_found);
        CHECK(store->api_keys().size() == 1);
    }
}
