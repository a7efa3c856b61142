#include "network_fixture.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::sandbox;
using namespace wagate::sandbox::testing;

namespace {

struct Fixture {
    World world;
    Account& account = world.account("491510000001");
    CompanionKeys keys{world.random};
    std::optional<PairingOutcome> outcome;
    PairingDone done = [this](PairingOutcome result) { outcome = std::move(result); };
};

} // namespace

TEST_CASE("an unpaired client gets six references", "[sandbox][pairing]")
{
    Fixture f;
    auto client = TestClient::register_new(f.world, f.keys);
    auto const iq = client.next("iq");
    REQUIRE(iq);
    CHECK(iq->child("pair-device")->children().size() == 6);
}

TEST_CASE("a scanned companion is registered once its signature is verified, and told to restart",
          "[sandbox][pairing]")
{
    Fixture f;
    auto client = TestClient::register_new(f.world, f.keys);
    f.world.network.pairing().scan(f.account, qr_of(*client.next("iq"), f.keys), Tamper::none, f.done);
    auto const success = *client.next("iq");
    CHECK(f.account.devices.size() == 1);
    auto const verified =
        pairing::verify_pairing_container(success.path({"pair-success", "device-identity"})->bytes(),
                                          f.keys.local.identity, f.keys.adv_secret, f.world.random);
    REQUIRE(verified.has_value());
    client.send(pair_answer(success, *verified));
    REQUIRE(f.outcome);
    CHECK(f.outcome->status == 200);
    CHECK(f.outcome->phone == Jid::phone("491510000001", 1));
    CHECK(f.outcome->lid == Jid::hidden(f.account.lid, 1));
    CHECK(client.next("stream:error")->text("code") == "515");
    CHECK_FALSE(client.link->closed);
    f.world.scheduler.advance(Milliseconds{100});
    CHECK(client.link->closed);
}

TEST_CASE("a companion with a wrong device signature is not registered", "[sandbox][pairing]")
{
    Fixture f;
    auto client = TestClient::register_new(f.world, f.keys);
    f.world.network.pairing().scan(f.account, qr_of(*client.next("iq"), f.keys), Tamper::none, f.done);
    auto const success = *client.next("iq");
    auto verified =
        pairing::verify_pairing_container(success.path({"pair-success", "device-identity"})->bytes(),
                                          f.keys.local.identity, f.keys.adv_secret, f.world.random);
    verified->identity.device_signature[3] ^= 1;
    client.send(pair_answer(success, *verified));
    REQUIRE(f.outcome);
    CHECK(f.outcome->status == 422);
    CHECK(f.account.devices.size() == 1);
}

TEST_CASE("a tampered pairing is one that a careful companion refuses", "[sandbox][pairing]")
{
    Fixture f;
    auto const tamper = GENERATE(Tamper::hmac, Tamper::signature);
    auto client = TestClient::register_new(f.world, f.keys);
    f.world.network.pairing().scan(f.account, qr_of(*client.next("iq"), f.keys), tamper, f.done);
    auto const success = *client.next("iq");
    auto const verified =
        pairing::verify_pairing_container(success.path({"pair-success", "device-identity"})->bytes(),
                                          f.keys.local.identity, f.keys.adv_secret, f.world.random);
    REQUIRE_FALSE(verified.has_value());
    auto const expected = tamper == Tamper::hmac ? pairing::PairingErrc::hmac_mismatch
                                                 : pairing::PairingErrc::signature_mismatch;
    CHECK(verified.error() == expected);
}

TEST_CASE("a scan answers with an error when the companion never signs", "[sandbox][pairing]")
{
    Fixture f;
    auto client = TestClient::register_new(f.world, f.keys);
    f.world.network.pairing().scan(f.account, qr_of(*client.next("iq"), f.keys), Tamper::none, f.done);
    CHECK_FALSE(f.outcome);
    f.world.scheduler.advance(std::chrono::seconds{30});
    REQUIRE(f.outcome);
    CHECK(f.outcome->status == 504);
}

TEST_CASE("a QR text whose keys are not those of the connection is refused", "[sandbox][pairing]")
{
    Fixture f;
    auto client = TestClient::register_new(f.world, f.keys);
    auto const pair_device = *client.next("iq");
    CompanionKeys other{f.world.random};
    f.world.network.pairing().scan(f.account, qr_of(pair_device, other), Tamper::none, f.done);
    REQUIRE(f.outcome);
    CHECK(f.outcome->status == 409);
}

TEST_CASE("a registration with a wrong signed prekey signature fails", "[sandbox][pairing]")
{
    Fixture f;
    f.keys.signed_prekey.signature[0] ^= 1;
    auto client = TestClient::register_new(f.world, f.keys);
    CHECK(client.next()->tag == "failure");
}

TEST_CASE("a login needs the Noise key that was registered at pairing", "[sandbox][login]")
{
    Fixture f;
    auto const device = pair(f.world, f.account, f.keys);
    auto const stranger = crypto::generate_key_pair(f.world.random);
    auto refused = TestClient::log_in(f.world, stranger, f.account.phone_jid(device));
    CHECK(refused.next("failure")->text("reason") == "401");
    auto admitted = TestClient::log_in(f.world, f.keys.noise, f.account.phone_jid(device));
    CHECK(admitted.next("success")->jid("lid") == f.account.lid_jid(device));
}

TEST_CASE("a second connection of a device replaces the first", "[sandbox][login]")
{
    Fixture f;
    auto const device = pair(f.world, f.account, f.keys);
    auto first = TestClient::log_in(f.world, f.keys.noise, f.account.phone_jid(device));
    auto second = TestClient::log_in(f.world, f.keys.noise, f.account.phone_jid(device));
    CHECK(first.next("stream:error")->child("conflict")->text("type") == "replaced");
    first.close();
    CHECK(second.next("success"));
    CHECK(f.account.find_device(device)->connection != nullptr);
}
