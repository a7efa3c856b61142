#pragma once
// iq stanzas: requests, replies, and the small requests of a connection's life (protocol.md 3).
#include "protocol/base/time.hpp"
#include "protocol/binary/node.hpp"

namespace wagate::stanza {

enum class IqType : std::uint8_t { get, set };

/// <iq to=server type=… xmlns=… id=…>children</iq>
binary::Node make_iq(std::string_view id, IqType type, std::string_view xmlns, binary::Nodes children = {});
binary::Node iq_result(binary::Node const& request);
binary::Node iq_error(binary::Node const& request, int code, std::string_view text);

/// The error of an iq reply (3.6), or of a per-item error child; 0 when there is none.
struct IqError {
    int code = 0;
    std::string text;
    std::chrono::seconds backoff{0};
};
std::optional<IqError> error_of(binary::Node const& reply);

binary::Node keepalive(std::string_view id);
binary::Node set_active(std::string_view id);
binary::Node remove_companion(std::string_view id, Jid const& own_device);
binary::Node unified_session(WallTime now, std::chrono::milliseconds server_offset);
/// Asks until when the account may not write to new chats (10.2).
binary::Node reachout_timelock(std::string_view id);
/// The answer: the end of a lock that is in force. Nothing when there is none, or no such answer.
std::optional<WallTime> reachout_unlock(binary::Node const& reply);
binary::Node offline_batch(int count);
binary::Node presence_available(std::string_view push_name);
binary::Node presence_unavailable(std::string_view push_name);

} // namespace wagate::stanza
