#include "gateway/egress/connector.hpp"

#include "gateway/egress/errors.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace wagate::egress {
namespace asio = boost::asio;
using asio::ip::tcp;
namespace {

/// An address that does not answer must leave time for the next one.
constexpr auto per_address = std::chrono::seconds(3);

Task<Result<tcp::socket>> dial(tcp::endpoint endpoint)
{
    auto executor = co_await asio::this_coro::executor;
    tcp::socket socket(executor);
    auto [error] = co_await socket.async_connect(endpoint, awaited);
    if (error) co_return error;
    ErrorCode ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    co_return std::move(socket);
}

Task<Result<tcp::socket>> connect_now(std::string host, std::uint16_t port, AddressPolicy const* policy,
                                      Resolver& resolver)
{
    auto addresses = co_await resolver.resolve(std::move(host));
    if (!addresses) co_return addresses.error();
    if (policy != nullptr)
        for (auto const& address : *addresses)
            if (!policy->permits(address)) co_return EgressErrc::address_refused;

    ErrorCode last = EgressErrc::name_not_found;
    for (auto const& address : *addresses) {
        tcp::endpoint const endpoint(address, port);
        bool const is_last = &address == &addresses->back();
        if (is_last) co_return co_await dial(endpoint);
        auto socket = co_await with_timeout(dial(endpoint), per_address);
        if (socket) co_return std::move(socket);
        last = socket.error();
    }
    co_return last;
}

} // namespace

Task<Result<tcp::socket>> connect_tcp(std::string host, std::uint16_t port, AddressPolicy const* policy,
                                      Resolver& resolver, Duration limit)
{
    co_return co_await with_timeout(connect_now(std::move(host), port, policy, resolver), limit);
}

} // namespace wagate::egress
