#pragma once
// Small stanzas that several handlers build, as the server sends them.
#include "protocol/binary/node.hpp"

namespace wagate::sandbox {

/// <iq type="result" from=server id=…/>
binary::Node iq_result(binary::Node const& request);
binary::Node iq_error(binary::Node const& request, int code, std::string_view text);
/// <iq type="set|get" from=server id=… [xmlns]/>
binary::Node server_iq(std::string_view id, std::string_view type, std::string_view xmlns);
/// <stream:error code=…/>
binary::Node stream_error(std::string_view code);
/// <stream:error [code=401]><conflict type=…/></stream:error>; "replaced" or "device_removed"
binary::Node conflict(std::string_view type);
/// <failure reason=… location=…/>
binary::Node failure(std::string_view reason);
/// <notification type=… from=… id=… t=…/>
binary::Node notification(std::string_view type, Jid const& from, std::string_view id,
                          std::int64_t now_seconds);
/// Ack of a client's message or receipt.
binary::Node ack_of(binary::Node const& stanza);

/// Copies attributes that are present.
void copy_attributes(binary::Node& target, binary::Node const& source,
                     std::initializer_list<std::string_view> keys);
/// Integer content of be24/be32 bytes or of text; 0 when missing.
std::uint32_t number_of(binary::Node const* node);

} // namespace wagate::sandbox
