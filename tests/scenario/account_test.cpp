// Presence, calls, profiles, who is blocked and privacy tokens, against the server in memory.
#include "protocol/engine/account_errors.hpp"
#include "protocol/engine/server_error.hpp"
#include "protocol/proto/codec.hpp"
#include "protocol/proto/verified_name.pb.h"
#include "tests/support/fake_server_nodes.hpp"
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using binary::Node;
using engine::Engine;

namespace {

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
    ErrorCode outcome(std::function<void(Engine&, std::function<void(ErrorCode)>)> const& call)
    {
        std::optional<ErrorCode> answer;
        ask([&](Engine& engine) { call(engine, [&](ErrorCode error) { answer = error; }); });
        if (!answer) throw std::logic_error("no answer");
        return *answer;
    }
    /// Answers iqs of a namespace with what `reply` makes of them.
    void answer(std::string xmlns, std::function<Node(Node const&)> reply)
    {
        server.intercept = [this, xmlns = std::move(xmlns), reply = std::move(reply)](Jid const& device,
                                                                                      Node const& node) {
            if (node.tag != "iq" || node.text("xmlns") != xmlns) return false;
            server.send(device, reply(node));
            return true;
        };
    }
    Node call(Node what, std::string const& id = "S1")
    {
        what.set("call-id", "CALL").set("call-creator", ben.lid).set("caller_pn", ben.phone);
        Node stanza{"call"};
        stanza.set("from", ben.lid).set("id", id).set("t", "1790000000");
        return stanza.add(std::move(what));
    }
    std::vector<Node> sent(std::string_view tag) { return server.seen(a.lid(), tag); }
};

Node refusal(Node const& request, int code)
{
    Node reply{"iq"};
    reply.set("from", Jid::server_jid()).set("type", "error").set("id", request.text("id"));
    reply.add(Node{"error"}.set("code", std::int64_t{code}).set("text", "refused"));
    return reply;
}

Node notification(std::string_view type, Jid from, Node child)
{
    Node node{"notification"};
    node.set("id", "9001").set("from", std::move(from)).set("type", type).set("t", "1790000000");
    return node.add(std::move(child));
}

} // namespace

// ---------------------------------------------------------------------------- presence

TEST_CASE("nobody is online without a name, and stays online over reconnects with one", "[scenario][account]")
{
    World world;
    auto const online = [](Engine& engine, auto done) { engine.presence().set_online(true, done); };
    world.anna.push_name.clear();
    if (world.a.engine().me()->push_name.empty())
        CHECK(world.outcome(online) == engine::AccountErrc::no_name);
    world.outcome([](Engine& engine, auto done) { engine.profiles().set_name("Anna B", done); });
    CHECK_FALSE(world.outcome(online));
    CHECK(world.sent("presence").back().text("type") == "available");
    CHECK(world.sent("presence").back().text("name") == "Anna B");
    CHECK(world.a.engine().presence().is_online());
    world.server.log.clear();
    world.a.drop_link();
    world.advance(std::chrono::seconds{30});
    REQUIRE(world.sent("presence").size() == 1);
    CHECK(world.sent("presence")[0].text("type") == "available");
    CHECK_FALSE(world.outcome([](Engine& engine, auto done) { engine.presence().set_online(false, done); }));
    CHECK(world.sent("presence").back().text("type") == "unavailable");
    CHECK_FALSE(world.a.engine().presence().is_online());
}

