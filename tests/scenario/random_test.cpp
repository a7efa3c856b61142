// Random interleavings of everything, with deaths at any step. Whatever happens: what was accepted arrives
// exactly once and in order, no message key serves two plaintexts, and no ratchet is ever out of step.
#include "protocol/proto/e2e.pb.h"
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>
#include <google/protobuf/io/coded_stream.h>

#include <set>

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using binary::Node;

namespace {

/// Fields of a protobuf message by number; enough for Signal's two message formats.
std::map<int, Bytes> fields_of(ByteView bytes)
{
    std::map<int, Bytes> fields;
    google::protobuf::io::CodedInputStream input(bytes.data(), static_cast<int>(bytes.size()));
    while (auto const tag = input.ReadTag()) {
        std::uint32_t size = 0;
        std::string text;
        if ((tag & 7) == 0) {
            std::uint64_t value = 0;
            if (!input.ReadVarint64(&value)) break;
            fields[static_cast<int>(tag >> 3)] = big_endian(value, 8);
        } else if ((tag & 7) == 2 && input.ReadVarint32(&size) &&
                   input.ReadString(&text, static_cast<int>(size))) {
            fields[static_cast<int>(tag >> 3)] = to_bytes(text);
        } else {
            break;
        }
    }
    return fields;
}

/// Names the message key that a ciphertext was made with: the chain's ratchet key and the counter in it.
Bytes message_key_name(Node const& enc)
{
    auto whisper = to_bytes(enc.bytes());
    if (enc.text("type") == "pkmsg") whisper = fields_of(ByteView{whisper}.subspan(1))[4];
    auto fields =
        fields_of(ByteView{whisper}.subspan(1, whisper.size() - 9)); // version byte in front, MAC behind
    return concat({fields[1], fields[2]});
}

struct Storm : Scenario {
    explicit Storm(std::uint64_t seed) : Scenario(seed), dice(seed * 7'919) {}

    SeededRandom dice;
    FakePhone& anna = server.add_account("4915100000001", "900000000000001", "Anna");
    FakePhone& ben = server.add_account("4915100000002", "900000000000002", "Ben");
    EngineHost& a1 = paired(anna);
    EngineHost& a2 = paired(anna);
    EngineHost& b1 = paired(ben);
    std::vector<std::pair<Jid, Node>> copies; ///< of what the server has delivered
    int crashes = 0;
    int next_text = 0;
    std::map<std::string, bool> by_phone; ///< how each text was addressed

    /// From here on it is known which number belongs to which hidden id: both are one chat.
    void learn_numbers()
    {
        for (auto& host : hosts) {
            auto const& chat = host.get() == &b1 ? anna : ben;
            auto const id = "T" + std::to_string(next_text++);
            by_phone[id] = true;
            host->send_text(chat.phone, "text " + id, id);
            run();
        }
    }

    EngineHost& any_host() { return *hosts[dice.below(hosts.size())]; }

    void one_event()
    {
        auto const event = dice.below(1'000);
        auto& host = any_host();
        if (event < 900) {
            auto const possible = host.possible();
            if (possible.empty()) return;
            // Effects come first, as an owner carries them out before it hands in anything new.
            host.take(possible.front() == EngineHost::Step::effect ? possible.front()
                                                                   : possible[dice.below(possible.size())]);
        } else if (event < 950) {
            auto const id = "T" + std::to_string(next_text++);
            auto const& chat = &host == &b1 ? anna : ben;
            by_phone[id] = dice.below(4) == 0;
            host.send_text(by_phone[id] ? chat.phone : chat.lid, "text " + id, id);
        } else if (event < 965) {
            host.crash();
            host.start(StatusReason::boot);
            ++crashes;
        } else if (event < 972) {
            host.drop_link();
        } else if (event < 974) {
            if (host.engine().me() && server.is_online(host.lid())) server.close_connection_of(host.lid());
        } else if (event < 976) {
            host.reachable = !host.reachable;
        } else if (event < 980) {
            if (!copies.empty()) server.deliver(copies.back().first, copies.back().second);
        } else {
            clock.advance(Milliseconds{static_cast<std::int64_t>(dice.below(3'000))});
            for (auto& each : hosts)
                each->on_clock();
        }
    }

    /// Ids of the messages of `host` that were promised, in the order of the promises.
    std::vector<std::string> promised(EngineHost& host)
    {
        std::vector<std::pair<int, std::string>> found;
        for (auto const& [key, message] : host.store.messages)
            if (message.origin == MessageOrigin::api)
                found.emplace_back(std::stoi(message.id.value.substr(1)), message.id.value);
        std::sort(found.begin(), found.end());
        std::vector<std::string> ids;
        for (auto const& [number, id] : found)
            ids.push_back(id);
        return ids;
    }

    /// Those of the ids that went to a number, or to a hidden id.
    std::vector<std::string> addressed(std::vector<std::string> ids, bool to_phone)
    {
        std::erase_if(ids, [&](std::string const& id) { return by_phone.at(id) != to_phone; });
        return ids;
    }

    /// Ids in `host`'s event log that `sender` has sent, in order and as often as they appear.
    std::vector<std::string> appeared(EngineHost& host, std::vector<std::string> const& of_sender)
    {
        std::vector<std::string> ids;
        for (auto const& event : host.store.events_of<MessageAppeared>())
            if (std::find(of_sender.begin(), of_sender.end(), event.message.id.value) != of_sender.end())
                ids.push_back(event.message.id.value);
        return ids;
    }
};

} // namespace

TEST_CASE("whatever happens, accepted messages arrive exactly once and in order", "[scenario][random]")
{
    auto const seed = GENERATE(range(1u, 21u));
    INFO("seed " << seed);
    Storm world{seed};
    // Without it a number and a hidden id are two chats until the first look-up has ended, with an order
    // each.
    bool const is_one_chat = seed % 2 == 0;
    if (is_one_chat) world.learn_numbers();
    world.server.tamper = [&](Jid const& device, Node& node) { world.copies.emplace_back(device, node); };
    for (int i = 0; i < 1'500; ++i)
        world.one_event();
    for (auto& host : world.hosts)
        host->reachable = true;
    world.advance(2min);
    for (auto& host : world.hosts)
        CHECK(host->engine().status() == SessionStatus::working);

    for (auto* sender : {&world.a1, &world.a2, &world.b1}) {
        auto const promised = world.promised(*sender);
        CHECK_FALSE(promised.empty());
        CHECK(sender->store.outbox().empty());
        CHECK(sender->engine().unfinished_sends() == 0);
        for (auto* receiver : {&world.a1, &world.a2, &world.b1}) {
            auto const appeared = world.appeared(*receiver, promised);
            if (is_one_chat) {
                CHECK(appeared == promised);
                continue;
            }
            CHECK(std::multiset<std::string>{appeared.begin(), appeared.end()} ==
                  std::multiset<std::string>{promised.begin(), promised.end()});
            for (bool const form : {false, true})
                CHECK(world.addressed(appeared, form) == world.addressed(promised, form));
        }
        for (auto const& id : promised) {
            auto const acks = sender->store.acks_of(id);
            REQUIRE_FALSE(acks.empty());
            CHECK(acks.front() == Ack::server);
            CHECK(std::adjacent_find(acks.begin(), acks.end(), std::greater_equal{}) == acks.end());
        }
    }

    std::map<std::pair<Jid, std::string>, Bytes> stanzas; // one id, one stanza
    std::map<std::tuple<Jid, Jid, Bytes>, Bytes> keys;    // one message key, one ciphertext
    for (auto const& seen : world.server.log) {
        CHECK_FALSE((seen.node.tag == "receipt" && seen.node.text("type") == "retry"));
        CHECK_FALSE((seen.node.tag == "ack" && seen.node.has("error")));
        if (seen.node.tag != "message") continue;
        auto const [known, is_new] = stanzas.try_emplace({seen.device, seen.node.text("id")}, seen.encoded);
        if (!is_new) CHECK(known->second == seen.encoded);
        for (auto const& part : seen.node.child("participants")->children()) {
            auto const& enc = *part.child("enc");
            auto const target = part.jid("jid").value();
            auto const [used, is_fresh] =
                keys.try_emplace({seen.device, target, message_key_name(enc)}, to_bytes(enc.bytes()));
            if (!is_fresh) CHECK(used->second == to_bytes(enc.bytes()));
        }
    }
    CHECK(world.anna.failures.empty());
    CHECK(world.ben.failures.empty());
    CHECK(world.crashes > 0);
}
