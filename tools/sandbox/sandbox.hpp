#pragma once
// The whole simulated network in one object: sockets, server, phones, control API. wagate-sandbox is this
// plus options; tests may run it inside their process, on a thread of its own.
#include "tools/sandbox/net/acceptor.hpp"
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {

struct SandboxOptions {
    Endpoint listen;
    std::optional<Endpoint> tls_listen;
    std::string
        ca_file; ///< where the TLS certificate is written; empty: a new file in the temporary directory
    NetworkOptions network;
};

class Sandbox {
public:
    /// Binds the addresses. Throws when it cannot, or when OpenSSL fails.
    explicit Sandbox(SandboxOptions options);
    ~Sandbox();
    Sandbox(Sandbox const&) = delete;
    Sandbox& operator=(Sandbox const&) = delete;

    /// Serves until stop(). Everything but stop() belongs to the thread that runs this.
    void run();
    /// From any thread, or a signal handler's loop.
    void stop();
    /// Stops on SIGINT and SIGTERM.
    void stop_on_signals();

    /// The ready line: where the network is, and which root key to trust.
    std::string ready_line() const;
    Network& network();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

} // namespace wagate::sandbox
