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

/// Nothing when a template segment does not fit; otherwise how many segments were literal, earliest weighing
/// most.
std::optional<std::uint32_t> fit(std::vector<std::string> const& pattern,
                                 std::vector<std::string> const& path)
{
    std::uint32_t literal = 0;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        literal <<= 1;
        if (is_parameter(pattern[i])) {
            if (path[i].empty()) return std::nullopt;
        } else if (pattern[i] == path[i]) {
            literal |= 1;
        } else {
            return std::nullopt;
        }
    }
    return literal;
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
    auto const parts = split(path);
    std::vector<std::string> segments(parts.begin(), parts.end());
    auto& entries = by_length_[segments.size()];
    for (auto const& entry : entries) {
        if (entry.route.method == method && entry.route.path == path)
            throw std::logic_error("route added twice: " + method + " " + path);
    }
    Route route;
    route.method = std::move(method);
    route.path = std::move(path);
    route.access = access;
    route.endpoint = std::move(endpoint);
    route.body_bytes = body_bytes;
    entries.push_back(Entry{std::move(segments), std::move(route)});
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
    auto const found = by_length_.find(decoded.size());
    if (found == by_length_.end()) return match;
    auto const wanted = method == "HEAD" ? std::string_view("GET") : method;
    Entry const* best = nullptr;
    std::uint32_t best_weight = 0;
    for (auto const& entry : found->second) {
        auto const weight = fit(entry.segments, decoded);
        if (!weight) continue;
        if (entry.route.method != wanted) {
            match.allowed.push_back(entry.route.method);
        } else if (!best || *weight > best_weight) {
            best = &entry;
            best_weight = *weight;
        }
    }
    if (!best) {
        std::sort(match.allowed.begin(), match.allowed.end());
        match.allowed.erase(std::unique(match.allowed.begin(), match.allowed.end()), match.allowed.end());
        return match;
    }
    match.allowed.clear();
    match.route = &best->route;
    for (std::size_t i = 0; i < decoded.size(); ++i) {
        auto const& segment = best->segments[i];
        if (is_parameter(segment))
            match.parameters.emplace_back(segment.substr(1, segment.size() - 2), std::move(decoded[i]));
    }
    return match;
}

void Router::apply_rules(RouteRule (*rule_of)(std::string_view method, std::string_view path))
{
    for (auto& [length, entries] : by_length_) {
        for (auto& entry : entries)
            entry.route.rule = rule_of(entry.route.method, entry.route.path);
    }
}

std::vector<Route const*> Router::routes() const
{
    std::vector<Route const*> all;
    for (auto const& [length, entries] : by_length_) {
        for (auto const& entry : entries)
            all.push_back(&entry.route);
    }
    return all;
}

} // namespace wagate::http
