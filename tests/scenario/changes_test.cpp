// What happens to messages that are there (protocol.md 7.3, 7.8): reactions, edits, deletions, the chat's
// timer, in both directions, from other devices, in any order.
#include "protocol/engine/compose/about_messages.hpp"
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using binary::Node;
using message::MessageReference;
using message::TypedMessage;

namespace {

struct World : TwoAccounts {
    Jid anna_chat = anna.lid;
    Jid ben_chat = ben.lid;

    static TypedMessage of(message::MessageBody body)
    {
        TypedMessage message;
        message.body = std::move(body);
        return message;
    }
    static TypedMessage text(std::string words) { return of(message::Text{std::move(words), {}, {}}); }
    /// As Ben names a message of the chat with Anna.
    MessageReference by_ben(std::string const& id, bool from_ben = true) const
    {
        return {anna.lid, from_ben, MessageId{id}, std::nullopt};
    }
    void ben_phone_says(TypedMessage const& message, std::string const& id)
    {
        server.send_content(ben, anna.lid, build_message(message), id);
        run();
    }
    TypedMessage edit_by_ben(std::string const& id, std::string words, bool from_ben = true)
    {
        return message::new_edit(by_ben(id, from_ben), text(std::move(words)), clock.now.wall);
    }
    Message stored(EngineHost& host, Jid const& chat, std::string const& id)
    {
        return host.store.find_message(chat, MessageId{id}).value();
    }
    template <class T>
    T only(EngineHost& host)
    {
        auto const events = host.store.events_of<T>();
        REQUIRE(events.size() == 1);
        return events.front();
    }
    engine::SendReport last_report(EngineHost& host) { return host.sends.back(); }
};

} // namespace

TEST_CASE("a reaction is told on both sides and is no message of the chat", "[scenario][changes]")
{
    World world;
    world.a.send_text(world.ben_chat, "hello", "A1");
    world.run();
    world.b.send(world.anna_chat, engine::compose_reaction({MessageId{"A1"}, false, {}}, "👍"), "B1");
    world.run();

    auto const told = world.only<MessageReacted>(world.a);
    CHECK(told.text == "👍");
    CHECK(told.target == MessageTarget{MessageId{"A1"}, true, std::nullopt});
    CHECK(told.message.id == MessageId{"B1"});
    CHECK_FALSE(told.message.from_me);
    CHECK(told.message.sender == world.ben.lid);
    auto const own = world.only<MessageReacted>(world.b);
    CHECK(own.message.from_me);
    CHECK(own.target == MessageTarget{MessageId{"A1"}, false, std::nullopt});
    for (auto* host : {&world.a, &world.b}) {
        CHECK(host->store.told_of("B1").empty());
        CHECK(host->store.acks_of("B1").empty());
    }
    CHECK(world.stored(world.a, world.ben_chat, "B1").kind == MessageKind::control);
    CHECK(world.last_report(world.b).stage == engine::SendStage::sent);

    world.b.send(world.anna_chat, engine::compose_reaction({MessageId{"A1"}, false, {}}, ""), "B2");
    world.run();
    CHECK(world.a.store.events_of<MessageReacted>().at(1).text.empty());
}

TEST_CASE("a change that is delivered twice is told once", "[scenario][changes]")
{
    World world;
    auto const reaction =
        World::of(message::Reaction{world.by_ben("A1", false), "👍", {}, world.clock.now.wall});
    world.ben_phone_says(reaction, "P1");
    if (GENERATE(true, false)) {
        world.a.crash();
        world.a.start(StatusReason::boot);
        world.run();
    }
    world.ben_phone_says(reaction, "P1");
    world.only<MessageReacted>(world.a);
}

TEST_CASE("an edit replaces text and content, and is told", "[scenario][changes]")
{
    World world;
    world.b.send_text(world.anna_chat, "helo", "B1");
    world.run();
    world.b.send(world.anna_chat, engine::compose_edit(MessageId{"B1"}, {"hello", {}, {}}), "B2");
    world.run();
    for (auto* host : {&world.a, &world.b}) {
        auto const chat = host == &world.a ? world.ben_chat : world.anna_chat;
        auto const now = world.stored(*host, chat, "B1");
        CHECK(now.body == "hello");
        CHECK(now.kind == MessageKind::text);
        CHECK(now.edited == world.clock.now.wall);
        CHECK(message::text_of(message::parse_body(now.content).body) == "hello");
        auto const told = world.only<MessageEdited>(*host);
        CHECK(told.target.id == MessageId{"B1"});
        CHECK(told.message.body == "hello");
        CHECK(told.message.content == now.content);
        CHECK(host->store.told_of("B2").empty());
    }
}

