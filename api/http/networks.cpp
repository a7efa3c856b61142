#include "api/http/networks.hpp"

#include "gateway/egress/address_policy.hpp"

#include <algorithm>

namespace wagate::http {
namespace {

std::optional<egress::Address> address_of(std::string_view text)
{
    ErrorCode failed;
    auto address = boost::asio::ip::make_address(std::string(text), failed);
    if (failed) return std::nullopt;
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
    return address;
}

std::string_view trimmed(std::string_view text)
{
    while (text.starts_with(' ') || text.starts_with('\t'))
        text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t'))
        text.remove_suffix(1);
    return text;
}

} // namespace

struct Networks::List {
    std::vector<egress::Network> networks;
};

std::optional<Networks> Networks::parse(std::vector<std::string> const& networks)
{
    auto list = std::make_shared<List>();
    for (auto const& text : networks) {
        auto network = egress::parse_network(text);
        if (!network) return std::nullopt;
        list->networks.push_back(*network);
    }
    Networks made;
    made.list_ = std::move(list);
    return made;
}

bool Networks::contain(std::string_view text) const
{
    auto const address = address_of(text);
    if (!list_ || !address) return false;
    return std::any_of(list_->networks.begin(), list_->networks.end(),
                       [&](auto const& network) { return network.contains(*address); });
}

bool Networks::empty() const noexcept
{
    return !list_ || list_->networks.empty();
}

std::string client_address(Request const& request, Networks const* proxies)
{
    auto address = request.remote;
    if (proxies == nullptr || proxies->empty() || !proxies->contain(address)) return address;
    std::string chain;
    for (auto const& [name, value] : request.headers)
        if (equal_ignoring_case(name, "X-Forwarded-For"))
            chain.append(chain.empty() ? "" : ",").append(value);
    for (std::string_view rest = chain; !rest.empty();) {
        auto const comma = rest.rfind(',');
        auto const hop = trimmed(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(0, comma);
        auto const parsed = address_of(hop);
        if (!parsed) return address;
        address = parsed->to_string();
        if (!proxies->contain(address)) return address;
    }
    return address;
}

} // namespace wagate::http
