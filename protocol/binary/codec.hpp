#pragma once
// Encoder and decoder of binary XML (protocol.md 2). Pure; the decoder is total over any bytes.
#include "protocol/base/result.hpp"
#include "protocol/binary/node.hpp"

namespace wagate::binary {

enum class CodecErrc {
    truncated = 1,   ///< the input ends inside a value
    bad_tag,         ///< a byte that cannot start the value expected here
    bad_token,       ///< a dictionary index without an entry
    bad_jid,         ///< a JID tag whose parts are no JID
    too_deep,        ///< nesting beyond DecodeLimits::max_depth
    too_large,       ///< inflated size or node count beyond the limits
    bad_compression, ///< zlib data is damaged
    trailing_bytes,  ///< bytes after the node
    stream_end,      ///< the peer closed the stream (`xmlstreamend`)
};

struct DecodeLimits {
    std::size_t max_depth = 64;
    std::size_t max_nodes = 262'144;
    std::size_t max_attributes = 524'288; ///< of all nodes together
    std::size_t max_inflated_bytes = 32u << 20;
};

/// Encodes flags byte 0 and the node: the plaintext of one transport frame.
Bytes encode(Node const& node);

/// Decodes the plaintext of one transport frame (flags byte, optionally compressed).
Result<Node> decode(ByteView frame, DecodeLimits const& limits = {});

/// Encodes with the zlib flag set. Only servers send this.
Bytes encode_compressed(Node const& node);

boost::system::error_code make_error_code(CodecErrc error);

} // namespace wagate::binary

template <>
struct boost::system::is_error_code_enum<wagate::binary::CodecErrc> : std::true_type {};
