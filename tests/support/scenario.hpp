#pragma once
// A world of a server, phones and engines under one clock and one seed.
#include "tests/support/engine_host.hpp"
#include "tests/support/seeded_random.hpp"

#include <zlib.h>

#include <stdexcept>

namespace wagate::testing {

/// zlib data, as phones pack history.
inline Bytes deflated(ByteView plain)
{
    uLongf size = compressBound(static_cast<uLong>(plain.size()));
    Bytes packed(size);
    compress(packed.data(), &size, plain.data(), static_cast<uLong>(plain.size()));
    packed.resize(size);
    return packed;
}

/// Makes what is sealed in a message impossible to open. Flips more than the end of it: there a pkmsg has
/// what only matters for a new session.
inline void damage(binary::Node& message)
{
    for (auto& child : std::get<binary::Nodes>(message.content)) {
        if (child.tag != "enc") continue;
        auto& bytes = std::get<Bytes>(child.content);
        for (auto i = bytes.size() / 2; i < bytes.size(); ++i)
            bytes[i] ^= 0x55;
    }
}

struct Scenario {
    explicit Scenario(std::uint64_t seed = 1) : random(seed), server(random, clock)
    {
        signal::set_random_source(&random);
    }
    ~Scenario() { signal::set_random_source(nullptr); }
    Scenario(Scenario const&) = delete;
    Scenario& operator=(Scenario const&) = delete;

    SeededRandom random;
    ScenarioClock clock;
    FakeServer server;
    std::vector<std::unique_ptr<EngineHost>> hosts;

    engine::EngineOptions options() const
    {
        engine::EngineOptions options;
        options.root_key = server.root_key();
        options.initial_prekeys = 20;
        options.prekey_batch = 10;
        return options;
    }
    EngineHost& add_host(engine::EngineOptions with)
    {
        hosts.push_back(std::make_unique<EngineHost>(server, clock, random, std::move(with)));
        return *hosts.back();
    }
    EngineHost& add_host() { return add_host(options()); }
    /// A companion of `phone` that is logged in.
    EngineHost& paired(FakePhone& phone)
    {
        auto& host = add_host();
        host.start();
        run();
        server.scan(host.engine().qr().value().text, phone);
        run();
        if (host.engine().status() != SessionStatus::working) throw std::logic_error("pairing has failed");
        return host;
    }

    /// Everything that can happen without time passing.
    void run()
    {
        for (std::size_t steps = 0; steps < 100'000; ++steps) {
            bool idle = true;
            for (auto& host : hosts) {
                auto const possible = host->possible();
                if (possible.empty()) continue;
                host->take(possible.front());
                idle = false;
            }
            if (idle) return;
        }
        throw std::logic_error("the scenario does not come to rest");
    }
    /// Lets time pass, stopping at every moment an engine wants to be woken.
    void advance(Milliseconds duration)
    {
        auto const end = clock.now.monotonic + duration;
        run();
        for (;;) {
            auto next = end;
            for (auto const& host : hosts)
                if (auto const wake = host->wake())
                    next = std::min(next, std::max(*wake, clock.now.monotonic));
            clock.advance(next - clock.now.monotonic);
            for (auto& host : hosts)
                host->on_clock();
            run();
            if (clock.now.monotonic < end) continue;
            bool due = false;
            for (auto const& host : hosts)
                due = due || (host->wake() && *host->wake() <= end);
            if (!due) return;
        }
    }
};

/// Anna with one companion that is logged in.
struct OneAccount : Scenario {
    explicit OneAccount(std::uint64_t seed = 1) : Scenario(seed) {}
    FakePhone& anna = server.add_account("4915100000001", "900000000000001", "Anna");
    EngineHost& a = paired(anna);

    /// The server says something to Anna's companion.
    void say(binary::Node node)
    {
        server.send(a.lid(), std::move(node));
        run();
    }
    SessionStatus status() { return a.engine().status(); }
    StatusReason reason() { return a.engine().reason(); }
    /// What the engine has asked since `log` was cleared: "encrypt count", "passive active" …
    std::vector<std::string> requests()
    {
        std::vector<std::string> found;
        for (auto const& iq : server.seen(a.lid(), "iq"))
            if (iq.has("xmlns"))
                found.push_back(iq.text("xmlns") +
                                (iq.children().empty() ? "" : ' ' + iq.children().front().tag));
        return found;
    }
};

/// Anna and Ben with a companion each.
struct TwoAccounts : OneAccount {
    explicit TwoAccounts(std::uint64_t seed = 1) : OneAccount(seed) {}
    FakePhone& ben = server.add_account("4915100000002", "900000000000002", "Ben");
    EngineHost& b = paired(ben);

    /// Messages of `host` exactly as they were on the wire.
    std::vector<Bytes> sent_bytes(EngineHost& host) const
    {
        std::vector<Bytes> found;
        for (auto const& entry : server.log)
            if (entry.device == host.lid() && entry.node.tag == "message") found.push_back(entry.encoded);
        return found;
    }
    /// A message from Ben's phone to Anna's companion with this content.
    binary::Node from_ben(std::string const& id, binary::Node content) const
    {
        binary::Node message{"message"};
        message.set("from", ben.lid).set("id", id).set("type", "text").set("notify", "Ben");
        message.set("t", unix_seconds(clock.now.wall)).set("sender_pn", ben.phone);
        return message.add(std::move(content));
    }
    binary::Node sealed(std::string const& text, int retry_count = 0)
    {
        message::TextContent content;
        content.text = text;
        return stanza::enc_node(ben.seal(a.lid(), message::make_text(content)), retry_count);
    }
    void deliver(binary::Node node)
    {
        server.deliver(a.lid(), std::move(node));
        run();
    }
};

} // namespace wagate::testing
