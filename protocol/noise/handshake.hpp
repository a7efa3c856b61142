#pragma once
// Noise XX for both roles (protocol.md 1.4, 1.5, 11.2). One object per connection; each step works once and
// in order, anything else gives unexpected_message. After a failed step the handshake is over.
#include "protocol/crypto/crypto.hpp"
#include "protocol/noise/errors.hpp"
#include "protocol/noise/symmetric_state.hpp"
#include "protocol/noise/transport.hpp"

namespace wagate::noise {

class ClientHandshake {
public:
    /// @param root_key the key the certificate chain must end in
    ClientHandshake(crypto::KeyPair static_key, crypto::KeyPair ephemeral, crypto::Key32 root_key);
    /// The clientHello message (without frame prefix).
    Bytes hello() const;
    /// Consumes serverHello; returns clientFinish carrying `payload` (a serialized ClientPayload).
    /// @return a NoiseErrc, or CryptoErrc::weak_key when the server sent a low-order point.
    Result<Bytes> finish(ByteView server_hello, ByteView payload, std::int64_t now_unix_seconds);
    /// Precondition: finish() succeeded.
    TransportCipher transport() const;

private:
    enum class Stage : std::uint8_t { awaiting_server_hello, established, failed };

    Result<Bytes> try_finish(ByteView server_hello, ByteView payload, std::int64_t now_unix_seconds);

    crypto::KeyPair static_key_;
    crypto::KeyPair ephemeral_;
    crypto::Key32 root_key_;
    SymmetricState state_;
    Stage stage_ = Stage::awaiting_server_hello;
};

class ServerHandshake {
public:
    ServerHandshake(crypto::KeyPair static_key, crypto::KeyPair ephemeral, Bytes serialized_chain);
    /// Consumes clientHello; returns serverHello.
    Result<Bytes> respond(ByteView client_hello);
    struct Client {
        crypto::Key32 static_key{};
        Bytes payload; ///< serialized ClientPayload
    };
    /// Consumes clientFinish.
    Result<Client> accept(ByteView client_finish);
    /// Precondition: accept() succeeded.
    TransportCipher transport() const;

private:
    enum class Stage : std::uint8_t { awaiting_client_hello, awaiting_client_finish, established, failed };

    Result<Bytes> try_respond(ByteView client_hello);
    Result<Client> try_accept(ByteView client_finish);

    crypto::KeyPair static_key_;
    crypto::KeyPair ephemeral_;
    Bytes chain_;
    SymmetricState state_;
    Stage stage_ = Stage::awaiting_client_hello;
};

} // namespace wagate::noise
