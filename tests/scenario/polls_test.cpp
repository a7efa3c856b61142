// Polls, events and their answers, which only those can open who know the poll or event (protocol.md 7.8).
#include "protocol/engine/compose/polls.hpp"

#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using message::TypedMessage;

namespace {

using Options = std::vector<std::string>;

struct World : TwoAccounts {
    explicit World(std::uint64_t seed = 1) : TwoAccounts(seed) {}

    static message::Poll poll(std::uint32_t selectable = 0)
    {
        message::Poll poll;
        poll.name = "lunch?";
        poll.options = {"pizza", "soup", "nothing"};
        poll.selectable = selectable;
        return poll;
    }
    static message::CalendarEvent event()
    {
        message::CalendarEvent event;
        event.name = "party";
        event.start = WallTime{std::chrono::seconds{1'900'000'000}};
        event.extra_guests_allowed = true;
        return event;
    }
    void phone_says(FakePhone& phone, FakePhone& to, TypedMessage const& message, std::string const& id)
    {
        server.send_content(phone, to.lid, build_message(message), id);
        run();
    }
    /// A vote of Ben's phone for Anna's poll, with these forms of the addresses.
    TypedMessage ben_votes(message::SharedSecret const& secret, std::string const& poll, Jid author,
                           Jid voter, Options const& options)
    {
        message::MessageReference const target{anna.lid, false, MessageId{poll}, std::nullopt};
        return message::new_poll_vote(target, secret, {MessageId{poll}, std::move(author), std::move(voter)},
                                      options, clock.now.wall, random);
    }
    message::SharedSecret secret_of(EngineHost& host, Jid const& chat, std::string const& id)
    {
        auto const known = host.store.find_message(chat, MessageId{id}).value();
        return message::parse_body(known.content).envelope.secret.value();
    }
};

} // namespace

TEST_CASE("a vote is opened by both sides and can be changed and taken back", "[scenario][polls]")
{
    World world;
    world.a.send(world.ben.lid, engine::compose_poll(World::poll()), "A1");
    world.run();
    CHECK(world.b.store.received_texts() == Options{"lunch?"});
    for (auto const& [id, choice] : {std::pair<std::string, Options>{"B1", {"soup", "pizza", "soup"}},
                                     {"B2", {"nothing"}},
                                     {"B3", {}}}) {
        world.b.send(world.anna.lid, engine::compose_vote(MessageId{"A1"}, choice), id);
        world.run();
    }
    for (auto* host : {&world.a, &world.b}) {
        auto const votes = host->store.events_of<PollVoted>();
        REQUIRE(votes.size() == 3);
        CHECK(votes[0].options == Options{"pizza", "soup"}); // in the poll's order
        CHECK(votes[1].options == Options{"nothing"});
        CHECK(votes[2].options.empty());
        for (auto const& vote : votes) {
            CHECK_FALSE(vote.failed);
            CHECK(vote.target == MessageTarget{MessageId{"A1"}, host == &world.a, std::nullopt});
            CHECK(vote.message.from_me == (host == &world.b));
        }
    }
}

TEST_CASE("votes of phones are opened, whichever form of the addresses they use", "[scenario][polls]")
{
    World world;
    world.a.send(world.ben.lid, engine::compose_poll(World::poll()), "A1");
    world.run();
    auto const secret = world.secret_of(world.a, world.ben.lid, "A1");
    auto const author = GENERATE(true, false) ? world.anna.lid : world.anna.phone;
    auto const voter = GENERATE(true, false) ? world.ben.lid : world.ben.phone;
    world.phone_says(world.ben, world.anna, world.ben_votes(secret, "A1", author, voter, {"soup"}), "P1");
    auto const votes = world.a.store.events_of<PollVoted>();
    REQUIRE(votes.size() == 1);
    CHECK(votes[0].options == Options{"soup"});
}

TEST_CASE("nobody votes for another", "[scenario][polls]")
{
    World world;
    world.a.send(world.ben.lid, engine::compose_poll(World::poll()), "A1");
    world.run();
    auto const secret = world.secret_of(world.a, world.ben.lid, "A1");
    auto const vote = world.ben_votes(secret, "A1", world.anna.lid, world.anna.lid, {"soup"});
    world.phone_says(world.ben, world.anna, vote, "P1");
    auto const votes = world.a.store.events_of<PollVoted>();
    REQUIRE(votes.size() == 1);
    CHECK(votes[0].failed);
    CHECK(votes[0].options.empty());
}

TEST_CASE("a vote before its poll is told as failed, and opened when the poll comes", "[scenario][polls]")
{
    World world;
    auto const poll = message::new_poll(World::poll(), false, world.random);
    message::MessageReference const target{world.anna.lid, true, MessageId{"P1"}, std::nullopt};
    auto const vote =
        message::new_poll_vote(target, *poll.envelope.secret, {MessageId{"P1"}, world.ben.lid, world.ben.lid},
                               {"pizza"}, world.clock.now.wall, world.random);
    world.phone_says(world.ben, world.anna, vote, "P2");
    auto votes = world.a.store.events_of<PollVoted>();
    REQUIRE(votes.size() == 1);
    CHECK(votes[0].failed);
    CHECK(votes[0].target == MessageTarget{MessageId{"P1"}, false, std::nullopt});
    if (GENERATE(true, false)) {
        world.a.crash();
        world.a.start(StatusReason::boot);
        world.run();
    }
    world.phone_says(world.ben, world.anna, poll, "P1");
    votes = world.a.store.events_of<PollVoted>();
    REQUIRE(votes.size() == 2);
    CHECK_FALSE(votes[1].failed);
    CHECK(votes[1].options == Options{"pizza"});
}

TEST_CASE("a poll of another own device can be voted in, and its votes are opened", "[scenario][polls]")
{
    World world;
    auto const poll = message::new_poll(World::poll(), false, world.random);
    world.phone_says(world.anna, world.ben, poll, "P1");
    world.a.send(world.ben.lid, engine::compose_vote(MessageId{"P1"}, {"soup"}), "A1");
    world.b.send(world.anna.lid, engine::compose_vote(MessageId{"P1"}, {"pizza"}), "B1");
    world.run();
    for (auto* host : {&world.a, &world.b}) {
        auto const votes = host->store.events_of<PollVoted>();
        REQUIRE(votes.size() == 2);
        for (auto const& vote : votes) {
            CHECK_FALSE(vote.failed);
            CHECK(vote.options ==
                  (vote.message.sender == world.anna.lid ? Options{"soup"} : Options{"pizza"}));
        }
    }
}

TEST_CASE("an invitation is answered with guests", "[scenario][polls]")
{
    World world;
    world.a.send(world.ben.lid, engine::compose_event(World::event()), "A1");
    world.run();
    world.b.send(world.anna.lid,
                 engine::compose_event_answer(MessageId{"A1"}, message::EventAnswer::Response::going, 2),
                 "B1");
    world.run();
    for (auto* host : {&world.a, &world.b}) {
        auto const answers = host->store.events_of<EventAnswered>();
        REQUIRE(answers.size() == 1);
        CHECK(answers[0].response == 1);
        CHECK(answers[0].extra_guests == 2);
        CHECK_FALSE(answers[0].failed);
        CHECK(answers[0].target == MessageTarget{MessageId{"A1"}, host == &world.a, std::nullopt});
    }
    auto changed = World::event();
    changed.name = "party, later";
    changed.cancelled = true;
    world.a.send(world.ben.lid, engine::compose_event_edit(MessageId{"A1"}, changed), "A2");
    world.run();
    auto const edits = world.b.store.events_of<MessageEdited>();
    REQUIRE(edits.size() == 1);
    CHECK(edits[0].message.body == "party, later");
    CHECK(world.b.store.find_message(world.anna.lid, MessageId{"A1"})->body == "party, later");
    world.b.send(world.anna.lid,
                 engine::compose_event_answer(MessageId{"A1"}, message::EventAnswer::Response::maybe), "B2");
    world.run();
    CHECK(world.b.sends.back().error == engine::DraftErrc::not_possible); // it is cancelled
}

TEST_CASE("an answer to an event that is not known is told as failed", "[scenario][polls]")
{
    World world;
    auto const event = message::new_event(World::event(), world.random);
    message::MessageReference const target{world.anna.lid, true, MessageId{"P1"}, std::nullopt};
    auto const answer = message::new_event_response(
        target, *event.envelope.secret, {MessageId{"P1"}, world.ben.lid, world.ben.lid},
        {message::EventAnswer::Response::maybe, world.clock.now.wall, 0}, world.random);
    world.phone_says(world.ben, world.anna, answer, "P2");
    auto const answers = world.a.store.events_of<EventAnswered>();
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].failed);
    world.phone_says(world.ben, world.anna, event, "P1");
    CHECK(world.a.store.events_of<EventAnswered>().back().response == 3);
}

