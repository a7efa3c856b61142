#include "protocol/noise/certificates.hpp"
#include "protocol/noise/handshake.hpp"
#include "protocol/noise/messages.hpp"

namespace wagate::noise {

ClientHandshake::ClientHandshake(crypto::KeyPair static_key, crypto::KeyPair ephemeral,
                                 crypto::Key32 root_key)
    : static_key_(static_key), ephemeral_(ephemeral), root_key_(root_key)
{
    state_.mix_hash(ephemeral_.public_key);
}

Bytes ClientHandshake::hello() const
{
    proto::HandshakeMessage message;
    message.mutable_client_hello()->set_ephemeral(to_text(ephemeral_.public_key));
    return to_bytes(message.SerializeAsString());
}

Result<Bytes> ClientHandshake::finish(ByteView server_hello, ByteView payload, std::int64_t now_unix_seconds)
{
    if (stage_ != Stage::awaiting_server_hello) return NoiseErrc::unexpected_message;
    auto message = try_finish(server_hello, payload, now_unix_seconds);
    stage_ = message ? Stage::established : Stage::failed;
    wipe(ephemeral_.private_key);
    return message;
}

Result<Bytes> ClientHandshake::try_finish(ByteView server_hello, ByteView payload,
                                          std::int64_t now_unix_seconds)
{
    WAGATE_TRY(auto const parsed, parse_message(server_hello));
    if (!parsed.has_server_hello()) return NoiseErrc::unexpected_message;
    auto const& hello = parsed.server_hello();
    if (hello.ephemeral().size() != 32 || !hello.has_static_key() || !hello.has_payload())
        return NoiseErrc::malformed_message;
    auto const server_ephemeral = view(hello.ephemeral());

    state_.mix_hash(server_ephemeral);
    WAGATE_CHECK_OK(mix_agreement(state_, ephemeral_.private_key, server_ephemeral));
    WAGATE_TRY(auto const server_static, state_.decrypt(view(hello.static_key())));
    if (server_static.size() != 32) return NoiseErrc::malformed_message;
    WAGATE_CHECK_OK(mix_agreement(state_, ephemeral_.private_key, server_static));
    WAGATE_TRY(auto const chain, state_.decrypt(view(hello.payload())));
    WAGATE_CHECK_OK(verify_chain(chain, server_static, root_key_, now_unix_seconds));

    proto::HandshakeMessage answer;
    auto& finish = *answer.mutable_client_finish();
    finish.set_static_key(to_text(state_.encrypt(static_key_.public_key)));
    WAGATE_CHECK_OK(mix_agreement(state_, static_key_.private_key, server_ephemeral));
    finish.set_payload(to_text(state_.encrypt(payload)));
    return to_bytes(answer.SerializeAsString());
}

TransportCipher ClientHandshake::transport() const
{
    auto const [to_server, to_client] = state_.split();
    return {to_server, to_client};
}

} // namespace wagate::noise
