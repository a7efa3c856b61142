// A long absence: the server's queue with copies, disorder and damage becomes exactly the right events.
#include "protocol/message/padding.hpp"
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using binary::Node;

namespace {

constexpr std::size_t queue_size = 20'000;
constexpr std::size_t people_count = 16;
constexpr std::size_t group_count = 6;

struct Absence : OneAccount {
    explicit Absence(std::uint64_t seed) : OneAccount(seed), dice(seed * 104'729) {}

    struct Sent {
        Jid chat;
        FakePhone* sender = nullptr;
        std::string text;
        bool is_damaged = false;
    };
    SeededRandom dice;
    std::vector<FakePhone*> people;
    std::vector<Jid> groups;
    std::map<std::string, Sent> sent; ///< by id
    std::vector<Node> queue;

    Node envelope(FakePhone const& from, Jid const& chat, std::string const& id)
    {
        Node message{"message"};
        message.set("from", chat).set("id", id).set("type", "text").set("t", unix_seconds(clock.now.wall));
        if (chat.is_group()) message.set("participant", from.lid);
        return message;
    }
    Bytes group_plain(FakePhone& from, Jid const& group)
    {
        RecordOverlay step{from.records};
        auto const distribution = signal::sender_key_distribution(
            step, signal::SenderKeyName{group.to_string(), signal::Address::of(from.lid)});
        from.records.apply(step.changes());
        return message::make_sender_key_distribution(group, distribution.value());
    }
    /// Everybody has a session with Anna's companion and their group keys are known to it.
    void introduce()
    {
        for (std::size_t i = 0; i < people_count; ++i)
            people.push_back(&server.add_account("49153000000" + std::to_string(10 + i),
                                                 "9200000000000" + std::to_string(10 + i), "Somebody"));
        for (std::size_t i = 0; i < group_count; ++i)
            groups.push_back(Jid{"12036300000000000" + std::to_string(i), JidServer::group});
        int next = 0;
        for (auto* person : people) {
            server.send_text(*person, anna.lid, "hello", "H" + std::to_string(next++));
            run();
            a.send_text(person->lid, "hello yourself", "A" + std::to_string(next));
            run(); // from here on they send whisper messages, as old acquaintances do
            for (auto const& group : groups) {
                auto stanza = envelope(*person, group, "K" + std::to_string(next++));
                stanza.add(stanza::enc_node(person->seal(a.lid(), group_plain(*person, group))));
                server.deliver(a.lid(), std::move(stanza));
                run();
            }
        }
    }
    Node seal(std::string const& id, int retry_count = 0)
    {
        auto const& message = sent.at(id);
        message::TextContent content;
        content.text = message.text;
        auto const plain = message::make_text(content);
        auto stanza = envelope(*message.sender, message.chat, id);
        if (!message.chat.is_group() || retry_count > 0)
            return stanza.add(stanza::enc_node(message.sender->seal(a.lid(), plain), retry_count));
        RecordOverlay step{message.sender->records};
        auto ciphertext = signal::group_encrypt(
            step, signal::SenderKeyName{message.chat.to_string(), signal::Address::of(message.sender->lid)},
            message::pad(plain, random));
        message.sender->records.apply(step.changes());
        return stanza.add(stanza::enc_node(
            signal::Ciphertext{signal::CiphertextKind::sender_key_message, std::move(ciphertext).value()}));
    }
    void fill_queue()
    {
        auto const originals = queue_size * 7 / 10;
        for (std::size_t i = 0; i < originals; ++i) {
            auto const id = "Q" + std::to_string(i);
            auto* person = people[dice.below(people.size())];
            auto const chat = dice.below(2) == 0 ? person->lid : groups[dice.below(groups.size())];
            sent[id] = {chat, person, "text " + id, dice.below(100) == 0};
            queue.push_back(seal(id));
            if (sent[id].is_damaged) damage(queue.back());
        }
        // 5 % change places with one that came up to 8 later.
        for (std::size_t i = 0; i < originals / 20; ++i) {
            auto const at = dice.below(originals - 8);
            std::swap(queue[at], queue[at + 1 + dice.below(8)]);
        }
        // Copies: half of them close behind, half of them anywhere later.
        std::vector<std::vector<Node>> copies(originals);
        for (std::size_t i = originals; i < queue_size; ++i) {
            auto const at = dice.below(originals);
            auto const reach = dice.below(2) == 0 ? std::min<std::size_t>(3, originals - at) : originals - at;
            copies[at + dice.below(reach)].push_back(queue[at]);
        }
        std::vector<Node> with_copies;
        with_copies.reserve(queue_size);
        for (std::size_t i = 0; i < originals; ++i) {
            with_copies.push_back(std::move(queue[i]));
            for (auto& copy : copies[i])
                with_copies.push_back(std::move(copy));
        }
        queue = std::move(with_copies);
    }
};

} // namespace

TEST_CASE("20,000 queued stanzas become exactly the right events, in order in each chat",
          "[scenario][offline]")
{
    Absence world{3};
    world.introduce();
    world.fill_queue();
    REQUIRE(world.queue.size() == queue_size);
    world.a.stop();
    world.run();

    std::map<Jid, std::vector<std::string>> expected; // ids by chat, in the order in which they come first
    std::set<std::string> known;
    for (auto& stanza : world.queue) {
        auto const id = stanza.text("id");
        if (known.insert(id).second) expected[world.sent.at(id).chat].push_back(id);
        world.server.deliver(world.a.lid(), std::move(stanza));
    }
    auto const before = world.a.store.events.size();
    world.server.log.clear();
    world.server.offline_primer = 5;
    world.a.start();
    world.advance(30s); // a batch of 200 each 100 ms
    CHECK(world.server.queued(world.a.lid()) == 0);
    CHECK(world.a.engine().health().offline_backlog == 0);

    std::map<Jid, std::vector<std::string>> told;
    std::map<std::string, std::vector<std::string>> told_of;
    auto const read_events = [&](std::size_t from) {
        for (auto i = from; i < world.a.store.events.size(); ++i) {
            auto const* appeared = std::get_if<MessageAppeared>(&world.a.store.events[i].body);
            if (appeared == nullptr) continue;
            auto const& message = appeared->message;
            auto& about = told_of[message.id.value];
            if (about.empty()) told[message.chat].push_back(message.id.value);
            about.push_back(message.kind == MessageKind::waiting ? "waiting" : message.body);
        }
    };
    read_events(before);
    CHECK(told == expected);
    std::size_t damaged = 0;
    for (auto const& [id, message] : world.sent) {
        damaged += message.is_damaged ? 1 : 0;
        auto const right =
            told_of[id] == std::vector<std::string>{message.is_damaged ? "waiting" : message.text};
        if (!right) FAIL_CHECK(id);
    }
    CHECK(damaged > queue_size / 200);

    // Now the senders answer the requests for a retry.
    auto const at = world.a.store.events.size();
    std::set<std::string> asked;
    for (auto const& receipt : world.server.seen(world.a.lid(), "receipt"))
        if (receipt.text("type") == "retry") asked.insert(receipt.text("id"));
    CHECK(asked.size() == damaged);
    for (auto const& id : asked)
        world.server.deliver(world.a.lid(), world.seal(id, 1));
    world.run();
    read_events(at);
    for (auto const& [id, message] : world.sent) {
        auto const right = message.is_damaged ? std::vector<std::string>{"waiting", message.text}
                                              : std::vector<std::string>{message.text};
        if (told_of[id] != right) FAIL_CHECK(id);
    }
    CHECK(world.a.store.waiting(10).empty());
    CHECK(world.server.queued(world.a.lid()) == 0);
}
