// Handshake messages, certificate chains and transport frames from a hostile peer. The first byte of the
// input chooses who is attacked and how far an honest handshake goes before the rest of the input comes in.
#include "protocol/noise/noise.hpp"

#include <cstdlib>

using namespace wagate;
using namespace wagate::noise;

namespace {

void require(bool condition)
{
    if (!condition) std::abort();
}

/// Counts up: the same keys in every run, so that seeds stay valid.
class CountingRandom final : public RandomSource {
public:
    void fill(std::span<std::uint8_t> target) override
    {
        for (auto& byte : target)
            byte = next_++;
    }

private:
    std::uint8_t next_ = 1;
};

constexpr std::int64_t now = 1'800'000'000;

struct World {
    CountingRandom random;
    crypto::KeyPair root = crypto::generate_key_pair(random);
    crypto::KeyPair intermediate = crypto::generate_key_pair(random);
    crypto::KeyPair server = crypto::generate_key_pair(random);
    crypto::KeyPair server_ephemeral = crypto::generate_key_pair(random);
    crypto::KeyPair device = crypto::generate_key_pair(random);
    crypto::KeyPair device_ephemeral = crypto::generate_key_pair(random);
    Bytes chain = issue_chain();

    Bytes issue_chain()
    {
        CertificateFields const upper{7, 0, intermediate.public_key, now - 60, now + 60};
        CertificateFields const lower{8, 7, server.public_key, now - 60, now + 60};
        return serialize({issue_certificate(lower, intermediate.private_key, random),
                          issue_certificate(upper, root.private_key, random)});
    }
    ClientHandshake client() const { return {device, device_ephemeral, root.public_key}; }
    ServerHandshake responder(ByteView presented_chain) const
    {
        return {server, server_ephemeral, to_bytes(presented_chain)};
    }
};

void check_transport(TransportCipher client, TransportCipher server)
{
    auto const frame = client.seal(view("ping"));
    require(frame.has_value());
    auto const opened = server.open(ByteView{*frame}.subspan(frame_prefix_bytes));
    require(opened.has_value() && equal(*opened, view("ping")));
}

enum class Attack : std::uint8_t {
    client_hello,
    client_finish,
    server_hello,
    certificate_chain, ///< sealed by a server that knows its keys
    client_payload,    ///< sealed by an honest client: has to arrive as it is
    transport_frame,
};

void attack_client_hello(World const& world, ByteView input)
{
    auto server = world.responder(world.chain);
    if (server.respond(input).has_error()) require(server.respond(world.client().hello()).has_error());
}

void attack_client_finish(World const& world, ByteView input)
{
    auto client = world.client();
    auto server = world.responder(world.chain);
    auto const hello = server.respond(client.hello());
    require(hello.has_value());
    if (server.accept(input).has_error())
        require(server.accept(input).error() == NoiseErrc::unexpected_message);
}

void attack_server_hello(World const& world, ByteView input)
{
    auto client = world.client();
    if (client.finish(input, {}, now).has_error())
        require(client.finish(input, {}, now).error() == NoiseErrc::unexpected_message);
}

void attack_certificate_chain(World const& world, ByteView input)
{
    auto client = world.client();
    auto server = world.responder(input);
    auto const hello = server.respond(client.hello());
    require(hello.has_value());
    auto const finished = client.finish(*hello, {}, now);
    auto const verified = verify_chain(input, world.server.public_key, world.root.public_key, now);
    require(finished.has_value() == verified.has_value());
    if (finished.has_error()) require(finished.error() == verified.error());
}

void attack_client_payload(World const& world, ByteView input)
{
    auto client = world.client();
    auto server = world.responder(world.chain);
    auto const hello = server.respond(client.hello());
    require(hello.has_value());
    auto const finish = client.finish(*hello, input, now);
    require(finish.has_value());
    auto const accepted = server.accept(*finish);
    require(accepted.has_value() && equal(accepted->payload, input));
    require(accepted->static_key == world.device.public_key);
    check_transport(client.transport(), server.transport());
}

void attack_transport(World const& world, ByteView input)
{
    TransportCipher sender{world.device.private_key, world.server.private_key};
    TransportCipher receiver{world.server.private_key, world.device.private_key};
    if (receiver.open(input).has_error()) check_transport(std::move(sender), std::move(receiver));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* input, std::size_t size)
{
    static World const world;
    if (size == 0 || size > max_frame_bytes) return 0;
    ByteView const rest{input + 1, size - 1};
    switch (static_cast<Attack>(input[0] % 6)) {
    case Attack::client_hello: attack_client_hello(world, rest); break;
    case Attack::client_finish: attack_client_finish(world, rest); break;
    case Attack::server_hello: attack_server_hello(world, rest); break;
    case Attack::certificate_chain: attack_certificate_chain(world, rest); break;
    case Attack::client_payload: attack_client_payload(world, rest); break;
    case Attack::transport_frame: attack_transport(world, rest); break;
    }
    return 0;
}
