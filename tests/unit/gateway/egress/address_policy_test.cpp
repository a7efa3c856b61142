#include "gateway/egress/address_policy.hpp"

#include "gateway/egress/errors.hpp"

#include <catch2/catch.hpp>

using namespace wagate::egress;

namespace {

Address address(std::string const& text)
{
    return boost::asio::ip::make_address(text);
}

} // namespace

TEST_CASE("addresses that are not of the public internet are refused", "[gateway][egress]")
{
    auto const* text = GENERATE(
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
        "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1",
        "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9",
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", //
        "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "64:ff9b:1::1",
        "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:db8::1",
        "2002:7f00:1::", "3fff::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%2", "fec0::1", "ff02::1",
        "4000::1", "5f00::1");
    INFO(text);
    CHECK_FALSE(is_public(address(text)));
    CHECK_FALSE(AddressPolicy().permits(address(text)));
}

TEST_CASE("public addresses are permitted", "[gateway][egress]")
{
    auto const* text = GENERATE("8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255",
                                "100.128.0.1", "128.0.0.1", "172.15.255.255", "172.32.0.1", "192.167.255.255",
                                "192.169.0.1", "198.17.255.255", "198.20.0.1", "223.255.255.255", //
                                "2606:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888", "2003::1");
    INFO(text);
    CHECK(is_public(address(text)));
    CHECK(AddressPolicy().permits(address(text)));
}

TEST_CASE("an opened network permits its addresses and no others", "[gateway][egress]")
{
    AddressPolicy const policy(parse_networks(" 127.0.0.0/8, 10.1.2.0/23 ,fd00::/8,192.168.7.7").value());
    CHECK(policy.permits(address("127.0.0.1")));
    CHECK(policy.permits(address("10.1.3.255")));
    CHECK_FALSE(policy.permits(address("10.1.4.0")));
    CHECK(policy.permits(address("fd12::1")));
    CHECK_FALSE(policy.permits(address("fc12::1")));
    CHECK(policy.permits(address("192.168.7.7")));
    CHECK_FALSE(policy.permits(address("192.168.7.8")));
    CHECK_FALSE(policy.permits(address("::ffff:127.0.0.1")));
    CHECK_FALSE(policy.permits(address("::1")));
}

TEST_CASE("a network is an address with a prefix that fits", "[gateway][egress]")
{
    auto const* good = GENERATE("10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/128", "10.0.0.1");
    CHECK(parse_network(good).has_value());
    auto const* bad = GENERATE("", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0/8",
                               "localhost/8", "::/129", "fe80::1%2/64");
    INFO(bad);
    CHECK(parse_network(bad).error() == EgressErrc::bad_network);
}
