// Catalogues, business profiles, quick replies and settings, against the server in memory.
#include "protocol/engine/server_error.hpp"
#include "tests/support/fake_app_state.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using appstate::QuickReply;
using binary::Node;
using engine::Engine;

namespace {

Node product_node(std::string const& id)
{
    return Node{"product"}.add(Node{"id"}.with_text(id));
}

Node result_of(Node const& request, Node child)
{
    Node reply{"iq"};
    reply.set("from", Jid::server_jid()).set("type", "result").set("id", request.text("id"));
    return reply.add(std::move(child));
}

Node refusal(Node const& request, int code)
{
    Node reply{"iq"};
    reply.set("from", Jid::server_jid()).set("type", "error").set("id", request.text("id"));
    return reply.add(Node{"error"}.set("code", std::int64_t{code}).set("text", "refused"));
}

struct World : TwoAccounts {
    World()
    {
        a.send_text(ben.lid, "hello", "A0"); // the two know each other's addresses
        run();
        server.log.clear();
    }
    template <class Call>
    void ask(Call&& call)
    {
        a.use([&](Engine& engine, Instant now) { engine.use(now, [&] { call(engine); }); });
        run();
    }
    /// Answers iqs of a namespace, and keeps what they ask.
    void answer(std::string xmlns, std::function<Node(Node const&)> reply)
    {
        server.intercept = [this, xmlns = std::move(xmlns), reply = std::move(reply)](Jid const& device,
                                                                                      Node const& node) {
            if (node.tag != "iq" || node.text("xmlns") != xmlns) return false;
            asked.push_back(node.children().front());
            server.send(device, reply(node));
            return true;
        };
    }
    std::vector<Node> asked;
};

} // namespace

TEST_CASE("the own catalogue and another's are asked for by phone number", "[scenario][shop]")
{
    World world;
    world.answer("w:biz:catalog", [](Node const& request) {
        return result_of(request, Node{"product_catalog"}.add(product_node("1")));
    });
    std::vector<std::size_t> sizes;
    auto const take = [&](Result<stanza::CatalogPage> page) {
        sizes.push_back(page.value().products.size());
    };
    world.ask([&](Engine& engine) { engine.shop().catalog(std::nullopt, {}, take); });
    world.ask([&](Engine& engine) { engine.shop().catalog(world.ben.lid, {}, take); });
    CHECK(sizes == std::vector<std::size_t>{1, 1});
    REQUIRE(world.asked.size() == 2);
    CHECK(world.asked[0].jid("jid") == world.anna.phone);
    CHECK(world.asked[1].jid("jid") == world.ben.phone);
}

TEST_CASE("a product is looked for page by page until it is there", "[scenario][shop]")
{
    World world;
    world.answer("w:biz:catalog", [](Node const& request) {
        auto const* after = request.path({"product_catalog", "after"});
        auto const page = after == nullptr ? 1 : std::stoi(to_text(after->bytes()));
        Node catalog{"product_catalog"};
        catalog.add(product_node("p" + std::to_string(page)));
        if (page < 4) catalog.add(Node{"paging"}.add(Node{"after"}.with_text(std::to_string(page + 1))));
        return result_of(request, std::move(catalog));
    });
    std::vector<std::optional<stanza::CatalogProduct>> found;
    auto const take = [&](Result<std::optional<stanza::CatalogProduct>> product) {
        found.push_back(product.value());
    };
    world.ask([&](Engine& engine) { engine.shop().find_product(std::nullopt, "p3", take); });
    CHECK(world.asked.size() == 3);
    world.ask([&](Engine& engine) { engine.shop().find_product(std::nullopt, "p9", take); });
    CHECK(world.asked.size() == 7);
    REQUIRE(found.size() == 2);
    CHECK(found[0]->id == "p3");
    CHECK_FALSE(found[1].has_value());
}

