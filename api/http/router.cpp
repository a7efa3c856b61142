#include "api/http/router.hpp"

#include <algorithm>
#include <stdexcept>

namespace wagate::http {
namespace {

std::vector<std::string_view> split(std::string_view path)
{
    std::vector<std::string_view> segments;
    if (path.starts_with('/')) path.remove_prefix(1);
    if (path.ends_with('/')) path.remove_suffix(1);
    while (true) {
        auto const slash = path.find('/');
        segments.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) return segments;
        path.remove_prefix(slash + 1);
    }
}

bool is_parameter(std::string_view segment) noexcept
{
    return segment.starts_with('{');
}

} // namespace

std::string const& Call::parameter(std::string_view name) const
{
    for (auto const& [key, value] : parameters) {
        if (key == name) return value;
    }
    throw std::logic_error("the route has no such parameter");
}

void Router::add(std::string method, std::string path, Access access, Endpoint endpoint,
                 std::size_t body_bytes)
{
    auto* node = &root_;
    for (auto const segment : split(path)) {
        auto& next = is_parameter(segment) ? node->parameter : node->literals[std::string(segment)];
        if (!next) next = std::make_unique<Node>();
        node = next.get();
    }
    for (auto const* route : node->routes) {
        if (route->method == method && route->path == path)
            throw std::logic_error("route added twice: " + method + " " + path);
    }
    auto& route = routes_.emplace_back();
    route.method = std::move(method);
    route.path = std::move(path);
    route.access = access;
    route.endpoint = std::move(endpoint);
    route.body_bytes = body_bytes;
    node->routes.push_back(&route);
}

struct Router::Search {
    std::vector<std::string> const& segments; ///< of the path, decoded
    std::string_view method;
    Route const* found = nullptr;
    std::vector<std::string> allowed;
};

/// Literals first, so that the first route found is the one to take.
void Router::search(Node const& node, Search& search, std::size_t depth)
{
    if (search.found) return;
    if (depth == search.segments.size()) {
        for (auto const* route : node.routes) {
            if (route->method != search.method)
                search.allowed.push_back(route->method);
            else if (!search.found)
                search.found = route;
        }
        return;
    }
    auto const& segment = search.segments[depth];
    if (auto const next = node.literals.find(segment); next != node.literals.end())
        Router::search(*next->second, search, depth + 1);
    if (node.parameter && !segment.empty()) Router::search(*node.parameter, search, depth + 1);
}

Router::Match Router::match(std::string_view method, std::string_view path) const
{
    Match match;
    std::vector<std::string> decoded;
    for (auto segment : split(path)) {
        auto text = percent_decode(segment);
        if (!text) return match;
        decoded.push_back(std::move(*text));
    }
    Search search{decoded, method == "HEAD" ? std::string_view("GET") : method, nullptr, {}};
    Router::search(root_, search, 0);
    match.route = search.found;
    if (!match.route) {
        match.allowed = std::move(search.allowed);
        std::sort(match.allowed.begin(), match.allowed.end());
        match.allowed.erase(std::unique(match.allowed.begin(), match.allowed.end()), match.allowed.end());
        return match;
    }
    auto const pattern = split(match.route->path);
    for (std::size_t i = 0; i < decoded.size(); ++i) {
        auto const segment = pattern[i];
        if (is_parameter(segment))
            match.parameters.emplace_back(segment.substr(1, segment.size() - 2), std::move(decoded[i]));
    }
    return match;
}

void Router::apply_rules(RouteRule (*rule_of)(std::string_view method, std::string_view path))
{
    for (auto& route : routes_)
        route.rule = rule_of(route.method, route.path);
}

std::vector<Route const*> Router::routes() const
{
    std::vector<Route const*> all;
    for (auto const& route : routes_)
        all.push_back(&route);
    return all;
}

} // namespace wagate::http
