#pragma once
// Opens TCP connections to the outside: resolve, check every address, dial a checked one.
#include "gateway/egress/address_policy.hpp"
#include "gateway/egress/resolver.hpp"
#include "gateway/runtime/runtime.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace wagate::egress {

/// Connects to `host` with TCP_NODELAY, trying its addresses in turn. With a policy, all addresses must be
/// permitted and exactly a checked one is dialled; without (nullptr: a host that the operator configured) any
/// address goes. `policy` and `resolver` must outlive the call.
/// @return errc::timed_out, EgressErrc, or the error of the last attempt.
Task<Result<boost::asio::ip::tcp::socket>> connect_tcp(std::string host, std::uint16_t port,
                                                       AddressPolicy const* policy, Resolver& resolver,
                                                       Duration limit);

} // namespace wagate::egress