TEST_CASE("votes that the poll does not allow are refused", "[scenario][polls]")
{
    World world;
    world.a.send(world.ben.lid, engine::compose_poll(World::poll(1)), "A1");
    world.a.send_text(world.ben.lid, "no poll", "A2");
    auto without_secret = message::new_poll(World::poll(), false, world.random);
    without_secret.envelope.secret.reset();
    world.run();
    // As a phone may send it; ours would get a secret.
    world.phone_says(world.anna, world.ben, without_secret, "A3");
    auto const refused = [&](std::string const& poll, Options options) {
        world.b.send(world.anna.lid, engine::compose_vote(MessageId{poll}, std::move(options)), "B1");
        world.run();
        return world.b.sends.back().error;
    };
    using engine::DraftErrc;
    CHECK(refused("none", {}) == DraftErrc::message_not_found);
    CHECK(refused("A1", {"steak"}) == DraftErrc::option_unknown);
    CHECK(refused("A1", {"soup", "pizza"}) == DraftErrc::not_possible);
    CHECK(refused("A2", {"soup"}) == DraftErrc::not_possible);
    CHECK(refused("A3", {"soup"}) == DraftErrc::secret_unknown);
    CHECK(world.a.store.events_of<PollVoted>().empty());
}

TEST_CASE("a reaction that is encrypted is told when its message's secret is known", "[scenario][polls]")
{
    World world;
    world.a.send(world.ben.lid, engine::compose_poll(World::poll()), "A1");
    world.run();
    auto const secret = world.secret_of(world.a, world.ben.lid, "A1");
    message::Reaction reaction;
    reaction.target = {world.anna.lid, false, MessageId{"A1"}, std::nullopt};
    reaction.text = "👍";
    auto const hidden = message::new_encrypted_reaction(
        reaction, secret, {MessageId{"A1"}, world.anna.phone, world.ben.phone}, world.random);
    world.phone_says(world.ben, world.anna, hidden, "P1");
    auto const told = world.a.store.events_of<MessageReacted>();
    REQUIRE(told.size() == 1);
    CHECK(told[0].text == "👍");
}