TEST_CASE("a search in a catalogue without end gives up", "[scenario][shop]")
{
    World world;
    world.answer("w:biz:catalog", [](Node const& request) {
        Node catalog{"product_catalog"};
        catalog.add(product_node("other")).add(Node{"paging"}.add(Node{"after"}.with_text("again")));
        return result_of(request, std::move(catalog));
    });
    std::optional<bool> found;
    world.ask([&](Engine& engine) {
        engine.shop().find_product(std::nullopt, "x",
                                   [&](auto product) { found = product.value().has_value(); });
    });
    CHECK(found == false);
    CHECK(world.asked.size() == 20);
}

TEST_CASE("what the server refuses of a catalogue is told with its number", "[scenario][shop]")
{
    World world;
    world.answer("w:biz:catalog", [](Node const& request) { return refusal(request, 406); });
    std::vector<int> codes;
    auto const take = [&](auto const& result) { codes.push_back(engine::server_code(result.error())); };
    world.ask([&](Engine& engine) { engine.shop().create({}, take); });
    world.ask([&](Engine& engine) { engine.shop().edit("1", {}, take); });
    world.ask([&](Engine& engine) { engine.shop().remove({"1"}, take); });
    CHECK(codes == std::vector<int>{406, 406, 406});
    world.answer("fb:thrift_iq", [](Node const& request) { return result_of(request, Node{"nothing"}); });
    world.ask([&](Engine& engine) { engine.shop().order("1", "t", take); });
    CHECK(codes.back() == 404);
}

TEST_CASE("the business profile is changed by what is said of it", "[scenario][shop]")
{
    World world;
    world.answer("w:biz", [](Node const& request) { return result_of(request, Node{"business_profile"}); });
    std::vector<ErrorCode> ends;
    auto const end = [&](ErrorCode error) { ends.push_back(error); };
    stanza::BusinessChange change;
    change.email = "shop@example.com";
    world.ask([&](Engine& engine) { engine.shop().change_profile(change, end); });
    world.ask([&](Engine& engine) { engine.shop().set_cover({"7", "t", "1"}, end); });
    world.ask([&](Engine& engine) { engine.shop().remove_cover("7", end); });
    CHECK(ends == std::vector<ErrorCode>(3));
    REQUIRE(world.asked.size() == 3);
    CHECK(world.asked[0].children().size() == 1);
    CHECK(to_text(world.asked[0].child("email")->bytes()) == "shop@example.com");
    CHECK(world.asked[1].child("cover_photo")->text("op") == "update");
    CHECK(world.asked[2].child("cover_photo")->text("op") == "delete");
}

// ---------------------------------------------------------------------------- app state

namespace {

struct Synced : OneAccount {
    Synced()
    {
        state.share_keys(a.lid());
        server.log.clear();
    }
    FakeAppState state{*this, anna};
    template <class Call>
    void ask(Call&& call)
    {
        a.use([&](Engine& engine, Instant now) { engine.use(now, [&] { call(engine.app_state_sync()); }); });
        run();
    }
    std::vector<QuickReply> replies() { return a.engine().app_state_sync().quick_replies(); }
    engine::AccountSettings settings() { return a.engine().app_state_sync().settings(); }
    engine::AppStateSync::Done end()
    {
        return [this](Result<void> result) { ends.push_back(result ? ErrorCode{} : result.error()); };
    }
    std::vector<ErrorCode> ends;
};

} // namespace

TEST_CASE("quick replies of the phone are kept, changed and gone as it does", "[scenario][shop][app_state]")
{
    Synced world;
    auto const tell = [&](QuickReply reply) { world.state.change({std::move(reply)}, {world.a.lid()}); };
    tell({"1790000002", "bye", "See you"});
    tell({"1790000001", "hi", "Hello", {"hello", "hey"}, 3});
    REQUIRE(world.replies().size() == 2);
    CHECK(world.replies()[0] == QuickReply{"1790000001", "hi", "Hello", {"hello", "hey"}, 3});
    tell({"1790000001", "hi", "Good morning"});
    CHECK(world.replies()[0].message == "Good morning");
    QuickReply gone{"1790000001", "", ""};
    gone.deleted = true;
    tell(gone);
    REQUIRE(world.replies().size() == 1);
    CHECK(world.replies()[0].id == "1790000002");
}

