#pragma once
// One port for both sides of the sandbox: WebSocket upgrades on /ws/chat, HTTP for the control API. Plain and
// TLS.
#include "tools/sandbox/net/certificate.hpp"
#include "tools/sandbox/net/http.hpp"
#include "tools/sandbox/net/link.hpp"

#include <cstdint>

namespace boost::asio {
class io_context;
}

namespace wagate::sandbox {

struct Endpoint {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0; ///< 0: the system chooses
    /// `address:port`, IPv6 in brackets.
    std::string to_string() const;
};

/// Accepts connections on a single-threaded io_context, which must outlive it.
class Acceptor {
public:
    Acceptor(boost::asio::io_context& context, LinkFactory links, HttpHandler http);
    ~Acceptor();
    Acceptor(Acceptor const&) = delete;
    Acceptor& operator=(Acceptor const&) = delete;

    /// Both throw boost::system::system_error when the address cannot be bound. @return the bound endpoint
    Endpoint listen(Endpoint const& endpoint);
    Endpoint listen_tls(Endpoint const& endpoint, TlsIdentity const& identity);
    /// Stops accepting. Open connections live on until the io_context stops.
    void close();

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace wagate::sandbox
