#include "protocol/proto/handshake.pb.h"
#include "server_world.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::noise;
using namespace wagate::test;

namespace {

Bytes const payload = to_bytes("a serialized ClientPayload");

ByteView payload_of(Bytes const& frame)
{
    return ByteView{frame}.subspan(frame_prefix_bytes);
}

proto::HandshakeMessage parse(ByteView bytes)
{
    proto::HandshakeMessage message;
    REQUIRE(message.ParseFromString(to_text(bytes)));
    return message;
}

Bytes serialize(proto::HandshakeMessage const& message)
{
    return to_bytes(message.SerializeAsString());
}

} // namespace

TEST_CASE("client and server shake hands and talk in both directions", "[noise][handshake]")
{
    ServerWorld world;
    auto const device = crypto::generate_key_pair(world.random);
    ClientHandshake client{device, crypto::generate_key_pair(world.random), world.root.public_key};
    auto server = world.new_server();

    auto const server_hello = server.respond(client.hello()).value();
    auto const client_finish = client.finish(server_hello, payload, now).value();
    auto const accepted = server.accept(client_finish).value();
    CHECK(accepted.static_key == device.public_key);
    CHECK(accepted.payload == payload);

    auto client_cipher = client.transport();
    auto server_cipher = server.transport();
    for (int round = 0; round < 3; ++round) {
        CHECK(server_cipher.open(payload_of(client_cipher.seal(view("up")).value())).value() ==
              to_bytes("up"));
        CHECK(client_cipher.open(payload_of(server_cipher.seal(view("down")).value())).value() ==
              to_bytes("down"));
    }
}

TEST_CASE("the client's payload and identity do not appear in clear", "[noise][handshake]")
{
    ServerWorld world;
    auto const device = crypto::generate_key_pair(world.random);
    ClientHandshake client{device, crypto::generate_key_pair(world.random), world.root.public_key};
    auto server = world.new_server();
    auto const finish = to_text(client.finish(server.respond(client.hello()).value(), payload, now).value());
    CHECK(finish.find(to_text(payload)) == std::string::npos);
    CHECK(finish.find(to_text(device.public_key)) == std::string::npos);
}

TEST_CASE("the hello carries the ephemeral key and nothing else", "[noise][handshake]")
{
    ServerWorld world;
    auto const ephemeral = crypto::generate_key_pair(world.random);
    ClientHandshake const client{crypto::generate_key_pair(world.random), ephemeral, world.root.public_key};
    CHECK(client.hello() == concat({from_hex("12220a20"), ephemeral.public_key}));
}

TEST_CASE("a server with another root is refused before the client's identity is sent", "[noise][handshake]")
{
    ServerWorld world;
    ClientHandshake client{crypto::generate_key_pair(world.random), crypto::generate_key_pair(world.random),
                           whatsapp_root_key};
    auto server = world.new_server();
    CHECK(client.finish(server.respond(client.hello()).value(), payload, now).error() ==
          NoiseErrc::certificate_bad_signature);
}

