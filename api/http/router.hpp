#pragma once
// From method and path to an endpoint. Knows no sockets and no keys.
#include "api/http/keys.hpp"
#include "api/http/message.hpp"
#include "api/http/query.hpp"

#include <deque>
#include <map>
#include <memory>

namespace wagate::http {

/// Who may call an endpoint.
enum class Access : std::uint8_t {
    open,   ///< anybody, without a key
    tenant, ///< any valid key
    admin,  ///< a key with administrator rights
};

/// Where a request names its session, for keys that are limited to one.
enum class SessionPlace : std::uint8_t {
    nowhere,   ///< none, or the endpoint itself looks at the key's session
    path,      ///< `{session}`
    query,     ///< `session`; "default" without
    body,      ///< the same of a JSON body
    body_name, ///< `name` of a JSON body
};

/// What a key that is limited to a session needs for a route. Other keys may use all of their tenant's.
struct RouteRule {
    Scopes needs;
    SessionPlace place = SessionPlace::nowhere;
    bool whole_tenant = false; ///< no key of a session may use it
    bool operator==(RouteRule const&) const = default;
};

/// A request on its way into an endpoint.
struct Call {
    Request request;
    Query query;
    std::vector<std::pair<std::string, std::string>> parameters; ///< of the path, decoded
    Principal principal;                                         ///< empty tenant when Access::open

    /// Precondition: the route's template names it.
    std::string const& parameter(std::string_view name) const;
};

using Endpoint = std::function<Task<Response>(Call)>;

struct Route {
    std::string method;
    std::string path; ///< template: `/api/{session}/chats/{chatId}/messages`
    Access access = Access::tenant;
    Endpoint endpoint;
    std::size_t body_bytes = 0; ///< that a request may have; 0: as many as the server usually takes
    RouteRule rule = {};
};

class Router {
public:
    /// Throws std::logic_error when the method and template are taken.
    void add(std::string method, std::string path, Access access, Endpoint endpoint,
             std::size_t body_bytes = 0);

    struct Match {
        Route const* route = nullptr; ///< null: unknown path, or (with `allowed`) wrong method
        std::vector<std::pair<std::string, std::string>> parameters;
        std::vector<std::string> allowed; ///< methods of the path when no route fits
    };
    /// Literal segments win over parameters. HEAD finds GET. A trailing slash is ignored.
    Match match(std::string_view method, std::string_view path) const;

    std::vector<Route const*> routes() const;

    /// Gives every route its rule; what is added later has none.
    void apply_rules(RouteRule (*rule_of)(std::string_view method, std::string_view path));

private:
    /// One segment of templates, with all that may come behind it.
    struct Node {
        std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
        std::unique_ptr<Node> parameter;  ///< whatever it is called
        std::vector<Route const*> routes; ///< of the templates that end here
    };
    struct Search;
    static void search(Node const& node, Search& search, std::size_t depth);

    std::deque<Route> routes_; ///< as added
    Node root_;
};

} // namespace wagate::http
