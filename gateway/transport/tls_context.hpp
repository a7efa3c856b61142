#pragma once
// Whom a TLS client trusts. One SSL_CTX for all connections with the same trust.
#include "protocol/base/result.hpp"

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace wagate::transport {

enum class Verification : unsigned char {
    full, ///< chain and host name
    none, ///< anything goes; only where a user asked for it
};

/// Client side, TLS 1.2 or newer, no renegotiation, sessions not kept. Immutable and thread safe once made.
class TlsContext {
public:
    explicit TlsContext(std::shared_ptr<ssl_ctx_st> context, Verification verification)
        : context_(std::move(context)), verification_(verification)
    {}

    ssl_ctx_st* native() const noexcept { return context_.get(); }
    Verification verification() const noexcept { return verification_; }

private:
    std::shared_ptr<ssl_ctx_st> context_;
    Verification verification_;
};

/// Trusts the system's authorities plus those in `extra_ca_file` (PEM, empty for none). Contexts are shared
/// through a process-wide table by their arguments, so a file is read once. @return
/// TransportErrc::bad_trust_file
Result<TlsContext> tls_client_context(std::string const& extra_ca_file, Verification verification);

} // namespace wagate::transport