TEST_CASE("own quick replies get ids of their own and reach the phone", "[scenario][shop][app_state]")
{
    Synced world;
    std::vector<QuickReply> made;
    auto const take = [&](Result<QuickReply> reply) { made.push_back(reply.value()); };
    world.ask([&](engine::AppStateSync& sync) {
        sync.create_quick_reply({"", "hi", "Hello"}, take);
        sync.create_quick_reply({"", "bye", "See you"}, take);
    });
    REQUIRE(made.size() == 2);
    CHECK(std::stoll(made[1].id) == std::stoll(made[0].id) + 1);
    CHECK(world.replies() == made);
    auto const first = made[0].id;
    world.ask([&](engine::AppStateSync& sync) { sync.edit_quick_reply({first, "hi", "Hi there"}, take); });
    CHECK(world.replies()[0].message == "Hi there");
    world.ask([&](engine::AppStateSync& sync) { sync.delete_quick_reply(first, world.end()); });
    CHECK(world.replies().size() == 1);
    std::optional<int> code;
    world.ask([&](engine::AppStateSync& sync) {
        sync.edit_quick_reply({first, "x", "y"},
                              [&](auto const& result) { code = engine::server_code(result.error()); });
        sync.delete_quick_reply(first, world.end());
    });
    CHECK(code == 404);
    REQUIRE(world.ends.size() == 2);
    CHECK_FALSE(world.ends[0]);
    CHECK(engine::server_code(world.ends[1]) == 404);
}

TEST_CASE("more quick replies than are kept, and giant ones, are left out", "[scenario][shop][app_state]")
{
    Synced world;
    std::vector<appstate::Action> many;
    for (int i = 0; i < 230; ++i)
        many.emplace_back(QuickReply{std::to_string(1'790'000'000 + i), "s", "m"});
    world.state.change(std::move(many), {world.a.lid()});
    CHECK(world.replies().size() == engine::max_quick_replies);
    QuickReply giant{"1790000000", "s", std::string(20'000, 'x')};
    world.state.change({giant}, {world.a.lid()});
    CHECK(world.replies().size() == engine::max_quick_replies - 1);
}

TEST_CASE("settings of the account are known as the devices set them", "[scenario][shop][app_state]")
{
    Synced world;
    auto const ben = Jid::phone("4915100000002");
    CHECK(world.settings() == engine::AccountSettings{});
    world.state.change({appstate::LocaleSetting{"de_DE"}}, {world.a.lid()});
    world.state.change({appstate::TimeFormatSetting{true}}, {world.a.lid()});
    world.ask([&](engine::AppStateSync& sync) {
        sync.set_unarchive_chats(true, world.end());
        sync.set_link_previews(true, world.end());
        sync.mute_status(ben, true, world.end());
    });
    CHECK(world.ends == std::vector<ErrorCode>(3));
    auto const known = world.settings();
    CHECK(known.locale == "de_DE");
    CHECK(known.twenty_four_hours == true);
    CHECK(known.unarchive_chats == true);
    CHECK(known.link_previews_disabled == true);
    CHECK(known.muted_statuses == std::vector<Jid>{ben});
    world.state.change({appstate::MuteStatus{ben, false}}, {world.a.lid()});
    CHECK(world.settings().muted_statuses.empty());
}

TEST_CASE("a contact that was removed has no name any more", "[scenario][shop][app_state]")
{
    Synced world;
    auto const ben = Jid::phone("4915100000002");
    auto const name = [&] {
        auto const known = world.a.store.find_contact(ben);
        return known ? known->full_name : std::string{};
    };
    world.ask([&](engine::AppStateSync& sync) { sync.set_contact(ben, "Ben B", "Ben", world.end()); });
    CHECK(name() == "Ben B");
    world.ask([&](engine::AppStateSync& sync) { sync.remove_contact(ben, world.end()); });
    CHECK(world.ends == std::vector<ErrorCode>(2));
    CHECK(name().empty());
}
