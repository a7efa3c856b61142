#pragma once
// The page on which the API can be read and tried, at `/`, and the document it shows. Everything comes from
// this server.
#include "api/http/router.hpp"
#include "protocol/base/secret.hpp"

namespace wagate::explorer {

struct ExplorerOptions {
    bool enabled = true; ///< false: no page; /openapi.json stays
    std::string username = "admin";
    /// Asked for (HTTP Basic) before the page or the document is given; none: both are open.
    std::optional<Secret<std::string>> password = {};
};

class ExplorerRoutes {
public:
    explicit ExplorerRoutes(ExplorerOptions options);

    void add_to(http::Router& router);

private:
    Task<http::Response> page(http::Call call);
    Task<http::Response> file(http::Call call);
    Task<http::Response> document(http::Call call);

    /// The answer to a request that may not see anything.
    std::optional<http::Response> refusal(http::Request const& request) const;

    ExplorerOptions options_;
    std::optional<http::KeyHash> credentials_; ///< of `name:password`
};

} // namespace wagate::explorer
