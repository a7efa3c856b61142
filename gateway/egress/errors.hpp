#pragma once
// Why a connection to the outside was not made.
#include "protocol/base/result.hpp"

namespace wagate::egress {

enum class EgressErrc {
    bad_url = 1,     ///< not an absolute URL of a permitted scheme, or with userinfo or an unusual host
    bad_network,     ///< not `address/prefix`
    address_refused, ///< at least one address of the host is not public and not opened by configuration
    name_not_found,  ///< the host has no address
    lookup_failed,   ///< the name service did not answer
};

ErrorCode make_error_code(EgressErrc code) noexcept;

} // namespace wagate::egress

template <>
struct boost::system::is_error_code_enum<wagate::egress::EgressErrc> : std::true_type {};
