#include "gateway/transport/errors.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

namespace wagate::transport {
namespace {

class TransportCategory final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "transport"; }
    std::string message(int value) const override
    {
        switch (static_cast<TransportErrc>(value)) {
        case TransportErrc::closed: return "the connection was closed here";
        case TransportErrc::closed_by_peer: return "the peer closed the connection";
        case TransportErrc::bad_trust_file: return "the file of trusted certificates cannot be read";
        case TransportErrc::upgrade_refused: return "the server refused the WebSocket";
        case TransportErrc::proxy_refused: return "the proxy refused the connection";
        case TransportErrc::bad_request: return "not a valid HTTP request";
        case TransportErrc::connect_timed_out: return "the connection took too long";
        case TransportErrc::response_timed_out: return "the response took too long";
        }
        return "unknown transport error";
    }
};

class TlsCategory final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "tls"; }
    std::string message(int value) const override
    {
        char const* text = ERR_reason_error_string(static_cast<unsigned long>(value));
        return text != nullptr ? text : "TLS error";
    }
};

class CertificateCategory final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "certificate"; }
    std::string message(int value) const override { return X509_verify_cert_error_string(value); }
};

boost::system::error_category const& certificate_category() noexcept
{
    static CertificateCategory const category;
    return category;
}

} // namespace

ErrorCode make_error_code(TransportErrc code) noexcept
{
    static TransportCategory const category;
    return {static_cast<int>(code), category};
}

ErrorCode tls_error(unsigned long code) noexcept
{
    static TlsCategory const category;
    // Library and reason fit 31 bits (openssl/err.h); zero would read as success.
    auto const value = static_cast<int>(code & 0x7fffffffUL);
    return {value != 0 ? value : 1, category};
}

ErrorCode certificate_error(long result) noexcept
{
    return {static_cast<int>(result), certificate_category()};
}

bool is_certificate_error(ErrorCode const& error) noexcept
{
    return error.failed() && error.category() == certificate_category();
}

} // namespace wagate::transport
