#pragma once
// What the server keeps for a device until the device confirms it (protocol.md 7.6, 11.8).
#include "protocol/binary/node.hpp"

#include <cstdint>
#include <deque>

namespace wagate::sandbox {

enum class DeliveryKind : std::uint8_t { message, receipt, notification, call };
std::string_view stanza_class(DeliveryKind kind) noexcept;

struct Delivery {
    std::uint64_t number = 0; ///< order of arrival at the server
    DeliveryKind kind = DeliveryKind::message;
    std::string id; ///< of the stanza, at hand for the search
    binary::Node stanza;
};

/// In order of arrival. A confirmed stanza goes; the others are sent again on every new connection,
/// unchanged.
class Mailbox {
public:
    Delivery const& put(DeliveryKind kind, binary::Node stanza);
    std::deque<Delivery> const& pending() const noexcept { return pending_; }
    std::size_t count(DeliveryKind kind) const;

    /// A receipt confirms messages: same id, from the same user. @return how many went
    std::size_t confirm_messages(std::string const& id, Jid const& to);
    /// An ack confirms one stanza of its class: same id, and the same `to` and type where several match.
    bool confirm_ack(binary::Node const& ack);
    void clear() { pending_.clear(); }

private:
    std::deque<Delivery> pending_;
    std::uint64_t next_number_ = 1;
};

} // namespace wagate::sandbox
