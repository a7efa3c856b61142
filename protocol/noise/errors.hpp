#pragma once
// Everything that can go wrong between the socket and the first node.
#include "protocol/base/result.hpp"

namespace wagate::noise {

enum class NoiseErrc {
    malformed_message = 1, ///< a handshake message that does not parse or lacks a field
    decryption_failed,
    certificate_missing,
    certificate_malformed,
    certificate_bad_root_serial, ///< intermediate.issuerSerial is not the root's
    certificate_bad_issuer,      ///< leaf.issuerSerial is not intermediate.serial
    certificate_bad_signature,
    certificate_key_mismatch, ///< leaf.key is not the server's static key
    certificate_expired,      ///< now is outside notBefore..notAfter of either certificate
    frame_too_large,
    bad_header, ///< first bytes are no WA header
    unexpected_message,
    counter_exhausted,
};

boost::system::error_code make_error_code(NoiseErrc error);

} // namespace wagate::noise

template <>
struct boost::system::is_error_code_enum<wagate::noise::NoiseErrc> : std::true_type {};