TEST_CASE("a comment is opened with the secret of what it is about, and told", "[scenario][polls]")
{
    World world;
    bool const comes_first = GENERATE(false, true);
    world.a.send_text(world.ben.lid, "news", "A1");
    world.run();
    auto const secret = world.secret_of(world.a, world.ben.lid, "A1");
    TypedMessage comment;
    comment.body = message::Text{"well said", {}, {}};
    message::MessageReference const target{world.anna.lid, false, MessageId{"A1"}, std::nullopt};
    auto const by = GENERATE(true, false) ? world.ben.lid : world.ben.phone;
    auto const hidden = message::new_encrypted_comment(target, comment, secret,
                                                       {MessageId{"A1"}, world.anna.lid, by}, world.random);
    if (comes_first) { // of a message that Ben's phone writes later
        auto const other = message::generate_secret(world.random);
        message::MessageReference const later{world.anna.lid, true, MessageId{"P0"}, std::nullopt};
        world.phone_says(
            world.ben, world.anna,
            message::new_encrypted_comment(later, comment, other, {MessageId{"P0"}, by, by}, world.random),
            "P1");
        CHECK(world.a.store.events_of<MessageCommented>().empty());
        TypedMessage text;
        text.body = message::Text{"the subject", {}, {}};
        text.envelope.secret = other;
        world.phone_says(world.ben, world.anna, text, "P0");
    } else {
        world.phone_says(world.ben, world.anna, hidden, "P1");
    }
    auto const told = world.a.store.events_of<MessageCommented>();
    REQUIRE(told.size() == 1);
    CHECK(told[0].message.id.value == "P1");
    CHECK(told[0].message.body == "well said");
    CHECK(told[0].message.kind == MessageKind::text);
    CHECK(told[0].target.id.value == (comes_first ? "P0" : "A1"));
    CHECK(told[0].target.from_me == !comes_first);
}

