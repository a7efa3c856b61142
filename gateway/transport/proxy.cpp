#include "gateway/transport/proxy.hpp"

#include "gateway/egress/connector.hpp"
#include "gateway/transport/errors.hpp"
#include "protocol/base/encoding.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

namespace wagate::transport {
namespace asio = boost::asio;
using asio::ip::tcp;
namespace {

constexpr std::size_t longest_answer = 8'192;
/// Attempts are bounded by the caller; this only keeps one address from eating it all.
constexpr auto connect_limit = std::chrono::seconds(10);

std::string connect_request(Proxy const& proxy, std::string const& host, std::uint16_t port)
{
    bool const is_ipv6 = host.find(':') != std::string::npos;
    std::string const authority = (is_ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
    std::string request = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
    if (!proxy.username.empty()) {
        std::string const login = proxy.username + ':' + proxy.password;
        request += "Proxy-Authorization: Basic " + base64_encode(view(login)) + "\r\n";
    }
    return request + "\r\n";
}

Task<Result<void>> ask_http(tcp::socket& socket, std::string request)
{
    auto [write_error, written] = co_await asio::async_write(socket, asio::buffer(request), awaited);
    if (write_error) co_return write_error;
    std::string answer;
    auto buffer = asio::dynamic_buffer(answer, longest_answer);
    auto [read_error, size] = co_await asio::async_read_until(socket, buffer, "\r\n\r\n", awaited);
    if (read_error) co_return read_error;
    // "HTTP/1.x 200 …"; nothing may follow, the server behind the tunnel does not speak first.
    bool const accepted = answer.starts_with("HTTP/1.") && answer.size() > 12 && answer.substr(8, 2) == " 2";
    if (!accepted || answer.size() != size) co_return TransportErrc::proxy_refused;
    co_return Result<void>();
}

Task<Result<Bytes>> exchange(tcp::socket& socket, Bytes request, std::size_t answer_bytes)
{
    auto [write_error, written] = co_await asio::async_write(socket, asio::buffer(request), awaited);
    if (write_error) co_return write_error;
    Bytes answer(answer_bytes);
    auto [read_error, size] = co_await asio::async_read(socket, asio::buffer(answer), awaited);
    if (read_error) co_return read_error;
    co_return answer;
}

void append_short(Bytes& target, std::string const& text)
{
    target.push_back(static_cast<std::uint8_t>(text.size()));
    append(target, view(text));
}

/// RFC 1928 with the user name method of RFC 1929; the name is resolved by the proxy.
Task<Result<void>> ask_socks(tcp::socket& socket, Proxy const& proxy, std::string const& host,
                             std::uint16_t port)
{
    constexpr std::size_t longest_text = 255;
    if (host.size() > longest_text || proxy.username.size() > longest_text ||
        proxy.password.size() > longest_text)
        co_return TransportErrc::proxy_refused;
    bool const with_login = !proxy.username.empty();
    std::uint8_t const method = with_login ? 2 : 0;
    Bytes greeting{5, 1, method};
    auto chosen = co_await exchange(socket, std::move(greeting), 2);
    if (!chosen) co_return chosen.error();
    if ((*chosen)[0] != 5 || (*chosen)[1] != method) co_return TransportErrc::proxy_refused;
    if (with_login) {
        Bytes login{1};
        append_short(login, proxy.username);
        append_short(login, proxy.password);
        auto checked = co_await exchange(socket, std::move(login), 2);
        if (!checked) co_return checked.error();
        if ((*checked)[1] != 0) co_return TransportErrc::proxy_refused;
    }
    Bytes request{5, 1, 0, 3};
    append_short(request, host);
    append(request, big_endian(port, 2));
    auto answer = co_await exchange(socket, std::move(request), 5);
    if (!answer) co_return answer.error();
    if ((*answer)[1] != 0) co_return TransportErrc::proxy_refused;
    // The bound address is of no use, but has to be read: its first byte is here already.
    std::size_t rest = 2;
    switch ((*answer)[3]) {
    case 1: rest += 3; break;
    case 3: rest += (*answer)[4]; break;
    case 4: rest += 15; break;
    default: co_return TransportErrc::proxy_refused;
    }
    Bytes bound(rest);
    auto [error, size] = co_await asio::async_read(socket, asio::buffer(bound), awaited);
    if (error) co_return error;
    co_return Result<void>();
}

} // namespace

Task<Result<tcp::socket>> connect_through(Proxy proxy, std::string host, std::uint16_t port)
{
    auto socket = co_await egress::connect_tcp(proxy.host, proxy.port, proxy.policy.get(),
                                               egress::system_resolver(), connect_limit);
    if (!socket) co_return socket.error();
    Result<void> opened;
    if (proxy.kind == Proxy::Kind::http) {
        opened = co_await ask_http(*socket, connect_request(proxy, host, port));
    } else {
        opened = co_await ask_socks(*socket, proxy, host, port);
    }
    if (!opened) co_return opened.error();
    co_return std::move(*socket);
}

} // namespace wagate::transport
