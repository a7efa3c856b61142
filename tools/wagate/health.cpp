#include "tools/wagate/health.hpp"

#include <netdb.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>

namespace wagate {
namespace {

constexpr timeval patience{4, 0};

int fail(char const* why)
{
    std::fprintf(stderr, "wagate: %s\n", why);
    return 1;
}

/// Where this machine reaches what listens on `listen`.
std::string local_host(std::string_view host)
{
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host.empty() || host == "0.0.0.0") return "127.0.0.1";
    return host == "::" ? "::1" : std::string{host};
}

class Socket {
public:
    explicit Socket(addrinfo const& address)
        : number_(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        ::setsockopt(number_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(number_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    }
    Socket(Socket const&) = delete;
    Socket& operator=(Socket const&) = delete;
    ~Socket()
    {
        if (number_ >= 0) ::close(number_);
    }
    int number() const noexcept { return number_; }

private:
    int number_;
};

/// What is said over a connected socket, plain or by TLS.
class Talk {
public:
    Talk(int socket, bool is_tls) : socket_(socket)
    {
        if (!is_tls) return;
        context_.reset(SSL_CTX_new(TLS_client_method()));
        if (context_) tls_.reset(SSL_new(context_.get()));
        is_ready_ = tls_ && SSL_set_fd(tls_.get(), socket) == 1 && SSL_connect(tls_.get()) == 1;
    }

    bool is_ready() const noexcept { return is_ready_; }
    bool say(std::string const& text)
    {
        auto const size = static_cast<ssize_t>(text.size());
        if (tls_) return SSL_write(tls_.get(), text.data(), static_cast<int>(size)) == size;
        return ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) == size;
    }
    /// Until there are `size` bytes. @return fewer when the other side ends or is silent
    std::string hear(std::size_t size)
    {
        std::string heard;
        char piece[512];
        while (heard.size() < size) {
            auto const got =
                tls_ ? SSL_read(tls_.get(), piece, sizeof piece) : ::recv(socket_, piece, sizeof piece, 0);
            if (got <= 0) break;
            heard.append(piece, static_cast<std::size_t>(got));
        }
        return heard;
    }

private:
    int socket_;
    bool is_ready_ = true;
    std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context_{nullptr, &::SSL_CTX_free};
    std::unique_ptr<SSL, decltype(&::SSL_free)> tls_{nullptr, &::SSL_free};
};

} // namespace

int ask_health(std::string const& listen, bool is_tls)
{
    auto const colon = listen.rfind(':');
    if (colon == std::string::npos) return fail("WAGATE_LISTEN has no port");
    auto const host = local_host(std::string_view{listen}.substr(0, colon));
    addrinfo wanted{};
    wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), listen.c_str() + colon + 1, &wanted, &found) != 0)
        return fail("WAGATE_LISTEN is no numeric address and port");
    std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> const address{found, &::freeaddrinfo};
    Socket const socket(*address);
    if (::connect(socket.number(), address->ai_addr, address->ai_addrlen) != 0)
        return fail("nothing answers on the address of WAGATE_LISTEN");
    // An address, which every list of allowed hosts contains.
    auto const named = host.find(':') == std::string::npos ? host : '[' + host + ']';
    std::string const request = "GET /health HTTP/1.1\r\nHost: " + named + "\r\nConnection: close\r\n\r\n";
    Talk talk(socket.number(), is_tls);
    if (!talk.is_ready()) return fail("the daemon does not speak TLS");
    if (!talk.say(request)) return fail("the daemon does not read");
    constexpr std::size_t status_line = 12;
    auto const head = talk.hear(status_line);
    if (head.size() < status_line) return fail("the daemon does not answer");
    if (head.starts_with("HTTP/1.1 200")) return 0;
    return fail("the daemon is not well");
}

} // namespace wagate
