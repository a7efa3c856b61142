// URLs, addresses and networks that users give, and hosts and origins that clients name.
#include "api/http/edge_policy.hpp"
#include "api/http/listen_address.hpp"
#include "api/http/request_reader.hpp"
#include "gateway/egress/address_policy.hpp"
#include "gateway/egress/url.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <cstdlib>

using namespace wagate;

namespace {

void require(bool condition)
{
    if (!condition) std::abort();
}

void check_url(std::string_view text)
{
    auto const url = egress::parse_http_url(text);
    if (!url) return;
    require(!url->host.empty() && !url->target.empty());
    require(url->authority().find_first_of(" \t\r\n/@#") == std::string::npos);
    require(url->target.find_first_of(" \r\n") == std::string::npos);
    // Written again it is the same place.
    auto const again = egress::parse_http_url(url->scheme + "://" + url->authority() + url->target);
    require(again.has_value() && again->host == url->host && again->port == url->port &&
            again->target == url->target);
}

void check_address(std::string const& text)
{
    if (text.find('\0') != std::string::npos) return; // where Asio stops reading, and ours does not
    boost::system::error_code failure;
    auto const address = boost::asio::ip::make_address(text, failure);
    if (failure) return;
    auto const network = egress::parse_network(text);
    bool const is_scoped = text.find('%') != std::string::npos;
    require(is_scoped || (network.has_value() && network->contains(address)));
    require(egress::AddressPolicy().permits(address) == egress::is_public(address));
    require(!(address.is_loopback() || address.is_unspecified() || address.is_multicast()) ||
            !egress::is_public(address));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string const text(reinterpret_cast<char const*>(data), size);
    check_url(text);
    check_address(text);
    if (auto const networks = egress::parse_networks(text)) {
        for (auto const& network : *networks)
            require(network.prefix <= (network.address.is_v4() ? 32u : 128u));
    }
    static_cast<void>(http::parse_listen_address(text));
    if (auto const host = http::host_name(text))
        require(!host->empty() && host->find_first_of(" @/\\\r\n[]") == std::string::npos);
    if (auto const origin = http::origin_of(text)) require(http::origin_of(*origin) == origin);
    return 0;
}
