#include "protocol/noise/handshake.hpp"
#include "protocol/noise/messages.hpp"

#include <utility>

namespace wagate::noise {

ServerHandshake::ServerHandshake(crypto::KeyPair static_key, crypto::KeyPair ephemeral,
                                 Bytes serialized_chain)
    : static_key_(static_key), ephemeral_(ephemeral), chain_(std::move(serialized_chain))
{}

Result<Bytes> ServerHandshake::respond(ByteView client_hello)
{
    if (stage_ != Stage::awaiting_client_hello) return NoiseErrc::unexpected_message;
    auto message = try_respond(client_hello);
    stage_ = message ? Stage::awaiting_client_finish : Stage::failed;
    return message;
}

Result<Bytes> ServerHandshake::try_respond(ByteView client_hello)
{
    WAGATE_TRY(auto const parsed, parse_message(client_hello));
    if (!parsed.has_client_hello()) return NoiseErrc::unexpected_message;
    auto const client_ephemeral = view(parsed.client_hello().ephemeral());
    if (client_ephemeral.size() != 32) return NoiseErrc::malformed_message;

    state_.mix_hash(client_ephemeral);
    state_.mix_hash(ephemeral_.public_key);
    WAGATE_CHECK_OK(mix_agreement(state_, ephemeral_.private_key, client_ephemeral));

    proto::HandshakeMessage answer;
    auto& hello = *answer.mutable_server_hello();
    hello.set_ephemeral(to_text(ephemeral_.public_key));
    hello.set_static_key(to_text(state_.encrypt(static_key_.public_key)));
    WAGATE_CHECK_OK(mix_agreement(state_, static_key_.private_key, client_ephemeral));
    hello.set_payload(to_text(state_.encrypt(chain_)));
    return to_bytes(answer.SerializeAsString());
}

Result<ServerHandshake::Client> ServerHandshake::accept(ByteView client_finish)
{
    if (stage_ != Stage::awaiting_client_finish) return NoiseErrc::unexpected_message;
    auto client = try_accept(client_finish);
    stage_ = client ? Stage::established : Stage::failed;
    wipe(ephemeral_.private_key);
    return client;
}

Result<ServerHandshake::Client> ServerHandshake::try_accept(ByteView client_finish)
{
    WAGATE_TRY(auto const parsed, parse_message(client_finish));
    if (!parsed.has_client_finish()) return NoiseErrc::unexpected_message;
    auto const& finish = parsed.client_finish();
    if (!finish.has_static_key() || !finish.has_payload()) return NoiseErrc::malformed_message;
    WAGATE_TRY(auto const client_static, state_.decrypt(view(finish.static_key())));
    if (client_static.size() != 32) return NoiseErrc::malformed_message;
    WAGATE_CHECK_OK(mix_agreement(state_, ephemeral_.private_key, client_static));
    WAGATE_TRY(auto payload, state_.decrypt(view(finish.payload())));
    return Client{to_array<32>(client_static), std::move(payload)};
}

TransportCipher ServerHandshake::transport() const
{
    auto const [to_server, to_client] = state_.split();
    return {to_client, to_server};
}

} // namespace wagate::noise