TEST_CASE("an edit of a caption keeps the file", "[scenario][changes]")
{
    World world;
    message::Media image;
    image.file.key = message::SharedSecret{Bytes(32, 7)};
    image.file.direct_path = "/v/t62/1";
    image.file.mimetype = "image/jpeg";
    image.caption = "before";
    world.b.send(world.anna_chat, World::of(image), "B1");
    world.run();
    SECTION("as it is sent here")
    {
        world.b.send(world.anna_chat, engine::compose_edit(MessageId{"B1"}, {"after", {}, {}}), "B2");
        world.run();
    }
    SECTION("with the caption alone")
    {
        message::Media caption;
        caption.caption = "after";
        auto const other = GENERATE_COPY(World::of(caption), World::text("after"));
        world.b.send(world.anna_chat, message::new_edit(world.by_ben("B1"), other, world.clock.now.wall),
                     "B2");
        world.run();
    }
    auto const now = world.stored(world.a, world.ben_chat, "B1");
    CHECK(now.kind == MessageKind::typed);
    CHECK(now.body == "after");
    auto const typed = message::parse_body(now.content);
    CHECK(std::get<message::Media>(typed.body).file == image.file);
}

TEST_CASE("nobody edits or deletes what another has written", "[scenario][changes]")
{
    World world;
    world.a.send_text(world.ben_chat, "mine", "A1");
    world.run();
    auto const claims_own = GENERATE(true, false);
    world.ben_phone_says(world.edit_by_ben("A1", "forged", claims_own), "P1");
    world.ben_phone_says(World::of(message::Revoke{world.by_ben("A1", claims_own)}), "P2");
    auto const mine = world.stored(world.a, world.ben_chat, "A1");
    CHECK(mine.body == "mine");
    CHECK_FALSE(mine.edited);
    CHECK_FALSE(mine.revoked);
    CHECK(world.a.store.events_of<MessageEdited>().empty());
    CHECK(world.a.store.events_of<MessageRevoked>().empty());
}

TEST_CASE("a deletion for everyone empties what is stored and tells what it was", "[scenario][changes]")
{
    World world;
    world.b.send_text(world.anna_chat, "oops", "B1");
    world.run();
    world.b.send(world.anna_chat, engine::compose_revoke({MessageId{"B1"}, true, {}}), "B2");
    world.run();
    for (auto* host : {&world.a, &world.b}) {
        auto const chat = host == &world.a ? world.ben_chat : world.anna_chat;
        auto const now = world.stored(*host, chat, "B1");
        CHECK(now.revoked);
        CHECK(now.body.empty());
        CHECK(now.content.empty());
        auto const told = world.only<MessageRevoked>(*host);
        CHECK(told.target.id == MessageId{"B1"});
        REQUIRE(told.before);
        CHECK(told.before->body == "oops");
    }
    // Nothing can be done with it any more.
    world.b.send(world.anna_chat, engine::compose_edit(MessageId{"B1"}, {"again", {}, {}}), "B3");
    world.run();
    CHECK(world.last_report(world.b).error == engine::DraftErrc::not_possible);
    world.ben_phone_says(world.edit_by_ben("B1", "again"), "P1");
    CHECK(world.stored(world.a, world.ben_chat, "B1").body.empty());
}

