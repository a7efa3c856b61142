#pragma once
// What goes wrong between a TCP connection and the protocol above it. Errors of TLS and of certificates have
// categories of their own, with OpenSSL's texts.
#include "protocol/base/result.hpp"

namespace wagate::transport {

enum class TransportErrc {
    closed = 1,         ///< by close()
    closed_by_peer,     ///< orderly end
    bad_trust_file,     ///< the CA file cannot be read
    upgrade_refused,    ///< the server did not switch to WebSocket
    proxy_refused,      ///< the proxy did not open the tunnel
    bad_request,        ///< a method or header that HTTP does not allow
    connect_timed_out,  ///< resolving, connecting and TLS took too long
    response_timed_out, ///< the whole response was not there in time
};

ErrorCode make_error_code(TransportErrc code) noexcept;

/// An entry of OpenSSL's error queue (`ERR_get_error`).
ErrorCode tls_error(unsigned long code) noexcept;
/// A verification result (`SSL_get_verify_result`).
ErrorCode certificate_error(long result) noexcept;
/// True when the peer's certificate was not accepted: trying again does not help.
bool is_certificate_error(ErrorCode const& error) noexcept;

} // namespace wagate::transport

template <>
struct boost::system::is_error_code_enum<wagate::transport::TransportErrc> : std::true_type {};
