#include "gateway/egress/address_policy.hpp"

#include "gateway/egress/errors.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <span>
#include <string>

namespace wagate::egress {
namespace {

bool same_prefix(std::span<unsigned char const> left, std::span<unsigned char const> right, unsigned bits)
{
    std::size_t const whole = bits / 8;
    if (std::memcmp(left.data(), right.data(), whole) != 0) return false;
    unsigned const rest = bits % 8;
    if (rest == 0) return true;
    auto const mask = static_cast<unsigned char>(0xff << (8 - rest));
    return (left[whole] & mask) == (right[whole] & mask);
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

std::vector<Network> networks(std::span<char const* const> texts)
{
    std::vector<Network> list;
    for (auto const* text : texts)
        list.push_back(parse_network(text).value());
    return list;
}

bool in_any(std::vector<Network> const& list, Address const& address)
{
    for (auto const& network : list)
        if (network.contains(address)) return true;
    return false;
}

/// IANA's special-purpose registry for IPv4, plus multicast and class E.
constexpr std::array<char const*, 16> special_v4{
    "0.0.0.0/8",       "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",
    "169.254.0.0/16",  "172.16.0.0/12",   "192.0.0.0/24",   "192.0.2.0/24",
    "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
    "198.18.0.0/15",   "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"};

/// What of 2000::/3 is special: IETF assignments with Teredo, ORCHID and benchmarking (2001::/23),
/// documentation, 6to4, AS112 and the second documentation range.
constexpr std::array<char const*, 5> special_v6{"2001::/23", "2001:db8::/32", "2002::/16",
                                                "2620:4f:8000::/48", "3fff::/20"};

} // namespace

bool Network::contains(Address const& candidate) const
{
    if (address.is_v4() != candidate.is_v4()) return false;
    if (address.is_v4()) return same_prefix(address.to_v4().to_bytes(), candidate.to_v4().to_bytes(), prefix);
    return same_prefix(address.to_v6().to_bytes(), candidate.to_v6().to_bytes(), prefix);
}

Result<Network> parse_network(std::string_view text)
{
    auto const slash = text.find('/');
    boost::system::error_code failure;
    auto const address = boost::asio::ip::make_address(std::string(text.substr(0, slash)), failure);
    if (failure || (address.is_v6() && address.to_v6().scope_id() != 0)) return EgressErrc::bad_network;
    unsigned const widest = address.is_v4() ? 32 : 128;
    Network network{address, widest};
    if (slash != std::string_view::npos) {
        auto const digits = text.substr(slash + 1);
        auto const [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), network.prefix);
        if (error != std::errc() || end != digits.data() + digits.size() || network.prefix > widest)
            return EgressErrc::bad_network;
    }
    return network;
}

Result<std::vector<Network>> parse_networks(std::string_view text)
{
    std::vector<Network> list;
    while (!text.empty()) {
        auto const comma = text.find(',');
        auto const item = trimmed(text.substr(0, comma));
        text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
        if (item.empty()) continue;
        auto network = parse_network(item);
        if (!network) return network.error();
        list.push_back(*network);
    }
    return list;
}

bool is_public(Address const& address)
{
    static auto const special_four = networks(special_v4);
    static auto const special_six = networks(special_v6);
    static auto const global_unicast = parse_network("2000::/3").value();
    if (address.is_v4()) return !in_any(special_four, address);
    if (address.to_v6().scope_id() != 0) return false;
    return global_unicast.contains(address) && !in_any(special_six, address);
}

bool AddressPolicy::permits(Address const& address) const
{
    return is_public(address) || in_any(opened_, address);
}

} // namespace wagate::egress
