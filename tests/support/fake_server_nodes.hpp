#pragma once
// Small helpers of the fake server's files; for nobody else.
#include "protocol/binary/node.hpp"
#include "protocol/crypto/crypto.hpp"

namespace wagate::testing {

inline binary::Node bytes_child(std::string_view tag, ByteView bytes)
{
    return binary::Node{tag}.with_bytes(to_bytes(bytes));
}

inline Bytes content_of(binary::Node const* node)
{
    return node != nullptr ? to_bytes(node->bytes()) : Bytes{};
}

inline crypto::Key32 key_of(binary::Node const* node)
{
    return to_array<32>(content_of(node));
}

/// The result of a request, ready for children.
inline binary::Node server_result(binary::Node const& request)
{
    binary::Node reply{"iq"};
    reply.set("from", Jid::server_jid()).set("type", "result").set("id", request.text("id"));
    return reply;
}

} // namespace wagate::testing
