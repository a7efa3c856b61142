// Anything that the server, the own phone or a stranger may say to a session that is logged in. Byte 0
// chooses who speaks, byte 1 a type. Whatever it is: the session is still there and answers, or has ended
// with a reason; what has to be confirmed is confirmed.
#include "protocol/binary/codec.hpp"
#include "tests/support/history_samples.hpp"
#include "tests/support/scenario.hpp"

#include <array>
#include <cstdlib>
#include <iostream>

namespace {

using namespace wagate;
using namespace wagate::testing;
using namespace std::chrono_literals;
using binary::Node;
using binary::Nodes;

constexpr std::array notification_types{"account_sync", "contacts",
                                        "devices",      "encrypt",
                                        "mediaretry",   "mex",
                                        "picture",      "privacy_token",
                                        "server_sync",  "status",
                                        "w:gp2",        "business",
                                        "newsletter",   "link_code_companion_reg"};
constexpr std::array receipt_types{"",       "read",     "played",   "retry",
                                   "sender", "inactive", "peer_msg", "server-error"};

void require(bool holds, char const* promise, EngineHost& host)
{
    if (holds) return;
    std::cerr << "broken: " << promise << " (status " << static_cast<int>(host.engine().status())
              << ", reason " << reason_name(host.engine().reason()) << ")\n";
    std::abort();
}

struct World : OneAccount {
    FakePhone& ben = server.add_account("4915100000002", "900000000000002", "Ben");

    World()
    {
        // A stranger may turn out to be anybody; the server in memory knows two.
        a.send_text(ben.lid, "hello", "A0");
        run();
        server.log.clear();
    }
};

/// The children of a decoded stanza, or its content, below `outer`.
Node with_content(Node outer, Node inner)
{
    outer.content = std::move(inner.content);
    for (auto const& attribute : inner.attributes)
        if (!outer.has(attribute.key)) outer.attributes.push_back(attribute);
    return outer;
}

void notify(World& world, std::uint8_t type, Node inner)
{
    Node node{"notification"};
    auto const from = type % 2 == 0 ? world.ben.lid : world.anna.phone;
    node.set("id", "9001")
        .set("from", from)
        .set("type", notification_types[(type / 2) % notification_types.size()]);
    node.set("t", "1790000000");
    world.server.deliver(world.a.lid(), with_content(std::move(node), std::move(inner)));
    world.run();
    if (world.status() == SessionStatus::working && world.server.is_online(world.a.lid()))
        require(world.server.queued(world.a.lid()) == 0, "a notification is acknowledged", world.a);
}

void receipt(World& world, std::uint8_t type, Node inner)
{
    Node node{"receipt"};
    node.set("id", "A0").set("from", type % 2 == 0 ? world.ben.lid : world.anna.lid);
    if (auto const* name = receipt_types[(type / 2) % receipt_types.size()]; *name != '\0')
        node.set("type", name);
    world.say(with_content(std::move(node), std::move(inner)));
}

void message(World& world, std::uint8_t type, Node inner)
{
    Node node{"message"};
    node.set("id", "B1")
        .set("from", type % 2 == 0 ? world.ben.lid : Jid::parse("120363000000000001@g.us").value());
    node.set("type", (type & 2) == 0 ? "text" : "media").set("t", "1790000000");
    world.server.deliver(world.a.lid(), with_content(std::move(node), std::move(inner)));
    world.run();
}

/// Every question that the session asks is answered like this, for a while.
void answer_everything(World& world, Node const& inner)
{
    world.server.intercept = [&](Jid const& device, Node const& asked) {
        if (asked.tag != "iq" || asked.text("type") == "result" || asked.text("xmlns") == "passive")
            return false;
        Node reply{"iq"};
        reply.set("id", asked.text("id")).set("from", "s.whatsapp.net").set("type", "result");
        world.server.send(device, with_content(std::move(reply), inner));
        return true;
    };
    world.a.send_text(Jid::phone("4915100000002"), "who are you", "A1");
    world.a.send_text(Jid::parse("120363000000000001@g.us").value(), "who are you all", "A2");
    world.advance(20s);
    world.server.intercept = {};
}

void history(World& world, std::uint8_t type, ByteView plain)
{
    HistorySample sample;
    sample.raw(to_text(plain));
    world.server.send_peer(world.anna, world.a.lid(), sample.notification(type % 8), "PEER1");
    world.run();
}

void speak(World& world, std::uint8_t who, std::uint8_t type, ByteView input)
{
    if (who % 8 == 0) return world.server.send_payload(world.a.lid(), input);
    if (who % 8 == 1) return world.server.send_content(world.ben, world.anna.lid, to_bytes(input), "B1");
    if (who % 8 == 2) return world.server.send_peer(world.anna, world.a.lid(), to_bytes(input), "PEER1");
    if (who % 8 == 3) return history(world, type, input);
    auto inner = binary::decode(input);
    if (!inner) return;
    switch (who % 8) {
    case 4: return notify(world, type, std::move(*inner));
    case 5: return receipt(world, type, std::move(*inner));
    case 6: return message(world, type, std::move(*inner));
    default: return answer_everything(world, *inner);
    }
}

bool answers_a_ping(World& world)
{
    world.server.log.clear();
    Node ping{"iq"};
    ping.set("id", "ping-1").set("from", "s.whatsapp.net").set("type", "get").set("xmlns", "urn:xmpp:ping");
    world.say(std::move(ping));
    for (auto const& iq : world.server.seen(world.a.lid(), "iq"))
        if (iq.text("id") == "ping-1" && iq.text("type") == "result") return true;
    return false;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size < 2) return 0;
    try {
        World world;
        speak(world, data[0], data[1], ByteView{data + 2, size - 2});
        world.run();
        world.advance(2min);
        if (world.status() != SessionStatus::working)
            require(world.reason() != StatusReason::none, "an end has a reason", world.a);
        else if (world.server.is_online(world.a.lid()))
            require(answers_a_ping(world), "a session that works answers", world.a);
    } catch (std::logic_error const& error) {
        // The server in memory does not know whom the input names. Anything else is an error of the engine.
        if (std::string_view{error.what()}.starts_with("no such")) return 0;
        throw;
    }
    return 0;
}