TEST_CASE("what another own device does is told as own", "[scenario][changes]")
{
    World world;
    auto const say = [&](TypedMessage const& message, std::string const& id) {
        world.server.send_content(world.anna, world.ben.lid, build_message(message), id);
        world.run();
    };
    MessageReference const own{world.ben.lid, true, MessageId{"P1"}, std::nullopt};
    say(World::text("helo"), "P1");
    say(message::new_edit(own, World::text("hello"), world.clock.now.wall), "P2");
    say(World::of(message::Reaction{own, "🙂", {}, world.clock.now.wall}), "P3");
    say(World::of(message::Revoke{own}), "P4");
    MessageTarget const target{MessageId{"P1"}, true, std::nullopt};
    auto const edited = world.only<MessageEdited>(world.a);
    CHECK(edited.target == target);
    CHECK(edited.message.from_me);
    CHECK(edited.message.chat == world.ben_chat);
    CHECK(edited.message.body == "hello");
    CHECK(world.only<MessageReacted>(world.a).target == target);
    auto const revoked = world.only<MessageRevoked>(world.a);
    CHECK(revoked.target == target);
    CHECK(revoked.before->body == "hello");
    // And Ben is told of the same.
    CHECK(world.only<MessageRevoked>(world.b).target == MessageTarget{MessageId{"P1"}, false, std::nullopt});
}

TEST_CASE("a change that overtakes its message is told, and made good when that comes", "[scenario][changes]")
{
    World world;
    auto const restarts = GENERATE(true, false);
    auto const revokes = GENERATE(true, false);
    world.ben_phone_says(
        revokes ? World::of(message::Revoke{world.by_ben("P1")}) : world.edit_by_ben("P1", "hello"), "P2");
    if (revokes)
        CHECK_FALSE(world.only<MessageRevoked>(world.a).before);
    else
        CHECK(world.only<MessageEdited>(world.a).message.body == "hello");
    if (restarts) {
        world.a.crash();
        world.a.start(StatusReason::boot);
        world.run();
    }
    world.ben_phone_says(World::text("helo"), "P1");
    CHECK(world.a.store.told_of("P1") == std::vector<std::string>{revokes ? "" : "hello"});
    auto const now = world.stored(world.a, world.ben_chat, "P1");
    CHECK(now.revoked == revokes);
    CHECK(now.body == (revokes ? "" : "hello"));
    CHECK(world.a.store.records.count(RecordKind::early_changes) == 0);
}

TEST_CASE("another's change of a message that has not come is not made good", "[scenario][changes]")
{
    World world;
    // Ben changes a message that Anna's phone sends later.
    world.ben_phone_says(world.edit_by_ben("P1", "forged", false), "P2");
    world.ben_phone_says(world.edit_by_ben("P1", "forged", true), "P3");
    world.server.send_content(world.anna, world.ben.lid, build_message(World::text("mine")), "P1");
    world.run();
    CHECK(world.stored(world.a, world.ben_chat, "P1").body == "mine");
}

TEST_CASE("few changes are remembered, the latest", "[scenario][changes]")
{
    World world;
    for (std::size_t i = 0; i <= engine::Alterations::max_early; ++i)
        world.ben_phone_says(world.edit_by_ben("P" + std::to_string(i), "edited"), "E" + std::to_string(i));
    world.ben_phone_says(World::text("first"), "P0");
    world.ben_phone_says(World::text("second"), "P1");
    CHECK(world.stored(world.a, world.ben_chat, "P0").body == "first");
    CHECK(world.stored(world.a, world.ben_chat, "P1").body == "edited");
}

TEST_CASE("a change finds a message that is not committed yet", "[scenario][changes]")
{
    World world;
    world.a.hold_commits = true;
    world.ben_phone_says(World::text("helo"), "P1");
    world.ben_phone_says(world.edit_by_ben("P1", "hello"), "P2");
    world.ben_phone_says(World::of(message::Revoke{world.by_ben("P1")}), "P3");
    world.a.hold_commits = false;
    world.run();
    CHECK(world.stored(world.a, world.ben_chat, "P1").revoked);
    CHECK(world.only<MessageEdited>(world.a).message.body == "hello");
    CHECK(world.only<MessageRevoked>(world.a).before->body == "hello");
}

TEST_CASE("whoever reuses the name of another's message does not replace it", "[scenario][changes]")
{
    World world;
    world.a.send_text(world.ben_chat, "mine", "A1");
    world.run();
    world.ben_phone_says(World::text("forged"), "A1");
    CHECK(world.stored(world.a, world.ben_chat, "A1").body == "mine");
    CHECK(world.a.store.received_texts() == std::vector<std::string>{"forged"}); // nothing is lost
    world.ben_phone_says(World::of(message::Reaction{world.by_ben("A1", false), "👍", {}, {}}), "A1");
    CHECK(world.stored(world.a, world.ben_chat, "A1").kind == MessageKind::text);
}