TEST_CASE("an expired server is refused", "[noise][handshake]")
{
    ServerWorld world;
    auto client = world.new_client();
    auto server = world.new_server();
    CHECK(client.finish(server.respond(client.hello()).value(), payload, now + 7'200).error() ==
          NoiseErrc::certificate_expired);
}

TEST_CASE("a server that replays another server's chain is refused", "[noise][handshake]")
{
    ServerWorld world;
    auto client = world.new_client();
    ServerHandshake attacker{crypto::generate_key_pair(world.random), crypto::generate_key_pair(world.random),
                             noise::serialize(world.chain())};
    CHECK(client.finish(attacker.respond(client.hello()).value(), payload, now).error() ==
          NoiseErrc::certificate_key_mismatch);
}

TEST_CASE("a tampered server hello does not decrypt, whichever field it is", "[noise][handshake]")
{
    auto const field = GENERATE(0, 1, 2);
    CAPTURE(field);
    ServerWorld world;
    auto client = world.new_client();
    auto server = world.new_server();
    auto message = parse(server.respond(client.hello()).value());
    auto& hello = *message.mutable_server_hello();
    auto& bytes = field == 0   ? *hello.mutable_ephemeral()
                  : field == 1 ? *hello.mutable_static_key()
                               : *hello.mutable_payload();
    bytes[3] = static_cast<char>(bytes[3] ^ 1);
    CHECK(client.finish(serialize(message), payload, now).error() == NoiseErrc::decryption_failed);
}

TEST_CASE("a tampered client finish does not decrypt, whichever field it is", "[noise][handshake]")
{
    auto const field = GENERATE(0, 1);
    CAPTURE(field);
    ServerWorld world;
    auto client = world.new_client();
    auto server = world.new_server();
    auto message = parse(client.finish(server.respond(client.hello()).value(), payload, now).value());
    auto& finish = *message.mutable_client_finish();
    auto& bytes = field == 0 ? *finish.mutable_static_key() : *finish.mutable_payload();
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    CHECK(server.accept(serialize(message)).error() == NoiseErrc::decryption_failed);
}

TEST_CASE("a client hello that was changed on the way ends the handshake at the client", "[noise][handshake]")
{
    ServerWorld world;
    auto client = world.new_client();
    auto server = world.new_server();
    auto message = parse(client.hello());
    auto& key = *message.mutable_client_hello()->mutable_ephemeral();
    key[0] = static_cast<char>(key[0] ^ 1);
    auto const server_hello = server.respond(serialize(message)).value();
    CHECK(client.finish(server_hello, payload, now).error() == NoiseErrc::decryption_failed);
}

TEST_CASE("low-order ephemeral keys are refused by both sides", "[noise][handshake]")
{
    ServerWorld world;
    proto::HandshakeMessage client_hello;
    client_hello.mutable_client_hello()->set_ephemeral(std::string(32, '\0'));
    auto server = world.new_server();
    CHECK(server.respond(serialize(client_hello)).error() == crypto::CryptoErrc::weak_key);

    proto::HandshakeMessage server_hello;
    server_hello.mutable_server_hello()->set_ephemeral(std::string(32, '\0'));
    server_hello.mutable_server_hello()->set_static_key(std::string(48, 'x'));
    server_hello.mutable_server_hello()->set_payload(std::string(48, 'x'));
    auto client = world.new_client();
    CHECK(client.finish(serialize(server_hello), payload, now).error() == crypto::CryptoErrc::weak_key);
}

TEST_CASE("messages that do not parse are malformed", "[noise][handshake]")
{
    ServerWorld world;
    CHECK(world.new_client().finish(from_hex("ffff"), payload, now).error() == NoiseErrc::malformed_message);
    CHECK(world.new_server().respond(from_hex("ffff")).error() == NoiseErrc::malformed_message);

    auto client = world.new_client();
    auto server = world.new_server();
    REQUIRE(server.respond(client.hello()).has_value());
    CHECK(server.accept(from_hex("ffff")).error() == NoiseErrc::malformed_message);
}

TEST_CASE("a server hello that lacks a field or has a short key is malformed", "[noise][handshake]")
{
    ServerWorld world;
    auto client = world.new_client();
    auto server = world.new_server();
    auto message = parse(server.respond(client.hello()).value());
    auto& hello = *message.mutable_server_hello();
    auto const field = GENERATE(0, 1, 2, 3);
    CAPTURE(field);
    if (field == 0) hello.clear_ephemeral();
    if (field == 1) hello.clear_static_key();
    if (field == 2) hello.clear_payload();
    if (field == 3) hello.mutable_ephemeral()->pop_back();
    CHECK(client.finish(serialize(message), payload, now).error() == NoiseErrc::malformed_message);
}

TEST_CASE("a client message that lacks a field is malformed", "[noise][handshake]")
{
    ServerWorld world;
    proto::HandshakeMessage empty_hello;
    empty_hello.mutable_client_hello();
    CHECK(world.new_server().respond(serialize(empty_hello)).error() == NoiseErrc::malformed_message);

    auto const field = GENERATE(0, 1);
    CAPTURE(field);
    auto client = world.new_client();
    auto server = world.new_server();
    auto message = parse(client.finish(server.respond(client.hello()).value(), payload, now).value());
    if (field == 0) message.mutable_client_finish()->clear_static_key();
    if (field == 1) message.mutable_client_finish()->clear_payload();
    CHECK(server.accept(serialize(message)).error() == NoiseErrc::malformed_message);
}

TEST_CASE("an authentic static key of a wrong length is malformed", "[noise][handshake]")
{
    // A server that seals 31 bytes instead of its key.
    ServerWorld world;
    auto const client_ephemeral = crypto::generate_key_pair(world.random);
    ClientHandshake client{crypto::generate_key_pair(world.random), client_ephemeral, world.root.public_key};
    auto const ephemeral = crypto::generate_key_pair(world.random);
    SymmetricState state;
    state.mix_hash(client_ephemeral.public_key);
    state.mix_hash(ephemeral.public_key);
    state.mix_key(crypto::x25519(ephemeral.private_key, client_ephemeral.public_key).value());
    proto::HandshakeMessage message;
    message.mutable_server_hello()->set_ephemeral(to_text(ephemeral.public_key));
    message.mutable_server_hello()->set_static_key(to_text(state.encrypt(Bytes(31))));
    message.mutable_server_hello()->set_payload("x");
    CHECK(client.finish(serialize(message), payload, now).error() == NoiseErrc::malformed_message);
}

TEST_CASE("messages out of order are refused", "[noise][handshake]")
{
    ServerWorld world;
    auto client = world.new_client();
    auto server = world.new_server();
    auto const hello = client.hello();
    CHECK(world.new_client().finish(hello, payload, now).error() == NoiseErrc::unexpected_message);

    auto const server_hello = server.respond(hello).value();
    CHECK(world.new_server().respond(server_hello).error() == NoiseErrc::unexpected_message);
    CHECK(server.respond(hello).error() == NoiseErrc::unexpected_message);

    auto const finish = client.finish(server_hello, payload, now).value();
    CHECK(client.finish(server_hello, payload, now).error() == NoiseErrc::unexpected_message);
    CHECK(world.new_server().accept(finish).error() == NoiseErrc::unexpected_message);

    CHECK(server.accept(finish).has_value());
    CHECK(server.accept(finish).error() == NoiseErrc::unexpected_message);
}

TEST_CASE("a handshake that failed once stays failed", "[noise][handshake]")
{
    ServerWorld world;
    auto client = world.new_client();
    auto server = world.new_server();
    auto const server_hello = server.respond(client.hello()).value();
    REQUIRE(client.finish(from_hex("ffff"), payload, now).has_error());
    CHECK(client.finish(server_hello, payload, now).error() == NoiseErrc::unexpected_message);
}

TEST_CASE("a whole connection survives any chunking, edge preamble included", "[noise][handshake]")
{
    auto const chunk_bytes = GENERATE(1, 2, 3, 7, 64, 1'000);
    CAPTURE(chunk_bytes);
    ServerWorld world;
    auto client = world.new_client();
    auto server = world.new_server();
    auto const routing = from_hex("0a0b0c");

    PreambleReader preamble;
    FrameSplitter to_server;
    auto const deliver = [&](ByteView stream) {
        while (!stream.empty()) {
            auto const chunk =
                stream.first(std::min<std::size_t>(stream.size(), static_cast<std::size_t>(chunk_bytes)));
            if (preamble.feed(chunk).value()) to_server.feed(preamble.take_rest());
            stream = stream.subspan(chunk.size());
        }
    };
    deliver(concat({make_preamble(routing), make_frame(client.hello())}));
    auto const server_hello = server.respond(to_server.next().value().value()).value();
    CHECK(preamble.routing_info() == routing);
    deliver(make_frame(client.finish(server_hello, payload, now).value()));
    CHECK(server.accept(to_server.next().value().value()).value().payload == payload);
    auto cipher = client.transport();
    deliver(cipher.seal(view("node")).value());
    CHECK(server.transport().open(to_server.next().value().value()).value() == to_bytes("node"));
}
