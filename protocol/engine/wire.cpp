#include "protocol/engine/wire.hpp"

#include "protocol/binary/codec.hpp"

namespace wagate::engine {

Wire::Wire(crypto::KeyPair static_key, crypto::KeyPair ephemeral, crypto::Key32 root_key,
           Bytes client_payload, Bytes routing_info)
    : handshake_(noise::ClientHandshake{static_key, ephemeral, root_key}),
      client_payload_(std::move(client_payload)),
      routing_info_(std::move(routing_info))
{}

Bytes Wire::open() const
{
    auto bytes = noise::make_preamble(routing_info_);
    append(bytes, noise::make_frame(handshake_->hello()));
    return bytes;
}

Result<Wire::Received> Wire::on_bytes(ByteView bytes, std::int64_t now_unix_seconds)
{
    Received received;
    splitter_.feed(bytes);
    for (;;) {
        WAGATE_TRY(auto frame, splitter_.next());
        if (!frame) return received;
        if (!transport_) {
            WAGATE_TRY(auto finish, handshake_->finish(*frame, client_payload_, now_unix_seconds));
            transport_ = handshake_->transport();
            handshake_.reset();
            client_payload_ = {};
            received.reply = noise::make_frame(finish);
            continue;
        }
        WAGATE_TRY(auto plain, transport_->open(*frame));
        auto node = binary::decode(plain);
        if (node) {
            received.nodes.push_back(std::move(*node));
        } else if (node.error() == binary::CodecErrc::stream_end) {
            received.stream_ended = true;
            return received;
        } else {
            return node.error();
        }
    }
}

} // namespace wagate::engine
