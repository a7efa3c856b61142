#pragma once
// A self-signed TLS certificate for loopback use (SAN IP:127.0.0.1, DNS:localhost), made at start.
#include <string>

namespace wagate::sandbox {

struct TlsIdentity {
    std::string certificate_pem;
    std::string private_key_pem;
};

/// P-256, valid from an hour ago for ten years. Throws when OpenSSL fails: start-up only.
TlsIdentity make_tls_identity();

} // namespace wagate::sandbox