TEST_CASE("what cannot be opened and says that it is hidden is not told as waiting", "[scenario][changes]")
{
    World world;
    auto const reaction =
        World::of(message::Reaction{world.by_ben("A1", false), "👍", {}, world.clock.now.wall});
    world.ben_phone_says(World::text("first"), "P0"); // the phone has a session with the companion
    auto enc = stanza::enc_node(world.ben.seal(world.a.lid(), build_message(reaction)));
    enc.set("decrypt-fail", "hide");
    auto lost = world.from_ben("P1", enc);
    damage(lost);
    world.deliver(lost);
    CHECK(world.a.store.told_of("P1").empty());
    CHECK_FALSE(world.a.store.find_message(world.ben_chat, MessageId{"P1"}));
    auto again = stanza::enc_node(world.ben.seal(world.a.lid(), build_message(reaction)), 1);
    world.deliver(world.from_ben("P1", again));
    CHECK(world.only<MessageReacted>(world.a).text == "👍");
    CHECK(world.a.store.told_of("P1").empty());
    CHECK(world.a.store.waiting(10).empty());
}

TEST_CASE("a message that was deleted before its late ack stays deleted", "[scenario][changes]")
{
    World world;
    world.a.send_text(world.ben_chat, "first", "A0");
    world.run();
    world.server.intercept = [&, lost = false](Jid const& device, Node const& node) mutable {
        if (node.tag != "message" || device != world.a.lid() || lost) return false;
        return lost = true;
    };
    world.a.send_text(world.ben_chat, "oops", "A1");
    world.run();
    MessageReference const own{world.ben.lid, true, MessageId{"A1"}, std::nullopt};
    world.server.send_content(world.anna, world.ben.lid, build_message(World::of(message::Revoke{own})),
                              "P1");
    world.run();
    CHECK(world.stored(world.a, world.ben_chat, "A1").revoked);
    world.advance(80s);
    CHECK(world.last_report(world.a).stage == engine::SendStage::sent);
    CHECK(world.stored(world.a, world.ben_chat, "A1").revoked);
    CHECK(world.stored(world.a, world.ben_chat, "A1").content.empty());
    CHECK(world.stored(world.b, world.anna_chat, "A1").revoked);
}

TEST_CASE("the timer of a chat is kept and goes along with what is sent there", "[scenario][changes]")
{
    World world;
    world.ben_phone_says(World::of(message::EphemeralSetting{24h, world.clock.now.wall}), "P1");
    auto const chat = world.a.store.find_chat(world.ben_chat);
    REQUIRE(chat);
    CHECK(chat->expiration == 24h);
    CHECK(world.a.store.told_of("P1").empty());
    world.a.send_text(world.ben_chat, "for a day", "A1");
    world.run();
    auto const sent = message::parse_body(world.stored(world.b, world.anna_chat, "A1").content);
    CHECK(sent.context.expiration == message::Seconds{24h});

    world.a.send(world.ben_chat, engine::compose_timer(message::Seconds{0}), "A2");
    world.run();
    CHECK(world.a.store.find_chat(world.ben_chat)->expiration == 0s);
    CHECK(world.b.store.find_chat(world.anna_chat)->expiration == 0s);
    world.a.send_text(world.ben_chat, "for ever", "A3");
    world.run();
    auto const later = message::parse_body(world.stored(world.b, world.anna_chat, "A3").content);
    CHECK_FALSE(later.context.expiration);
}

