#include "tools/wagate/http_settings.hpp"

#include "api/http/listen_address.hpp"
#include "gateway/egress/address_policy.hpp"

#include <charconv>

namespace wagate {
namespace {

struct Number {
    char const* name;
    std::size_t least;
    std::size_t most;
};

/// @return an error, or empty; without the variable `target` stays
std::string read_number(Lookup const& variable, Number const& number, std::size_t& target)
{
    auto const text = variable(number.name);
    if (text.empty()) return {};
    std::size_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < number.least ||
        value > number.most)
        return std::string(number.name) + " must be a number from " + std::to_string(number.least) + " to " +
               std::to_string(number.most);
    target = value;
    return {};
}

std::string read_seconds(Lookup const& variable, char const* name, std::chrono::milliseconds& target)
{
    auto seconds = static_cast<std::size_t>(target.count() / 1'000);
    auto error = read_number(variable, {name, 1, 3'600}, seconds);
    if (error.empty()) target = std::chrono::seconds(seconds);
    return error;
}

std::vector<std::string> words(std::string_view text)
{
    std::vector<std::string> found;
    while (!text.empty()) {
        auto const comma = text.find(',');
        auto word = text.substr(0, comma);
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
        while (word.starts_with(' '))
            word.remove_prefix(1);
        while (word.ends_with(' '))
            word.remove_suffix(1);
        if (!word.empty()) found.emplace_back(word);
    }
    return found;
}

std::string host_of(std::string_view origin)
{
    auto const begin = origin.find("://");
    return begin == std::string_view::npos ? std::string()
                                           : http::host_name(origin.substr(begin + 3)).value_or("");
}

std::string read_hosts(Lookup const& variable, std::string const& listen, http::EdgePolicy::Options& edge)
{
    auto const given = variable("WAGATE_ALLOWED_HOSTS");
    auto const endpoint = http::parse_listen_address(listen);
    // Only programs on this machine and a proxy reach a loopback address, and any page of a browser that has
    // its own name pointed there.
    edge.any_host = given.empty() ? !(endpoint && endpoint->address().is_loopback()) : given == "*";
    edge.hosts = {"localhost"};
    if (auto own = host_of(edge.own_origin); !own.empty()) edge.hosts.push_back(std::move(own));
    if (edge.any_host) return {};
    for (auto const& word : words(given)) {
        auto host = http::host_name(word);
        if (!host) return "WAGATE_ALLOWED_HOSTS must be host names like api.example.com, or *";
        edge.hosts.push_back(std::move(*host));
    }
    return {};
}

std::string read_edge(Lookup const& variable, std::string const& listen, std::string const& base_url,
                      http::EdgePolicy::Options& edge)
{
    edge.own_origin = http::origin_of(base_url).value_or("");
    for (auto const& word : words(variable("WAGATE_ALLOWED_ORIGINS"))) {
        auto origin = http::origin_of(word);
        if (!origin) return "WAGATE_ALLOWED_ORIGINS must be origins like https://app.example.com";
        edge.origins.push_back(std::move(*origin));
    }
    return read_hosts(variable, listen, edge);
}

std::string read_limits(Lookup const& variable, http::ServerLimits& limits)
{
    constexpr std::size_t most_connections = 1'000'000;
    constexpr Number connections{"WAGATE_HTTP_CONNECTIONS", 16, most_connections};
    constexpr Number of_address{"WAGATE_HTTP_CONNECTIONS_PER_ADDRESS", 0, most_connections};
    if (auto error = read_number(variable, connections, limits.connections); !error.empty()) return error;
    if (auto error = read_number(variable, of_address, limits.connections_per_address); !error.empty())
        return error;
    for (auto const& [name, target] : {std::pair{"WAGATE_HTTP_HEADER_SECONDS", &limits.header},
                                       std::pair{"WAGATE_HTTP_BODY_SECONDS", &limits.body},
                                       std::pair{"WAGATE_HTTP_IDLE_SECONDS", &limits.idle},
                                       std::pair{"WAGATE_HTTP_WRITE_SECONDS", &limits.write}})
        if (auto error = read_seconds(variable, name, *target); !error.empty()) return error;
    auto const given = variable("WAGATE_HTTP_UNCAPPED_NETWORKS");
    auto networks = egress::parse_networks(given.empty() ? "127.0.0.0/8,::1/128" : given);
    if (!networks) return "WAGATE_HTTP_UNCAPPED_NETWORKS must be a list of networks like 10.0.0.0/8,::1/128";
    limits.uncapped = std::move(*networks);
    return {};
}

std::string read_tls(Lookup const& variable, HttpSettings& settings)
{
    settings.tls_certificate_file = variable("WAGATE_TLS_CERT_FILE");
    settings.tls_key_file = variable("WAGATE_TLS_KEY_FILE");
    settings.tls_listen = variable("WAGATE_TLS_LISTEN");
    if (settings.tls_certificate_file.empty() != settings.tls_key_file.empty())
        return "WAGATE_TLS_CERT_FILE and WAGATE_TLS_KEY_FILE must be set together";
    if (!settings.tls_listen.empty() && settings.tls_key_file.empty())
        return "WAGATE_TLS_LISTEN needs WAGATE_TLS_CERT_FILE and WAGATE_TLS_KEY_FILE";
    if (!settings.tls_listen.empty() && !http::parse_listen_address(settings.tls_listen))
        return "WAGATE_TLS_LISTEN must be a numeric address and a port like 0.0.0.0:3443";
    return {};
}

} // namespace

std::string read_http(Lookup const& variable, std::string const& listen, std::string const& base_url,
                      HttpSettings& settings)
{
    if (auto error = read_edge(variable, listen, base_url, settings.policy); !error.empty()) return error;
    if (auto error = read_limits(variable, settings.limits); !error.empty()) return error;
    if (auto error = read_tls(variable, settings); !error.empty()) return error;
    auto const keys = variable("WAGATE_KEYS_IN_URLS");
    settings.keys_in_urls = keys == "1" || keys == "true" || keys == "True" || keys == "TRUE";
    return {};
}

} // namespace wagate
