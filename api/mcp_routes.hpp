#pragma once
// POST /mcp: the API as tools of the Model Context Protocol (streamable HTTP, JSON-RPC 2.0, without
// sessions).
#include "api/http/dispatcher.hpp"
#include "api/mcp_tools.hpp"

namespace wagate {

/// A tool is an operation of this API: it is called as a request with the same key, so the key's rights and
/// all checks are those of the route. Tools that the key may not use are not listed.
class McpRoutes {
public:
    /// Both must outlive it; it must outlive the router's calls. @param program told to clients,
    /// `name/version`
    McpRoutes(http::Router const& router, http::KeyStore const& keys, std::string program,
              http::Caller const* caller = nullptr);
    McpRoutes(McpRoutes const&) = delete;
    McpRoutes& operator=(McpRoutes const&) = delete;

    void add_to(http::Router& router);

private:
    Task<http::Response> answer(http::Call call);
    /// Nothing for notifications.
    Task<std::optional<http::json::object>> answer_one(http::json::value message, http::Principal caller,
                                                       std::string remote);
    Task<http::json::object> call_tool(http::json::object parameters, http::Principal caller,
                                       std::string remote);
    http::json::array listed(http::Principal const& caller) const;
    bool may_use(McpTool const& tool, http::Principal const& caller) const;

    http::Router const& router_;
    http::Dispatcher dispatcher_;
    std::string program_;
    std::vector<McpTool> tools_;
};

} // namespace wagate
