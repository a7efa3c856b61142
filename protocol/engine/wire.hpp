#pragma once
// One connection's cryptographic life: handshake, then sealed frames. Bytes in, nodes and bytes out.
#include "protocol/binary/node.hpp"
#include "protocol/noise/noise.hpp"

namespace wagate::engine {

class Wire {
public:
    Wire(crypto::KeyPair static_key, crypto::KeyPair ephemeral, crypto::Key32 root_key, Bytes client_payload,
         Bytes routing_info);

    /// First bytes on the connection: preamble and client hello.
    Bytes open() const;
    struct Received {
        Bytes reply;               ///< to be written first: clientFinish, at most once
        binary::Nodes nodes;       ///< stanzas in order
        bool stream_ended = false; ///< the server closed the stream
    };
    /// Any error ends the connection.
    Result<Received> on_bytes(ByteView bytes, std::int64_t now_unix_seconds);
    /// Frame for an encoded node. Precondition: established().
    Result<Bytes> seal(ByteView encoded_node) { return transport_->seal(encoded_node); }
    bool established() const noexcept { return transport_.has_value(); }

private:
    std::optional<noise::ClientHandshake> handshake_; ///< freed once established: an idle session stays small
    std::optional<noise::TransportCipher> transport_;
    noise::FrameSplitter splitter_;
    Bytes client_payload_;
    Bytes routing_info_;
};

} // namespace wagate::engine
