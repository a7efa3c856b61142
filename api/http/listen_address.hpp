#pragma once
// `host:port` as an endpoint to listen on.
#include "protocol/base/result.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <string_view>

namespace wagate::http {

/// Numeric hosts only: 127.0.0.1:3000, [::1]:3000. @return ServerErrc::bad_address for anything else.
Result<boost::asio::ip::tcp::endpoint> parse_listen_address(std::string_view address);

} // namespace wagate::http