TEST_CASE("who comes, types and goes is told once each and remembered", "[scenario][account]")
{
    World world;
    world.say(Node{"presence"}.set("from", world.ben.lid));
    world.say(Node{"presence"}.set("from", world.ben.lid));
    world.say(Node{"chatstate"}.set("from", world.ben.lid).add(Node{"composing"}));
    auto known = world.a.engine().presence().of(world.ben.phone);
    REQUIRE(known.people.size() == 1);
    CHECK(known.people[0].state == PresenceState::typing);
    world.clock.advance(std::chrono::seconds{26});
    world.ask([](Engine&) {});
    CHECK(world.a.engine().presence().of(world.ben.lid).people[0].state == PresenceState::paused);
    world.say(
        Node{"presence"}.set("from", world.ben.lid).set("type", "unavailable").set("last", "1790000000"));
    auto const told = world.a.store.events_of<PresenceChanged>();
    REQUIRE(told.size() == 3);
    CHECK(told[0].state == PresenceState::online);
    CHECK(told[1].state == PresenceState::typing);
    CHECK(told[2].state == PresenceState::offline);
    CHECK(told[2].last_seen == wall_from_seconds(1'790'000'000));
    CHECK(told[2].chat == world.ben.lid);
    CHECK(told[2].chat_phone == world.ben.phone);
    CHECK(world.sent("ack").empty());
    CHECK(world.a.engine().presence().all().size() == 1);
}

TEST_CASE("a subscription is renewed at the next connection, and what was known before is forgotten",
          "[scenario][account]")
{
    World world;
    CHECK_FALSE(world.outcome(
        [&](Engine& engine, auto done) { engine.presence().subscribe(world.ben.phone, done); }));
    REQUIRE(world.sent("presence").size() == 1);
    CHECK(world.sent("presence")[0].jid("to") == world.ben.lid);
    world.say(Node{"presence"}.set("from", world.ben.lid));
    world.server.log.clear();
    world.a.drop_link();
    world.advance(std::chrono::seconds{30});
    REQUIRE(world.sent("presence").size() == 1);
    CHECK(world.sent("presence")[0].text("type") == "subscribe");
    CHECK(world.a.engine().presence().all().empty());
}

TEST_CASE("a look at somebody waits a moment for the first news", "[scenario][account]")
{
    World world;
    std::vector<std::size_t> people;
    auto const look = [&] {
        world.ask([&](Engine& engine) {
            engine.presence().look(world.ben.phone, [&](Result<engine::Presence::Known> known) {
                people.push_back(known->people.size());
            });
        });
    };
    look();
    CHECK(people.empty());
    bool const answers = GENERATE(true, false);
    if (answers) world.say(Node{"presence"}.set("from", world.ben.lid));
    world.advance(std::chrono::seconds{2});
    look();
    CHECK(people == std::vector<std::size_t>(2, answers ? 1u : 0u));
}

TEST_CASE("typing goes to the address that messages go to", "[scenario][account]")
{
    World world;
    world.outcome([&](Engine& engine, auto done) {
        engine.presence().set_typing(world.ben.phone, PresenceState::recording, done);
    });
    REQUIRE(world.sent("chatstate").size() == 1);
    Node expected{"chatstate"};
    expected.set("to", world.ben.lid).add(Node{"composing"}.set("media", "audio"));
    CHECK(world.sent("chatstate")[0] == expected);
}

// ---------------------------------------------------------------------------- calls

TEST_CASE("a call is told once, and acknowledged when that is durable", "[scenario][account]")
{
    World world;
    world.a.hold_commits = true;
    auto const offer = world.call(Node{"offer"}.add(Node{"video"}));
    world.say(offer);
    CHECK(world.sent("ack").empty());
    world.a.hold_commits = false;
    world.run();
    REQUIRE(world.sent("ack").size() == 1);
    CHECK(world.sent("ack")[0].text("class") == "call");
    world.say(offer); // the ack was lost
    CHECK(world.sent("ack").size() == 2);
    world.say(world.call(Node{"terminate"}.set("reason", "timeout"), "S2"));
    auto const told = world.a.store.events_of<CallChanged>();
    REQUIRE(told.size() == 2);
    CHECK(told[0].id == "CALL");
    CHECK(told[0].state == CallState::received);
    CHECK(told[0].from == world.ben.lid);
    CHECK(told[0].from_phone == world.ben.phone);
    CHECK(told[0].is_video);
    CHECK(told[1].state == CallState::ended);
    CHECK(told[1].is_video);
    CHECK(told[1].reason == "timeout");
}

TEST_CASE("a rejected call is refused to its caller and told", "[scenario][account]")
{
    World world;
    world.say(world.call(Node{"offer"}));
    auto const from = GENERATE(true, false) ? world.ben.lid : world.ben.phone;
    auto const reject = [&](Engine& engine, auto done) { engine.calls().reject(from, "CALL", done); };
    CHECK_FALSE(world.outcome(reject));
    REQUIRE(world.sent("call").size() == 1);
    auto const stanza = world.sent("call")[0];
    CHECK(stanza.jid("to") == world.ben.lid);
    CHECK(stanza.jid("from") == world.anna.lid);
    CHECK(stanza.child("reject")->text("call-id") == "CALL");
    CHECK(world.a.store.events_of<CallChanged>().back().state == CallState::rejected);
    CHECK_FALSE(world.outcome(reject)); // again: said to the server, and no news
    world.say(world.call(Node{"terminate"}, "S2"));
    CHECK(world.sent("ack").size() == 2);
    CHECK(world.a.store.events_of<CallChanged>().size() == 2);
    CHECK(world.outcome([&](Engine& engine, auto done) {
        engine.calls().reject(Jid::parse("120363000000000001@g.us").value(), "CALL", done);
    }) == engine::AccountErrc::not_a_person);
}

// ---------------------------------------------------------------------------- profiles

TEST_CASE("a picture is asked for once a day, or when it changes, or when somebody insists",
          "[scenario][account]")
{
    World world;
    int asked = 0;
    world.answer("w:profile:picture", [&](Node const& iq) {
        ++asked;
        return server_result(iq).add(
            Node{"picture"}.set("id", std::int64_t{asked}).set("url", "https://pps.example/1.jpg"));
    });
    engine::Profiles::Picture seen;
    auto const look = [&](bool refresh) {
        world.ask([&](Engine& engine) {
            engine.profiles().picture(
                world.ben.phone, stanza::PictureSize::full, refresh,
                [&](Result<engine::Profiles::Picture> picture) { seen = picture.value(); });
        });
    };
    look(false);
    look(false);
    CHECK(asked == 1);
    look(true);
    CHECK(asked == 2);
    world.deliver(notification("picture", world.ben.lid, Node{"set"}.set("jid", world.ben.lid)));
    CHECK(world.sent("ack").size() == 1);
    look(false);
    CHECK(asked == 3);
    world.clock.advance(std::chrono::hours{25});
    look(false);
    CHECK(asked == 4);
    CHECK(seen->id == "4");
    CHECK(seen->url == "https://pps.example/1.jpg");
}

TEST_CASE("a hidden or missing picture is none, another refusal is an error", "[scenario][account]")
{
    World world;
    auto const code = GENERATE(401, 404, 429);
    world.answer("w:profile:picture", [&](Node const& iq) { return refusal(iq, code); });
    std::optional<Result<engine::Profiles::Picture>> answer;
    world.ask([&](Engine& engine) {
        engine.profiles().picture(world.ben.lid, stanza::PictureSize::full, false,
                                  [&](Result<engine::Profiles::Picture> picture) { answer = picture; });
    });
    REQUIRE(answer);
    if (code == 429)
        CHECK(engine::server_code(answer->error()) == 429);
    else
        CHECK_FALSE(answer->value());
}

TEST_CASE("a new picture of a group is told once, whoever changed it", "[scenario][account]")
{
    World world;
    auto const group = Jid::parse("120363000000000001@g.us").value();
    world.answer("w:profile:picture",
                 [](Node const& iq) { return server_result(iq).add(Node{"picture"}.set("id", "77")); });
    auto const told = [&] { return world.a.store.events_of<GroupUpdated>(); };
    auto const change = [&](std::optional<Bytes> jpeg) {
        return world.outcome([&](Engine& engine, auto done) {
            engine.profiles().set_picture(
                group, jpeg, [done](Result<std::string> const& id) { done(id ? ErrorCode{} : id.error()); });
        });
    };
    CHECK_FALSE(change(Bytes{0xFF, 0xD8, 0xFF, 0xE0}));
    REQUIRE(told().size() == 1);
    CHECK(told()[0].chat == group);
    CHECK(told()[0].picture_changed);
    CHECK(told()[0].by == world.anna.lid);
    CHECK(world.sent("iq").back().jid("target") == group);
    // The server may tell the own change to the device that made it.
    auto const news = [&](Node what, std::string const& id) {
        auto out = notification("picture", group, std::move(what.set("jid", group)));
        return out.set("id", id);
    };
    world.deliver(news(Node{"set"}.set("id", "77").set("author", world.anna.lid), "N1"));
    CHECK(told().size() == 1);
    world.deliver(news(Node{"set"}.set("id", "78").set("author", world.ben.lid), "N2"));
    REQUIRE(told().size() == 2);
    CHECK(told()[1].by == world.ben.lid);
    world.deliver(news(Node{"delete"}.set("author", world.ben.lid), "N3"));
    CHECK(told().size() == 3);
    CHECK(world.sent("ack").size() == 3);
    CHECK_FALSE(change(std::nullopt));
    CHECK(told().size() == 3); // it has none already
}

TEST_CASE("what is no JPEG is not sent as a picture", "[scenario][account]")
{
    World world;
    ErrorCode error;
    world.ask([&](Engine& engine) {
        engine.profiles().set_picture({}, Bytes{'G', 'I', 'F', '8'},
                                      [&](Result<std::string> const& id) { error = id.error(); });
    });
    CHECK(error == engine::AccountErrc::not_a_picture);
    CHECK(world.sent("iq").empty());
}

TEST_CASE("a number is found under the spelling of the server, or not at all", "[scenario][account]")
{
    World world;
    std::optional<engine::Profiles::Registered> found;
    auto const look = [&](std::string const& number) {
        world.ask([&](Engine& engine) {
            engine.profiles().find(number, [&](Result<std::optional<engine::Profiles::Registered>> person) {
                found = person.value();
            });
        });
    };
    look(world.ben.phone.user);
    REQUIRE(found);
    CHECK(found->phone == world.ben.phone);
    CHECK(found->lid == world.ben.lid);
    look("4915199999999");
    CHECK_FALSE(found);
}

// ---------------------------------------------------------------------------- links, bots, push

TEST_CASE("the own link is the server's, and a code leads to a person, nowhere or into an error",
          "[scenario][account]")
{
    World world;
    int refusing = 0;
    world.answer("w:qr", [&](Node const& iq) {
        if (refusing != 0) return refusal(iq, refusing);
        auto const& asked = *iq.child("qr");
        if (iq.text("type") == "set")
            return server_result(iq).add(
                Node{"qr"}.set("code", asked.text("action") == "get" ? "OLD1" : "NEW2"));
        Node qr{"qr"};
        qr.set("type", asked.text("code") == "MSG1" ? "message" : "contact").set("jid", world.ben.phone);
        return server_result(iq).add(qr.set("notify", "Ben"));
    });
    auto const own = [&](bool revoke) {
        Result<std::string> code = make_error_code(engine::EngineErrc::stopped);
        world.ask([&](Engine& engine) {
            engine.links().own_contact(revoke, [&](Result<std::string> answer) { code = std::move(answer); });
        });
        return code;
    };
    CHECK(own(false).value() == "OLD1");
    CHECK(own(true).value() == "NEW2");
    using Contact = std::optional<stanza::ContactLinkTarget>;
    auto const look = [&](std::string const& code) {
        Result<Contact> found = make_error_code(engine::EngineErrc::stopped);
        world.ask([&](Engine& engine) {
            engine.links().contact(code, [&](Result<Contact> answer) { found = std::move(answer); });
        });
        return found;
    };
    REQUIRE(look("CON1").has_value());
    CHECK(look("CON1").value()->jid == world.ben.phone);
    CHECK(look("CON1").value()->push_name == "Ben");
    CHECK_FALSE(look("MSG1").value().has_value());
    refusing = 404;
    CHECK_FALSE(look("CON1").value().has_value());
    refusing = 429;
    CHECK(look("CON1").error() == engine::server_error(429));
    CHECK(own(false).error() == engine::server_error(429));
}

TEST_CASE("a link into a call comes with the ack of the call server", "[scenario][account]")
{
    World world;
    int refusing = 0;
    world.server.intercept = [&](Jid const& device, Node const& node) {
        if (node.tag != "call") return false;
        Node ack{"ack"};
        ack.set("class", "call").set("type", "link_create").set("id", node.text("id"));
        ack.set("from", node.jid("to").value());
        if (refusing != 0)
            ack.set("error", std::int64_t{refusing});
        else
            ack.add(Node{"link_create"}
                        .set("token", "TOKEN")
                        .set("media", node.child("link_create")->text("media")));
        world.server.send(device, ack);
        return true;
    };
    auto const make = [&] {
        Result<std::string> token = make_error_code(engine::EngineErrc::stopped);
        world.ask([&](Engine& engine) {
            engine.links().create_call(stanza::CallMedia::audio, {},
                                       [&](Result<std::string> answer) { token = std::move(answer); });
        });
        return token;
    };
    CHECK(make().value() == "TOKEN");
    CHECK(world.sent("call").back().path({"link_create"})->text("media") == "audio");
    refusing = 503;
    CHECK(make().error() == engine::server_error(503));
}

TEST_CASE("profiles of bots are asked for with the personas of the list", "[scenario][account]")
{
    World world;
    auto const bot = Jid::phone("13135550002");
    auto const other = Jid::phone("13135550003");
    std::vector<std::string> personas;
    world.server.intercept = [&](Jid const& device, Node const& node) {
        if (node.text("xmlns") == "bot") {
            Node all{"section"};
            all.set("type", "all").add(Node{"bot"}.set("jid", bot).set("persona_id", "P1"));
            world.server.send(device, server_result(node).add(Node{"bot"}.add(std::move(all))));
            return true;
        }
        if (node.text("xmlns") != "usync" || node.path({"usync", "query", "bot"}) == nullptr) return false;
        Node list{"list"};
        for (auto const& user : node.path({"usync", "list"})->children()) {
            personas.push_back(user.path({"bot", "profile"})->text("persona_id"));
            Node profile{"profile"};
            profile.set("persona_id", personas.back()).add(Node{"name"}.with_text("Bot"));
            list.add(
                Node{"user"}.set("jid", user.jid("jid").value()).add(Node{"bot"}.add(std::move(profile))));
        }
        world.server.send(device, server_result(node).add(Node{"usync"}.add(std::move(list))));
        return true;
    };
    using Profiles = std::vector<stanza::BotProfile>;
    auto const look = [&](std::vector<Jid> const& of) {
        Profiles found;
        world.ask([&](Engine& engine) {
            engine.bots().profiles(of, [&](Result<Profiles> answer) { found = std::move(answer).value(); });
        });
        return found;
    };
    auto const all = look({});
    REQUIRE(all.size() == 1);
    CHECK(all[0].jid == bot);
    CHECK(all[0].name == "Bot");
    CHECK(look({other, bot}).size() == 2);
    CHECK(personas == std::vector<std::string>{"P1", "", "P1"});
}

TEST_CASE("a device is registered for push once, with a key made for it where none was given",
          "[scenario][account]")
{
    World world;
    Node config;
    world.answer("urn:xmpp:whatsapp:push", [&](Node const& iq) {
        if (iq.text("type") == "get")
            return server_result(iq).add(Node{"settings"}.set("webserverkey", "BGsX"));
        config = *iq.child("config");
        return config.text("id") == "bad" ? refusal(iq, 400) : server_result(iq);
    });
    std::optional<std::string> key;
    world.ask([&](Engine& engine) {
        engine.push().server_key(
            [&](Result<std::optional<std::string>> answer) { key = std::move(answer).value(); });
    });
    CHECK(key == "BGsX");
    auto const set = [&](stanza::PushTarget const& target) {
        Result<stanza::PushTarget> registered = make_error_code(engine::EngineErrc::stopped);
        world.ask([&](Engine& engine) {
            engine.push().register_device(
                target, [&](Result<stanza::PushTarget> answer) { registered = std::move(answer); });
        });
        return registered;
    };
    auto const apns = set(stanza::ApnsPush{"token", "", {}});
    REQUIRE(apns.has_value());
    CHECK(std::get<stanza::ApnsPush>(*apns).message_id_key.size() == stanza::ApnsPush::key_size);
    CHECK(config.text("platform") == "apple");
    CHECK_FALSE(config.text("pkey").empty());
    CHECK(set(stanza::FcmPush{"bad"}).error() == engine::server_error(400));
}

// ---------------------------------------------------------------------------- blocked people

TEST_CASE("who is blocked is blocked by LID, and stored when the server agrees", "[scenario][account]")
{
    World world;
    bool const refuses = GENERATE(false, true);
    world.answer("blocklist", [&](Node const& iq) { return refuses ? refusal(iq, 500) : server_result(iq); });
    auto const error = world.outcome(
        [&](Engine& engine, auto done) { engine.profiles().set_blocked(world.ben.phone, true, done); });
    auto const item = *world.sent("iq").at(0).child("item");
    CHECK(item.jid("jid") == world.ben.lid);
    CHECK(item.jid("pn_jid") == world.ben.phone);
    CHECK(engine::server_code(error) == (refuses ? 500 : 0));
    CHECK(world.a.store.records.read(RecordKind::privacy_token, "blocked").has_value() == !refuses);
}

TEST_CASE("another device's changes of the block list are taken over before they are acknowledged",
          "[scenario][account]")
{
    World world;
    Node item{"item"};
    item.set("jid", world.ben.lid).set("action", "block");
    world.a.hold_commits = true;
    world.server.deliver(world.a.lid(), notification("account_sync", world.anna.phone,
                                                     Node{"blocklist"}.set("dhash", "1").add(item)));
    world.run();
    CHECK(world.sent("ack").empty());
    world.a.hold_commits = false;
    world.run();
    CHECK(world.sent("ack").size() == 1);
    CHECK(world.a.store.records.read(RecordKind::privacy_token, "blocked"));
}

TEST_CASE("what others change of themselves, and own devices of the account, is told once each",
          "[scenario][account]")
{
    World world;
    world.deliver(
        notification("picture", world.ben.lid, Node{"set"}.set("jid", world.ben.lid).set("id", "17")));
    world.deliver(notification("picture", world.ben.lid, Node{"delete"}.set("jid", world.ben.lid)));
    world.deliver(notification("status", world.ben.lid, Node{"set"}.with_text("Away")));
    for (auto const* action : {"block", "block", "unblock"}) {
        Node item{"item"};
        item.set("jid", world.ben.lid).set("action", action);
        world.deliver(notification("account_sync", world.anna.phone, Node{"blocklist"}.add(std::move(item))));
    }
    Node settings{"privacy"};
    settings.add(Node{"category"}.set("name", "last").set("value", "none"));
    world.deliver(notification("account_sync", world.anna.phone, std::move(settings)));
    CHECK(world.sent("ack").size() == 7);

    std::vector<std::string> told;
    for (auto const& event : world.a.store.events_of<ContactUpdated>()) {
        CHECK(event.chat == world.ben.lid);
        CHECK(event.chat_phone == world.ben.phone);
        told.push_back(std::string{contact_update_name(event.change)} + event.picture + event.about);
    }
    CHECK(told ==
          std::vector<std::string>{"picture17", "pictureRemoved", "aboutAway", "blocked", "unblocked"});
    auto const account = world.a.store.events_of<AccountUpdated>();
    REQUIRE(account.size() == 1);
    CHECK(account[0].privacy == std::vector<std::pair<std::string, std::string>>{{"last", "none"}});
}

TEST_CASE("the own picture and about text, and news that say nothing, are no events", "[scenario][account]")
{
    World world;
    world.deliver(
        notification("picture", world.anna.lid, Node{"set"}.set("jid", world.anna.lid).set("id", "1")));
    world.deliver(notification("status", world.anna.lid, Node{"set"}.with_text("mine")));
    world.deliver(notification("picture", world.ben.lid, Node{"request"}));
    world.deliver(notification("account_sync", world.anna.phone, Node{"privacy"}));
    CHECK(world.sent("ack").size() == 4);
    CHECK(world.a.store.events_of<ContactUpdated>().empty());
    CHECK(world.a.store.events_of<AccountUpdated>().empty());
}

// ---------------------------------------------------------------------------- what the server allows

TEST_CASE("the time lock and the quota of new chats are asked for", "[scenario][account]")
{
    World world;
    std::string answered;
    world.answer("w:mex", [&](Node const& iq) {
        return server_result(iq).add(Node{"result"}.with_bytes(to_bytes(answered)));
    });
    std::optional<Result<TimeLock>> lock;
    auto const ask_lock = [&] {
        world.ask([&](Engine& engine) {
            engine.account_limits().time_lock([&](Result<TimeLock> found) { lock = found; });
        });
    };
    answered = R"({"data":{"xwa2_fetch_account_reachout_timelock":{"is_active":true,)"
               R"("time_enforcement_ends":"1790600000","enforcement_type":"BIZ_QUALITY"}}})";
    ask_lock();
    auto const end = wall_from_seconds(1'790'600'000);
    CHECK(lock.value().value() == TimeLock{true, end, "BIZ_QUALITY"});
    answered = R"({"data":{"xwa2_fetch_account_reachout_timelock":{"is_active":false,)"
               R"("time_enforcement_ends":"0","enforcement_type":"DEFAULT"}}})";
    ask_lock();
    CHECK(lock.value().value() == TimeLock{false, std::nullopt, "DEFAULT"});
    answered = R"({"data":null,"errors":[{"message":"no","extensions":{"error_code":403}}]})";
    ask_lock();
    CHECK(engine::server_code(lock.value().error()) == 403);
    answered = "{}";
    ask_lock();
    CHECK(engine::server_code(lock.value().error()) == 500);

    std::optional<Result<NewChatQuota>> quota;
    answered = R"({"data":{"xwa2_message_capping_info":{"total_quota":50,"used_quota":"3",)"
               R"("cycle_start_timestamp":"1788000000","cycle_end_timestamp":"1790592000000",)"
               R"("capping_status":"FIRST_WARNING","ote_status":"ELIGIBLE","mv_status":"NOT_ACTIVE"}}})";
    world.ask([&](Engine& engine) {
        engine.account_limits().new_chats([&](Result<NewChatQuota> found) { quota = found; });
    });
    CHECK(quota.value().value() == NewChatQuota{50, 3, wall_from_seconds(1'788'000'000),
                                                wall_from_seconds(1'790'592'000), "FIRST_WARNING", "ELIGIBLE",
                                                "NOT_ACTIVE"});
}

TEST_CASE("what the server tells of limits and of followed channels is an event before it is acknowledged",
          "[scenario][account]")
{
    World world;
    auto const tell = [&](std::string_view json) {
        Node update{"update"};
        update.set("op_name", "Something").with_bytes(to_bytes(json));
        world.deliver(notification("mex", Jid::server_jid(), std::move(update)));
    };
    tell(R"({"data":{"xwa2_notify_account_reachout_timelock":{"is_active":true,)"
         R"("time_enforcement_ends":"1790600000","enforcement_type":"DEFAULT"}}})");
    tell(R"({"data":{"xwa2_notify_new_chat_messages_capping_info_update":{"used_quota":7}}})");
    tell(R"({"data":{"xwa2_notify_newsletter_on_join":{"id":"120363000000000001@newsletter",)"
         R"("thread_metadata":{"name":{"text":"News"}}}}})");
    tell(
        R"({"data":{"xwa2_notify_newsletter_on_mute_change":{"id":"120363000000000001@newsletter","mute":"ON"}}})");
    tell(
        R"({"data":{"xwa2_notify_newsletter_on_leave":{"id":"120363000000000001@newsletter","role":"GUEST"}}})");
    for (auto const* useless : {"", "[]", "{", R"({"data":null})", R"({"data":{"else":{}}})",
                                R"({"data":{"xwa2_notify_newsletter_on_leave":{"id":"49@s.whatsapp.net"}}})"})
        tell(useless);
    CHECK(world.sent("ack").size() == 11);

    auto const account = world.a.store.events_of<AccountUpdated>();
    REQUIRE(account.size() == 2);
    CHECK(account[0].time_lock == TimeLock{true, wall_from_seconds(1'790'600'000), "DEFAULT"});
    CHECK(account[1].quota.value().used == 7);
    std::vector<std::string> told;
    for (auto const& event : world.a.store.events_of<ChatUpdated>())
        told.emplace_back(chat_update_name(event.change));
    CHECK(told == std::vector<std::string>{"followed", "muted", "unfollowed"});
    auto const channel = Jid::parse("120363000000000001@newsletter").value();
    CHECK(world.a.store.find_chat(channel).value().name == "News");
}

// ---------------------------------------------------------------------------- who somebody is

TEST_CASE("all that is shown of people comes with one question, and is learnt", "[scenario][account]")
{
    World world;
    int asked = 0;
    Jid const carl = Jid::phone("4915100000077");
    Jid const carl_lid = Jid::hidden("900000000000077");
    proto::VerifiedNameCertificate::Details details;
    details.set_verified_name("Carl's Shop");
    proto::VerifiedNameCertificate certificate;
    certificate.set_details(details.SerializeAsString());
    world.answer("usync", [&](Node const& iq) {
        ++asked;
        auto const& users = iq.path({"usync", "list"})->children();
        CHECK(users.size() == 2);
        Node device{"device-list"};
        device.add(Node{"device"}.set("id", "0")).add(Node{"device"}.set("id", "3").set("key-index", "1"));
        Node user{"user"};
        user.set("jid", carl)
            .add(Node{"lid"}.set("val", carl_lid))
            .add(Node{"status"}.set("t", "1790000000").with_text("At work"))
            .add(Node{"picture"}.set("id", "99"))
            .add(Node{"disappearing_mode"}.set("duration", "86400").set("t", "5"))
            .add(Node{"devices"}.add(std::move(device)))
            .add(Node{"business"}.add(Node{"verified_name"}.with_bytes(proto::encode(certificate))));
        Node hidden{"user"};
        hidden.set("jid", world.ben.phone).add(Node{"status"}.set("code", "401")).add(Node{"picture"});
        Node list{"list"};
        list.add(std::move(hidden)).add(std::move(user));
        return server_result(iq).add(Node{"usync"}.add(std::move(list)));
    });
    std::vector<engine::Profiles::PersonInfo> found;
    world.ask([&](Engine& engine) {
        engine.profiles().info({carl, world.ben.lid}, [&](auto infos) { found = std::move(infos).value(); });
    });
    CHECK(asked == 1);
    REQUIRE(found.size() == 2);
    CHECK(found[0].jid == carl);
    CHECK(found[0].lid == carl_lid);
    CHECK(found[0].about == "At work");
    CHECK(found[0].about_set == wall_from_seconds(1'790'000'000));
    CHECK(found[0].picture_id == "99");
    CHECK(found[0].devices == std::vector<std::uint16_t>{0, 3});
    CHECK(found[0].verified_name == "Carl's Shop");
    CHECK(found[0].timer == std::chrono::seconds{86'400});
    CHECK(found[1].phone == world.ben.phone);
    CHECK_FALSE(found[1].about);
    CHECK(found[1].picture_id.empty());
    CHECK(found[1].devices.empty());
    CHECK(world.a.engine().lid_of(carl) == carl_lid);
    CHECK(world.a.store.find_contact(carl).value().business_name == "Carl's Shop");
}

// ---------------------------------------------------------------------------- tokens

TEST_CASE("a token is kept before it is acknowledged, goes along with what asks for it, and gets old",
          "[scenario][account]")
{
    World world;
    auto const now = unix_seconds(world.clock.now.wall);
    auto const give = [&](std::int64_t time, Bytes bytes) {
        Node token{"token"};
        token.set("type", "trusted_contact").set("t", time).with_bytes(std::move(bytes));
        auto notice = notification("privacy_token", world.ben.phone, Node{"tokens"}.add(std::move(token)));
        notice.set("sender_lid", world.ben.lid);
        world.server.deliver(world.a.lid(), std::move(notice));
        world.run();
    };
    auto const token = [&] {
        std::optional<Node> found;
        world.ask([&](Engine& engine) { found = engine.privacy_tokens().token_for(world.ben.phone); });
        return found;
    };
    world.a.hold_commits = true;
    give(now, {1, 2, 3});
    CHECK(world.sent("ack").empty());
    world.a.hold_commits = false;
    world.run();
    CHECK(world.sent("ack").size() == 1);
    CHECK(token() == Node{"tctoken"}.with_bytes({1, 2, 3}));
    give(now - 10, {9}); // an older one comes late
    CHECK(token() == Node{"tctoken"}.with_bytes({1, 2, 3}));
    world.outcome([&](Engine& engine, auto done) { engine.presence().subscribe(world.ben.lid, done); });
    CHECK(world.sent("presence").back().child("tctoken") != nullptr);
    world.clock.advance(std::chrono::hours{24 * 29});
    CHECK_FALSE(token());
}

TEST_CASE("strangers get a token made with the phone's salt; groups and the own account get none",
          "[scenario][account]")
{
    World world;
    auto const token = [&](Jid const& to) {
        std::optional<Node> found;
        world.ask([&](Engine& engine) { found = engine.privacy_tokens().token_for(to); });
        return found;
    };
    CHECK_FALSE(token(world.ben.lid));
    RecordOverlay step{world.a.store};
    engine::PrivacyTokens::learn_salt(step, Bytes{7, 7});
    world.a.store.records.apply(step.changes());
    auto const made = token(world.ben.phone);
    REQUIRE(made);
    CHECK(made->tag == "cstoken");
    auto const expected = crypto::hmac_sha256(Bytes{7, 7}, {view(world.ben.lid.to_string())});
    CHECK(to_bytes(made->bytes()) == to_bytes(expected));
    CHECK_FALSE(token(world.anna.lid));
    CHECK_FALSE(token(Jid::parse("120363000000000001@g.us").value()));
}

TEST_CASE("a person who is written to is given a token once a week, and again after registering anew",
          "[scenario][account]")
{
    World world;
    auto const write = [&] {
        world.ask([&](Engine& engine) { engine.privacy_tokens().written_to(world.ben.phone); });
    };
    auto const issued = [&] {
        std::size_t found = 0;
        for (auto const& iq : world.sent("iq"))
            found += iq.path({"tokens", "token"}) != nullptr;
        return found;
    };
    write(); // the message that the two know each other from gave this week's
    CHECK(issued() == 0);
    world.clock.advance(std::chrono::hours{24 * 8});
    write();
    write();
    REQUIRE(issued() == 1);
    CHECK(world.sent("iq")[0].path({"tokens", "token"})->jid("jid") == world.ben.lid);
    world.deliver(notification("encrypt", world.ben.lid, Node{"identity"}));
    CHECK(issued() == 2);
    world.clock.advance(std::chrono::hours{24 * 8});
    write();
    CHECK(issued() == 3);
}

TEST_CASE("a dirty account is looked at again", "[scenario][account]")
{
    World world;
    world.server.log.clear();
    world.say(Node{"ib"}.add(Node{"dirty"}.set("type", "account_sync").set("timestamp", "17")));
    CHECK(world.requests() == std::vector<std::string>{"blocklist", "urn:xmpp:whatsapp:dirty clean"});
}
