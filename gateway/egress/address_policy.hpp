#pragma once
// Which addresses the process may be made to connect to by a user (S2). Pure.
#include "protocol/base/result.hpp"

#include <boost/asio/ip/address.hpp>

#include <string_view>
#include <vector>

namespace wagate::egress {

using Address = boost::asio::ip::address;

/// A network in CIDR notation.
struct Network {
    Address address;
    unsigned prefix = 0; ///< leading bits that count

    bool contains(Address const& candidate) const;
};

/// Reads `address/prefix`, or an address alone. @return EgressErrc::bad_network
Result<Network> parse_network(std::string_view text);
/// Reads a comma-separated list, blanks allowed; empty gives none. @return EgressErrc::bad_network
Result<std::vector<Network>> parse_networks(std::string_view text);

/// True for an address of the public internet: not loopback, private, link-local, shared (CGNAT),
/// documentation, benchmarking, multicast, reserved, unspecified; in IPv6 only 2000::/3 without the ranges
/// that carry or tunnel other addresses (mapped, compatible, NAT64, 6to4, Teredo) or are special purpose
/// (reliability.md 1.3 W7).
bool is_public(Address const& address);

/// Public addresses plus the networks that the operator opened. An IPv4 address written as a mapped IPv6
/// address
/// (::ffff:a.b.c.d) is permitted only by a network that contains the IPv6 form.
class AddressPolicy {
public:
    AddressPolicy() = default;
    explicit AddressPolicy(std::vector<Network> opened) : opened_(std::move(opened)) {}

    bool permits(Address const& address) const;

private:
    std::vector<Network> opened_;
};

} // namespace wagate::egress
