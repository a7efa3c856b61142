#pragma once
// What the operator says about the HTTP edge: WAGATE_HTTP_…, WAGATE_ALLOWED_…, WAGATE_TLS_….
#include "api/http/edge_policy.hpp"
#include "api/http/server.hpp"
#include "tools/wagate/environment.hpp"

namespace wagate {

struct HttpSettings {
    http::ServerLimits limits;
    http::EdgePolicy::Options policy;
    bool keys_in_urls = false;
    std::string tls_certificate_file; ///< empty: no TLS
    std::string tls_key_file;
    std::string tls_listen; ///< empty: TLS on the one address
};

/// @param listen and @param base_url as settled: what is not said follows from them
/// @return one sentence that names the variable and what is wrong with it; empty when all is well
std::string read_http(Lookup const& variable, std::string const& listen, std::string const& base_url,
                      HttpSettings& settings);

} // namespace wagate
