// Lists of chats and contacts, and pairs of addresses.
#include "tests/unit/api/fixture.hpp"
#include "tests/unit/api/unused_store.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using test::body_of;

namespace {

class ListStore final : public test::UnusedStore {
public:
    std::vector<storage::ChatEntry> entries;
    std::vector<Contact> people;
    storage::ChatQuery chat_query;
    storage::ContactQuery contact_query;

    std::vector<storage::ChatEntry> chats(SessionKey const&, storage::ChatQuery const& query) override
    {
        chat_query = query;
        return entries;
    }
    std::vector<Contact> contacts(SessionKey const&, storage::ContactQuery const& query) override
    {
        contact_query = query;
        return people;
    }
    std::vector<storage::LidPair> lid_pairs(SessionKey const&, std::size_t limit, std::size_t offset) override
    {
        if (limit != 2 || offset != 1) return {};
        return {{Jid::hidden("77"), Jid::phone("4917")}};
    }
    std::size_t lid_pair_count(SessionKey const&) override { return 5; }
    std::optional<std::string> phone_of_lid(SessionKey const&, std::string const& lid) override
    {
        return lid == "77" ? std::optional<std::string>{"4917"} : std::nullopt;
    }
    std::optional<std::string> lid_of_phone(SessionKey const&, std::string const& phone) override
    {
        return phone == "4917000" ? std::optional<std::string>{"77"} : std::nullopt;
    }
};

struct Lists : test::Api {
    Lists()
    {
        gateway.store = &store;
        add_session("acme", "shop");
        storage::ChatEntry entry;
        entry.chat.jid = Jid::hidden("77");
        entry.chat.phone = Jid::phone("4917");
        entry.chat.unread = 2;
        entry.chat.archived = true;
        entry.chat.pinned = wall_from_seconds(1'700'000'001);
        entry.chat.last_activity = wall_from_seconds(1'700'000'000);
        entry.contact = Contact{entry.chat.jid, entry.chat.phone, "~ann", "Ann Other", "Ann", "", false};
        store.people.push_back(*entry.contact);
        Message last;
        last.chat = entry.chat.jid;
        last.chat_phone = entry.chat.phone;
        last.sender = entry.chat.jid;
        last.id = MessageId{"3EB0"};
        last.body = "hello";
        entry.last_message = last;
        store.entries.push_back(entry);
    }
    ListStore store;
};

} // namespace

TEST_CASE("chats are listed with what is known of them", "[api][chats]")
{
    Lists api;
    auto const response =
        api.call("GET", "/api/shop/chats?sortBy=name&sortOrder=asc&limit=5&offset=3&merge=true", "");
    CHECK(response.status == 200);
    auto const chat = body_of(response).at(0);
    CHECK(chat.at("id") == "4917@c.us");
    CHECK(chat.at("name") == "Ann Other");
    CHECK(chat.at("conversationTimestamp") == 1'700'000'000);
    CHECK(chat.at("unreadCount") == 2);
    CHECK(chat.at("archived") == true);
    CHECK(chat.at("pinned") == 1'700'000'001);
    CHECK(chat.at("muteEndTime").is_null());
    CHECK(chat.at("_data").at("lid") == "77@lid");
    CHECK(api.store.chat_query.sort == storage::ChatSort::name);
    CHECK_FALSE(api.store.chat_query.descending);
    CHECK(api.store.chat_query.limit == 5);
    CHECK(api.store.chat_query.offset == 3);
    CHECK(api.call("GET", "/api/shop/chats?sortBy=size", "").status == 400);
    CHECK(api.call("GET", "/api/shop/chats?limit=0", "").status == 400);
    CHECK(api.call("GET", "/api/none/chats", "").status == 422);
}

TEST_CASE("an overview shows the last message, by query and by body", "[api][chats]")
{
    Lists api;
    auto const response = api.call("GET", "/api/shop/chats/overview?ids=4917000%40c.us&ids=9-1@g.us", "");
    CHECK(response.status == 200);
    auto const chat = body_of(response).at(0);
    CHECK(chat.at("id") == "4917@c.us");
    CHECK(chat.at("picture").is_null());
    CHECK(chat.at("lastMessage").at("body") == "hello");
    CHECK(chat.at("_chat").at("unreadCount") == 2);
    CHECK(api.store.chat_query.last_messages);
    CHECK(api.store.chat_query.limit == 20);
    CHECK(api.store.chat_query.ids == std::vector<Jid>{Jid::phone("4917000"), {"9-1", JidServer::group}});

    auto const posted = api.call("POST", "/api/shop/chats/overview",
                                 R"({"pagination":{"limit":3,"offset":1},"filter":{"ids":["77@lid"]}})");
    CHECK(posted.status == 201);
    CHECK(body_of(posted).as_array().size() == 1);
    CHECK(api.store.chat_query.limit == 3);
    CHECK(api.store.chat_query.offset == 1);
    CHECK(api.store.chat_query.ids == std::vector<Jid>{Jid::hidden("77")});
    CHECK(api.call("POST", "/api/shop/chats/overview", "{}").status == 400);
    CHECK(api.call("GET", "/api/shop/chats/overview?ids=nobody", "").status == 400);
}

TEST_CASE("contacts are listed and looked up", "[api][contacts]")
{
    Lists api;
    auto const response = api.call("GET", "/api/contacts/all?session=shop&sortBy=name&sortOrder=desc", "");
    CHECK(response.status == 200);
    auto const contact = body_of(response).at(0);
    CHECK(contact.at("id") == "4917@c.us");
    CHECK(contact.at("number") == "4917");
    CHECK(contact.at("name") == "Ann Other");
    CHECK(contact.at("pushname") == "~ann");
    CHECK(contact.at("shortName") == "Ann");
    CHECK(contact.at("isMyContact") == true);
    CHECK(contact.at("isMe") == false);
    CHECK(api.store.contact_query.by_name);
    CHECK(api.store.contact_query.descending);
    CHECK(api.call("GET", "/api/contacts?session=shop", "").status == 400);
    CHECK(api.call("GET", "/api/contacts?session=shop&contactId=nobody", "").status == 400);
}

TEST_CASE("the number of a hidden id and the other way round", "[api][contacts]")
{
    Lists api;
    CHECK(api.call("GET", "/api/shop/lids?limit=2&offset=1", "").body ==
          R"([{"lid":"77@lid","pn":"4917@c.us"}])");
    CHECK(api.call("GET", "/api/shop/lids/count", "").body == R"({"count":5})");
    CHECK(api.call("GET", "/api/shop/lids/77@lid", "").body == R"({"lid":"77@lid","pn":"4917@c.us"})");
    CHECK(api.call("GET", "/api/shop/lids/78", "").body == R"({"lid":"78@lid","pn":null})");
    CHECK(api.call("GET", "/api/shop/lids/pn/4917000", "").body == R"({"lid":"77@lid","pn":"4917000@c.us"})");
    CHECK(api.call("GET", "/api/shop/lids/pn/4917001@c.us", "").body ==
          R"({"lid":null,"pn":"4917001@c.us"})");
    CHECK(api.call("GET", "/api/shop/lids/pn/77@lid", "").status == 400);
}