TEST_CASE("a comment with a wrong secret is not told", "[scenario][polls]")
{
    World world;
    world.a.send_text(world.ben.lid, "news", "A1");
    world.run();
    TypedMessage comment;
    comment.body = message::Text{"well said", {}, {}};
    message::MessageReference const target{world.anna.lid, false, MessageId{"A1"}, std::nullopt};
    auto const wrong = message::generate_secret(world.random);
    world.phone_says(world.ben, world.anna,
                     message::new_encrypted_comment(target, comment, wrong,
                                                    {MessageId{"A1"}, world.anna.lid, world.ben.lid},
                                                    world.random),
                     "P1");
    CHECK(world.a.store.events_of<MessageCommented>().empty());
}

TEST_CASE("an encrypted edit replaces what its author wrote, and nobody else's", "[scenario][polls]")
{
    World world;
    auto const secret = message::generate_secret(world.random);
    TypedMessage text;
    text.body = message::Text{"before", {}, {}};
    text.envelope.secret = secret;
    world.phone_says(world.ben, world.anna, text, "P0");
    TypedMessage after;
    after.body = message::Text{"after", {}, {}};
    auto const edit = [&](Jid const& by) {
        constexpr std::uint32_t of_message = 2;
        message::MessageReference const target{world.anna.lid, true, MessageId{"P0"}, std::nullopt};
        TypedMessage outer;
        outer.body =
            message::SecretEdit{target,
                                message::seal(message::SecretUse::message_edit, secret,
                                              {MessageId{"P0"}, by, by}, build_message(after), world.random),
                                of_message};
        return outer;
    };
    world.phone_says(world.anna, world.ben, edit(world.anna.lid), "X1"); // our own phone did not write it
    CHECK(world.a.store.events_of<MessageEdited>().empty());
    world.phone_says(world.ben, world.anna, edit(world.ben.lid), "P1");
    auto const told = world.a.store.events_of<MessageEdited>();
    REQUIRE(told.size() == 1);
    CHECK(told[0].message.body == "after");
    CHECK(world.a.store.find_message(world.ben.lid, MessageId{"P0"})->body == "after");
}

TEST_CASE("any choice of any options arrives, whoever asks and votes", "[scenario][polls]")
{
    auto const seed = GENERATE(range(1, 13));
    World world{static_cast<std::uint64_t>(seed)};
    auto& random = world.random;
    message::Poll poll;
    poll.name = "?";
    auto const count = 1 + random.below(12);
    for (std::uint64_t i = 0; i < count; ++i)
        poll.options.push_back(std::to_string(i) + to_text(random.bytes(random.below(30))));
    for (auto& option : poll.options)
        for (auto& letter : option)
            letter = static_cast<char>(letter & 0x7F); // texts are UTF-8
    auto const by_anna = random.below(2) == 0;
    auto& asks = by_anna ? world.a : world.b;
    auto& votes = by_anna ? world.b : world.a;
    auto const& asker = by_anna ? world.anna : world.ben;
    auto const& voter = by_anna ? world.ben : world.anna;
    // The first message of a chat may go to the number: both know the hidden id later.
    auto const ask_at = random.below(2) == 0 ? voter.lid : voter.phone;
    auto const vote_at = random.below(2) == 0 ? asker.lid : asker.phone;
    asks.send(ask_at, engine::compose_poll(poll), "Q");
    world.run();
    Options chosen;
    for (auto const& option : poll.options)
        if (random.below(2) == 0) chosen.push_back(option);
    votes.send(vote_at, engine::compose_vote(MessageId{"Q"}, chosen), "V");
    world.run();
    for (auto* host : {&world.a, &world.b}) {
        auto const told = host->store.events_of<PollVoted>();
        REQUIRE(told.size() == 1);
        CHECK_FALSE(told[0].failed);
        CHECK(told[0].options == chosen);
    }
}
