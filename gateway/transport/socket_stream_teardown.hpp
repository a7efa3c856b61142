#pragma once
// How Beast's WebSocket ends a SocketStream; found by argument. For the few files that include Beast.
#include "gateway/transport/socket_stream.hpp"

#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>

namespace wagate::transport {

/// A server only says that nothing follows: its owner lets the peer read that before it closes.
inline void teardown(boost::beast::role_type role, SocketStream& stream, ErrorCode& error)
{
    role == boost::beast::role_type::server ? stream.shutdown_send() : stream.close();
    error = {};
}

template <class Handler>
void async_teardown(boost::beast::role_type role, SocketStream& stream, Handler&& handler)
{
    auto executor = stream.get_executor();
    ErrorCode error;
    teardown(role, stream, error);
    boost::asio::post(executor, boost::beast::bind_front_handler(std::forward<Handler>(handler), error));
}

inline void beast_close_socket(SocketStream& stream)
{
    stream.close();
}

} // namespace wagate::transport