TEST_CASE("every kind is stored as what it is", "[scenario][changes]")
{
    World world;
    message::Location place;
    place.latitude = 52.5;
    place.longitude = 13.4;
    place.name = "Berlin";
    world.ben_phone_says(World::of(place), "P1");
    auto wrapped = World::text("for a while");
    wrapped.envelope.wrappers = {message::Wrapper::ephemeral};
    world.ben_phone_says(wrapped, "P2");
    world.ben_phone_says(World::of(message::Unknown{9999, Bytes{1, 2, 3}}), "P3");
    world.ben_phone_says(message::new_pin(world.by_ben("P1"), 24h, world.clock.now.wall), "P4");
    CHECK(world.stored(world.a, world.ben_chat, "P1").kind == MessageKind::typed);
    CHECK(world.stored(world.a, world.ben_chat, "P2").kind == MessageKind::text);
    CHECK(world.stored(world.a, world.ben_chat, "P2").body == "for a while");
    CHECK(world.stored(world.a, world.ben_chat, "P3").kind == MessageKind::unknown);
    CHECK(world.stored(world.a, world.ben_chat, "P4").kind == MessageKind::control);
    CHECK(world.a.store.received_texts().size() == 3);
}

TEST_CASE("a pinned message is pinned until its time is over or it is unpinned", "[scenario][changes]")
{
    World world;
    auto const begin = world.clock.now.wall;
    world.ben_phone_says(World::text("important"), "P1");
    world.ben_phone_says(message::new_pin(world.by_ben("P1"), 24h, begin), "P2");
    auto const pinned = world.stored(world.a, world.ben_chat, "P1");
    REQUIRE(pinned.pinned_until);
    CHECK(*pinned.pinned_until >= begin + 24h);
    CHECK(*pinned.pinned_until < begin + 25h);
    CHECK(pinned.body == "important");
    world.a.send(world.ben_chat, engine::compose_unpin({MessageId{"P1"}, false, {}}), "A1");
    world.run();
    CHECK_FALSE(world.stored(world.a, world.ben_chat, "P1").pinned_until);
    world.a.send(world.ben_chat, engine::compose_pin({MessageId{"P1"}, false, {}}, 48h), "A2");
    world.run();
    CHECK(world.stored(world.a, world.ben_chat, "P1").pinned_until >= begin + 48h);
    CHECK(world.a.store.received_texts().size() == 1);
    // Told each time, with who it was.
    auto const told = world.a.store.events_of<MessageUpdated>();
    REQUIRE(told.size() == 3);
    CHECK(told[0].change == MessageUpdate::pinned);
    CHECK(told[0].target == MessageTarget{MessageId{"P1"}, false, {}, {}});
    CHECK(told[0].until == pinned.pinned_until);
    CHECK(told[0].by == world.ben.lid);
    CHECK(told[1].change == MessageUpdate::unpinned);
    CHECK(told[1].by != world.ben.lid);
    CHECK(told[2].change == MessageUpdate::pinned);
}

TEST_CASE("what cannot be done with a message is refused before anything is stored", "[scenario][changes]")
{
    World world;
    world.b.send_text(world.anna_chat, "from Ben", "B1");
    world.run();
    auto const before = world.a.store.messages.size();
    auto const refused = [&](engine::Compose compose) {
        world.a.send(world.ben_chat, std::move(compose), "A1");
        world.run();
        auto const report = world.last_report(world.a);
        CHECK(report.stage == engine::SendStage::rejected);
        return report.error;
    };
    using engine::DraftErrc;
    CHECK(refused(engine::compose_edit(MessageId{"none"}, {"x", {}, {}})) == DraftErrc::message_not_found);
    CHECK(refused(engine::compose_edit(MessageId{"B1"}, {"x", {}, {}})) == DraftErrc::not_possible);
    CHECK(refused(engine::compose_revoke({MessageId{"B1"}, false, {}})) == DraftErrc::not_possible);
    CHECK(refused(engine::compose_forward(world.ben_chat, MessageId{"none"})) ==
          DraftErrc::message_not_found);
    CHECK(world.a.store.messages.size() == before);
    CHECK(world.a.store.outbox().empty());
}

TEST_CASE("a forwarded message says so", "[scenario][changes]")
{
    World world;
    world.b.send_text(world.anna_chat, "pass it on", "B1");
    world.run();
    world.a.send(world.ben_chat, engine::compose_forward(world.ben.phone, MessageId{"B1"}), "A1");
    world.run();
    auto const got = world.stored(world.b, world.anna_chat, "A1");
    CHECK(got.body == "pass it on");
    CHECK(message::parse_body(got.content).context.forwarded);
}
