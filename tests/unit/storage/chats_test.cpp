// Chats and contacts: what changes them, how they are listed, one entry per person.
#include "tests/unit/storage/store_fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::test;
using std::chrono::seconds;

namespace {

struct ChatsFixture : StoreFixture {
    Jid const phone = Jid::phone("100");
    Jid const lid = Jid::hidden("77");

    void change(ChatChange change)
    {
        UnitOfWork work;
        work.chats.push_back(std::move(change));
        commit(a, std::move(work));
    }
    void change(ContactChange change)
    {
        UnitOfWork work;
        work.contacts.push_back(std::move(change));
        commit(a, std::move(work));
    }
    void active(Jid const& jid, seconds after)
    {
        ChatChange change;
        change.jid = jid;
        change.activity = start_time + after;
        this->change(std::move(change));
    }
    void learn_pair()
    {
        UnitOfWork work;
        work.records[{RecordKind::lid_of_phone, "100"}] = to_bytes("77");
        work.records[{RecordKind::phone_of_lid, "77"}] = to_bytes("100");
        commit(a, std::move(work));
    }
    std::vector<std::string> chats(storage::ChatQuery const& query)
    {
        std::vector<std::string> found;
        for (auto const& entry : store->chats(a, query))
            found.push_back(entry.chat.jid.to_string());
        return found;
    }
    std::optional<Chat> chat(Jid const& jid) { return store->reader(a)->find_chat(jid); }
    std::optional<Contact> contact(Jid const& jid) { return store->reader(a)->find_contact(jid); }
};

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE_METHOD(ChatsFixture, "a chat change sets what it names and leaves the rest", "[storage][chats]")
{
    ChatChange first;
    first.jid = phone;
    first.unread = 3;
    first.archived = true;
    first.pinned = std::optional{start_time};
    first.muted_until = std::optional{start_time + seconds{5}};
    first.expiration = seconds{86'400};
    first.expiration_set = start_time;
    first.activity = start_time + seconds{9};
    change(first);

    ChatChange second;
    second.jid = phone;
    second.unread_more = 2;
    second.pinned = std::optional<WallTime>{};
    second.marked_unread = true;
    second.name = "name";
    second.activity = start_time;
    change(second);

    Chat expected;
    expected.jid = phone;
    expected.phone = phone;
    expected.name = "name";
    expected.unread = 5;
    expected.marked_unread = true;
    expected.archived = true;
    expected.muted_until = start_time + seconds{5};
    expected.expiration = seconds{86'400};
    expected.expiration_set = start_time;
    expected.last_activity = start_time + seconds{9};
    CHECK(chat(phone) == expected);
    reopen();
    CHECK(chat(phone) == expected);
}

TEST_CASE_METHOD(ChatsFixture, "chats are listed by activity, address or name, in pages", "[storage][chats]")
{
    active(Jid::phone("1"), seconds{3});
    active(Jid::phone("2"), seconds{1});
    active({"9", JidServer::group}, seconds{2});
    ChatChange named;
    named.jid = {"9", JidServer::group};
    named.name = "mountain";
    change(named);
    ContactChange zoe;
    zoe.jid = Jid::phone("1");
    zoe.push_name = "Zoe";
    change(zoe);
    ContactChange adam;
    adam.jid = Jid::phone("2");
    adam.full_name = "adam";
    change(adam);

    storage::ChatQuery query;
    CHECK(chats(query) == Texts{"1@s.whatsapp.net", "9@g.us", "2@s.whatsapp.net"});
    query.descending = false;
    CHECK(chats(query) == Texts{"2@s.whatsapp.net", "9@g.us", "1@s.whatsapp.net"});
    query.sort = storage::ChatSort::id;
    CHECK(chats(query) == Texts{"1@s.whatsapp.net", "2@s.whatsapp.net", "9@g.us"});
    query.sort = storage::ChatSort::name;
    CHECK(chats(query) == Texts{"2@s.whatsapp.net", "9@g.us", "1@s.whatsapp.net"});
    query.limit = 1;
    query.offset = 1;
    CHECK(chats(query) == Texts{"9@g.us"});
    query.offset = 3;
    CHECK(chats(query).empty());
    CHECK(store->chats(a, {}).at(0).contact.value().push_name == "Zoe");

    storage::ChatQuery some;
    some.ids = {Jid::phone("2"), Jid::phone("1"), Jid::phone("2"), Jid::phone("404")};
    CHECK(chats(some) == Texts{"1@s.whatsapp.net", "2@s.whatsapp.net"});
    some.limit = 1;
    CHECK(chats(some) == Texts{"1@s.whatsapp.net"});
}

TEST_CASE_METHOD(ChatsFixture, "a person's chats become one when the LID is learnt", "[storage][chats]")
{
    ChatChange old;
    old.jid = phone;
    old.unread = 2;
    old.pinned = std::optional{start_time};
    old.activity = start_time + seconds{5};
    change(old);
    ChatChange under_lid;
    under_lid.jid = lid;
    under_lid.unread = 1;
    under_lid.activity = start_time + seconds{3};
    ContactChange named;
    named.jid = phone;
    named.full_name = "Ann Other";
    SECTION("both were there")
    {
        change(under_lid);
    }
    SECTION("only that under the number")
    {}
    auto const expected_unread = chat(lid) ? 3u : 2u;
    change(named);
    UnitOfWork messages;
    messages.messages = {text_message("100", "M1", "old")};
    auto newer = text_message("100", "M2", "new", start_time + seconds{1});
    newer.chat = lid;
    messages.messages.push_back(newer);
    commit(a, std::move(messages));

    learn_pair();

    CHECK(chats({}) == Texts{"77@lid"});
    auto const merged = chat(lid).value();
    CHECK(merged == chat(phone));
    CHECK(merged.phone == phone);
    CHECK(merged.unread == expected_unread);
    CHECK(merged.pinned == start_time);
    CHECK(merged.last_activity == start_time + seconds{5});
    CHECK(contact(lid).value().full_name == "Ann Other");
    CHECK(contact(lid) == contact(phone));
    CHECK(contact(lid)->phone == phone);
    CHECK(store->contacts(a, {}).size() == 1);
    auto const reader = store->reader(a);
    auto const newest = reader->newest_messages(phone, 10);
    REQUIRE(newest.size() == 2);
    CHECK(newest[0].id == MessageId{"M2"});
    CHECK(newest[1].id == MessageId{"M1"});
    CHECK(reader->newest_messages(lid, 1).size() == 1);
    CHECK(reader->address_book(10) == std::vector<Jid>{lid});
    CHECK(reader->address_book(0).empty());

    old.unread_more = 0;
    old.unread = 0;
    change(old); // under the number, later
    CHECK(chats({}) == Texts{"77@lid"});
    CHECK(chat(lid)->unread == 0);
    CHECK(store->lid_pairs(a, 10, 0) == std::vector<storage::LidPair>{{lid, phone}});
    CHECK(store->lid_pairs(a, 10, 1).empty());
    CHECK(store->lid_pair_count(a) == 1);
}

TEST_CASE_METHOD(ChatsFixture, "the last message of a chat is its newest that is one", "[storage][chats]")
{
    learn_pair();
    active(lid, seconds{1});
    UnitOfWork work;
    work.messages = {text_message("100", "M1", "shown")};
    auto control = text_message("100", "C", "", start_time + seconds{4});
    control.kind = MessageKind::control;
    work.messages.push_back(control);
    commit(a, std::move(work));
    storage::ChatQuery query;
    CHECK_FALSE(store->chats(a, query).at(0).last_message);
    query.last_messages = true;
    CHECK(store->chats(a, query).at(0).last_message->id == MessageId{"M1"});
    storage::MessageQuery all;
    CHECK(store->messages(a, all).size() == 1);
    all.chat = phone;
    CHECK(store->messages(a, all).size() == 1);
    CHECK(store->reader(a)->find_message(phone, MessageId{"C"}));
}

TEST_CASE_METHOD(ChatsFixture, "messages go one by one, with their chat's clearing, and with the chat",
                 "[storage][chats]")
{
    learn_pair();
    active(lid, seconds{1});
    UnitOfWork work;
    work.messages = {text_message("100", "M1", "x"), text_message("100", "M2", "x"),
                     text_message("200", "M3", "x")};
    work.messages[1].chat = lid;
    work.receipts = {{lid, MessageId{"M2"}, phone, 2, start_time},
                     {phone, MessageId{"M1"}, phone, 2, start_time}};
    commit(a, std::move(work));
    SECTION("one by one, under either address")
    {
        UnitOfWork gone;
        gone.messages_removed = {
            {lid, MessageId{"M1"}}, {phone, MessageId{"M2"}}, {phone, MessageId{"none"}}};
        commit(a, std::move(gone));
        CHECK(chat(lid));
    }
    SECTION("cleared")
    {
        ChatChange clearing;
        clearing.jid = phone;
        clearing.cleared = true;
        change(clearing);
        CHECK(chat(lid));
    }
    SECTION("removed")
    {
        ChatChange removal;
        removal.jid = lid;
        removal.removed = true;
        change(removal);
        CHECK_FALSE(chat(lid));
    }
    storage::MessageQuery all;
    REQUIRE(store->messages(a, all).size() == 1);
    CHECK(store->messages(a, all)[0].id == MessageId{"M3"});
    CHECK(store->member_receipts(a, lid, MessageId{"M2"}).empty());
    CHECK(store->member_receipts(a, phone, MessageId{"M1"}).empty());
}

TEST_CASE_METHOD(ChatsFixture, "a contact change sets what it names, and names may be taken back",
                 "[storage][chats]")
{
    ContactChange first;
    first.jid = phone;
    first.push_name = "~ann";
    first.full_name = "Ann Other";
    first.first_name = "Ann";
    first.business_name = "Other Ltd";
    first.blocked = true;
    change(first);
    ContactChange second;
    second.jid = phone;
    second.full_name = "";
    second.blocked = false;
    change(second);
    Contact const expected{phone, phone, "~ann", "", "Ann", "Other Ltd", false};
    CHECK(contact(phone) == expected);
    ContactChange other;
    other.jid = Jid::phone("050");
    other.full_name = "Zed";
    change(other);
    storage::ContactQuery query;
    CHECK(store->contacts(a, query).at(0).jid == Jid::phone("050"));
    query.by_name = true;
    CHECK(store->contacts(a, query).at(0).jid == Jid::phone("050"));
    query.descending = true;
    query.limit = 1;
    CHECK(store->contacts(a, query) == std::vector<Contact>{expected});
}

TEST_CASE_METHOD(ChatsFixture, "a member's receipt only moves forward", "[storage][chats]")
{
    Jid const group{"9", JidServer::group};
    MessageId const id{"M"};
    auto const put = [&](std::string_view member, std::int8_t ack, seconds after) {
        UnitOfWork work;
        work.receipts = {{group, id, Jid::hidden(member), ack, start_time + after}};
        commit(a, std::move(work));
    };
    put("1", 3, seconds{1});
    put("1", 2, seconds{2});
    put("0", 2, seconds{3});
    auto const found = store->member_receipts(a, group, id);
    CHECK(found == std::vector<MemberReceipt>{{group, id, Jid::hidden("0"), 2, start_time + seconds{3}},
                                              {group, id, Jid::hidden("1"), 3, start_time + seconds{1}}});
}
