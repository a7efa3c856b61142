#pragma once
// A simulated network without sockets on virtual time, and a client that speaks just enough to be let in.
#include "protocol/binary/codec.hpp"
#include "protocol/noise/noise.hpp"
#include "protocol/stanza/client_payload.hpp"
#include "protocol/stanza/iq.hpp"
#include "tools/sandbox/phone/phone.hpp"
#include "tools/sandbox/server/network.hpp"
#include "tools/sandbox/server/pairing_desk.hpp"

#include <map>
#include <random>

namespace wagate::sandbox::testing {

class SeededRandom final : public RandomSource {
public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    void fill(std::span<std::uint8_t> target) override
    {
        for (auto& byte : target)
            byte = static_cast<std::uint8_t>(engine_());
    }

private:
    std::mt19937_64 engine_;
};

/// Runs actions in the order of their time when told to.
class ManualScheduler final : public Scheduler {
public:
    WallTime now() const override { return now_; }
    void after(Milliseconds delay, std::function<void()> action) override
    {
        actions_.emplace(now_ + delay, std::move(action));
    }
    void post(std::function<void()> action) override { after(Milliseconds{0}, std::move(action)); }
    void advance(Milliseconds step)
    {
        auto const end = now_ + step;
        while (!actions_.empty() && actions_.begin()->first <= end) {
            auto next = actions_.extract(actions_.begin());
            now_ = std::max(now_, next.key());
            next.mapped()();
        }
        now_ = end;
    }

private:
    WallTime now_ = wall_from_seconds(1'800'000'000);
    std::multimap<WallTime, std::function<void()>> actions_;
};

struct FakeLink final : Link {
    Bytes received;
    bool closed = false;
    bool paused = false;
    void write(Bytes message) override { append(received, message); }
    void close() override { closed = true; }
    void abort() override { closed = true; }
    void pause_reading(bool on) override { paused = on; }
};

struct World {
    SeededRandom random{7};
    ManualScheduler scheduler;
    Network network{scheduler, random, {}};

    Account& account(std::string const& phone)
    {
        AccountSettings settings;
        settings.phone = phone;
        return *network.create_account(settings);
    }
    /// Lets posted work happen.
    void settle() { scheduler.advance(Milliseconds{1}); }
};

/// The long-lived keys of one companion.
struct CompanionKeys {
    explicit CompanionKeys(RandomSource& random)
        : noise(crypto::generate_key_pair(random)),
          local{crypto::generate_key_pair(random), 77},
          signed_prekey(signal::generate_signed_prekey(1, local.identity.private_key, random)),
          adv_secret(random.array<32>())
    {}
    crypto::KeyPair noise;
    signal::LocalIdentity local;
    signal::SignedPreKey signed_prekey;
    crypto::Key32 adv_secret;
};

class TestClient {
public:
    TestClient(World& world, crypto::KeyPair const& noise_key, Bytes const& payload)
        : link(std::make_shared<FakeLink>()), handler(world.network.accept(link))
    {
        noise::ClientHandshake handshake{noise_key, crypto::generate_key_pair(world.random),
                                         world.network.identity().root_key};
        handler->on_bytes(concat({noise::make_preamble({}), noise::make_frame(handshake.hello())}));
        auto const finish =
            handshake.finish(next_frame().value(), payload, unix_seconds(world.scheduler.now()));
        handler->on_bytes(noise::make_frame(finish.value()));
        cipher_.emplace(handshake.transport());
    }
    static TestClient register_new(World& world, CompanionKeys const& keys)
    {
        return {world, keys.noise, stanza::registration_payload({}, {}, keys.local, keys.signed_prekey)};
    }
    static TestClient log_in(World& world, crypto::KeyPair const& noise_key, Jid const& device)
    {
        return {world, noise_key, stanza::login_payload({}, device)};
    }

    void send(binary::Node const& stanza)
    {
        handler->on_bytes(cipher_->seal(binary::encode(stanza)).value());
    }
    /// The next stanza from the server; nothing when there is none.
    std::optional<binary::Node> next()
    {
        auto const frame = next_frame();
        if (!frame) return std::nullopt;
        return binary::decode(cipher_->open(*frame).value()).value();
    }
    /// Skips to the next stanza with this tag.
    std::optional<binary::Node> next(std::string_view tag)
    {
        for (auto stanza = next(); stanza; stanza = next())
            if (stanza->tag == tag) return stanza;
        return std::nullopt;
    }
    void close() { handler->on_closed(); }

    std::shared_ptr<FakeLink> link;
    std::shared_ptr<LinkHandler> handler;

private:
    std::optional<Bytes> next_frame()
    {
        frames_.feed(std::exchange(link->received, {}));
        return frames_.next().value();
    }

    noise::FrameSplitter frames_;
    std::optional<noise::TransportCipher> cipher_;
};

/// The QR text for the first reference of a pair-device stanza.
inline std::string qr_of(binary::Node const& pair_device, CompanionKeys const& keys)
{
    pairing::QrContent content;
    content.ref = to_text(pair_device.path({"pair-device", "ref"})->bytes());
    content.noise_key = keys.noise.public_key;
    content.identity_key = keys.local.identity.public_key;
    content.adv_secret = keys.adv_secret;
    return pairing::qr_text(content);
}

/// The companion's answer to pair-success.
inline binary::Node pair_answer(binary::Node const& iq, pairing::VerifiedPairing const& verified)
{
    binary::Node identity{"device-identity"};
    identity.set("key-index", std::int64_t{verified.key_index})
        .with_bytes(pairing::serialize(verified.identity, false));
    binary::Node sign{"pair-device-sign"};
    sign.add(std::move(identity));
    binary::Node answer{"iq"};
    answer.set("to", Jid::server_jid()).set("type", "result").set("id", iq.text("id")).add(std::move(sign));
    return answer;
}

/// Pairs a companion the right way. @return its device number
inline std::uint16_t pair(World& world, Account& account, CompanionKeys const& keys)
{
    auto client = TestClient::register_new(world, keys);
    std::uint16_t device = 0;
    world.network.pairing().scan(account, qr_of(*client.next("iq"), keys), Tamper::none,
                                 [&](PairingOutcome outcome) { device = outcome.phone.device; });
    auto const success = *client.next("iq");
    auto const verified =
        pairing::verify_pairing_container(success.path({"pair-success", "device-identity"})->bytes(),
                                          keys.local.identity, keys.adv_secret, world.random);
    client.send(pair_answer(success, verified.value()));
    client.close();
    return device;
}

} // namespace wagate::sandbox::testing
