#include "protocol/proto/handshake.pb.h"
#include "server_world.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::noise;
using namespace wagate::test;

TEST_CASE("a complete chain is trusted", "[noise][certificate]")
{
    ServerWorld world;
    CHECK(world.verify(world.chain()).has_value());
}

TEST_CASE("the root key is WhatsApp's", "[noise][certificate]")
{
    CHECK(hex_encode(whatsapp_root_key) ==
          "142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b");
}

TEST_CASE("bytes that are no chain are malformed", "[noise][certificate]")
{
    ServerWorld world;
    auto const key = world.server.public_key;
    CHECK(verify_chain(from_hex("ffffff"), key, world.root.public_key, now).error() ==
          NoiseErrc::certificate_malformed);
    CHECK(verify_chain({}, key, world.root.public_key, now).error() == NoiseErrc::certificate_missing);
}

TEST_CASE("a chain without one of its certificates is incomplete", "[noise][certificate]")
{
    ServerWorld world;
    proto::CertChain chain;
    REQUIRE(chain.ParseFromString(to_text(serialize(world.chain()))));
    auto const verify = [&](proto::CertChain const& presented) {
        return verify_chain(view(presented.SerializeAsString()), world.server.public_key,
                            world.root.public_key, now);
    };
    REQUIRE(verify(chain).has_value());

    auto without_leaf = chain;
    without_leaf.clear_leaf();
    CHECK(verify(without_leaf).error() == NoiseErrc::certificate_missing);
    auto without_intermediate = chain;
    without_intermediate.clear_intermediate();
    CHECK(verify(without_intermediate).error() == NoiseErrc::certificate_missing);
    auto empty_leaf = chain;
    empty_leaf.mutable_leaf()->clear_details();
    CHECK(verify(empty_leaf).error() == NoiseErrc::certificate_missing);
    auto empty_intermediate = chain;
    empty_intermediate.mutable_intermediate()->clear_details();
    CHECK(verify(empty_intermediate).error() == NoiseErrc::certificate_missing);
}

TEST_CASE("a signature of a wrong length is malformed", "[noise][certificate]")
{
    ServerWorld world;
    auto chain = world.chain();
    chain.leaf.signature.pop_back();
    CHECK(world.verify(chain).error() == NoiseErrc::certificate_malformed);
    chain = world.chain();
    chain.intermediate.signature.clear();
    CHECK(world.verify(chain).error() == NoiseErrc::certificate_malformed);
}

TEST_CASE("an intermediate that another root signed is refused", "[noise][certificate]")
{
    ServerWorld world;
    auto const chain = serialize(world.chain());
    CHECK(verify_chain(chain, world.server.public_key, whatsapp_root_key, now).error() ==
          NoiseErrc::certificate_bad_signature);
}

TEST_CASE("a leaf that another intermediate signed is refused", "[noise][certificate]")
{
    ServerWorld world;
    auto chain = world.chain();
    auto const stranger = crypto::generate_key_pair(world.random);
    chain.leaf = issue_certificate(world.leaf_fields, stranger.private_key, world.random);
    CHECK(world.verify(chain).error() == NoiseErrc::certificate_bad_signature);
}

TEST_CASE("changed details break the signature of either certificate", "[noise][certificate]")
{
    ServerWorld world;
    auto chain = world.chain();
    chain.leaf.details.back() ^= 1;
    CHECK(world.verify(chain).error() == NoiseErrc::certificate_bad_signature);
    chain = world.chain();
    chain.intermediate.details.back() ^= 1;
    CHECK(world.verify(chain).error() == NoiseErrc::certificate_bad_signature);
}

TEST_CASE("signed details that do not parse or hold no key are malformed", "[noise][certificate]")
{
    ServerWorld world;
    auto const signed_by = [&](Bytes details, crypto::KeyPair const& issuer) {
        auto const signature = crypto::xeddsa_sign(issuer.private_key, details, world.random);
        return Certificate{std::move(details), to_bytes(signature)};
    };
    for (auto const& details : {from_hex("ffffff"), from_hex("0807"), from_hex("1a03010203")}) {
        auto chain = world.chain();
        chain.leaf = signed_by(details, world.intermediate);
        CHECK(world.verify(chain).error() == NoiseErrc::certificate_malformed);
        chain = world.chain();
        chain.intermediate = signed_by(details, world.root);
        CHECK(world.verify(chain).error() == NoiseErrc::certificate_malformed);
    }
}

TEST_CASE("an intermediate that names another issuer than the root is refused", "[noise][certificate]")
{
    ServerWorld world;
    world.intermediate_fields.issuer_serial = 1;
    CHECK(world.verify(world.chain()).error() == NoiseErrc::certificate_bad_root_serial);
}

TEST_CASE("a leaf that names another issuer than the intermediate is refused", "[noise][certificate]")
{
    ServerWorld world;
    world.leaf_fields.issuer_serial = 6;
    CHECK(world.verify(world.chain()).error() == NoiseErrc::certificate_bad_issuer);
}

TEST_CASE("a recorded chain does not vouch for another server key", "[noise][certificate]")
{
    ServerWorld world;
    auto const chain = serialize(world.chain());
    auto const attacker = crypto::generate_key_pair(world.random);
    CHECK(verify_chain(chain, attacker.public_key, world.root.public_key, now).error() ==
          NoiseErrc::certificate_key_mismatch);
}

TEST_CASE("each certificate is valid exactly between its bounds", "[noise][certificate]")
{
    ServerWorld world;
    auto* const fields = GENERATE(0, 1) == 0 ? &world.leaf_fields : &world.intermediate_fields;
    fields->not_before = now - 10;
    fields->not_after = now + 10;
    auto const chain = serialize(world.chain());
    auto const verify_at = [&](std::int64_t time) {
        return verify_chain(chain, world.server.public_key, world.root.public_key, time);
    };
    CHECK(verify_at(now - 11).error() == NoiseErrc::certificate_expired);
    CHECK(verify_at(now - 10).has_value());
    CHECK(verify_at(now + 10).has_value());
    CHECK(verify_at(now + 11).error() == NoiseErrc::certificate_expired);
    CHECK(verify_at(-1).error() == NoiseErrc::certificate_expired);
}

TEST_CASE("each noise error has its own text", "[noise]")
{
    std::vector<std::string> texts;
    for (int value = 1; value <= static_cast<int>(NoiseErrc::counter_exhausted); ++value) {
        ErrorCode const code = static_cast<NoiseErrc>(value);
        CHECK(std::string{code.category().name()} == "noise");
        for (auto const& earlier : texts)
            CHECK(code.message() != earlier);
        texts.push_back(code.message());
    }
}
