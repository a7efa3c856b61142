#include "gateway/media/media_servers.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::gateway;
using Urls = std::vector<std::string>;

namespace {

media::MediaConnection named(std::vector<std::string> const& names)
{
    media::MediaConnection hosts;
    hosts.auth = Secret<std::string>{"token"};
    for (auto const& name : names)
        hosts.hosts.push_back(
            {.hostname = name, .fallback_hostname = "spare.whatsapp.net", .fallback = false});
    return hosts;
}

} // namespace

TEST_CASE("only WhatsApp's own hosts are used, the spare ones last", "[gateway][media]")
{
    MediaSettings const settings;
    auto const servers = allowed_servers(
        named({"mmg.whatsapp.net", "evil.example", "whatsapp.net.evil.example", "127.0.0.1"}), settings);
    CHECK(servers.urls == Urls{"https://mmg.whatsapp.net", "https://spare.whatsapp.net"});
    CHECK(servers.auth.reveal() == "token");
    REQUIRE(server_policy(settings) != nullptr);
    CHECK_FALSE(server_policy(settings)->permits(boost::asio::ip::make_address("127.0.0.1")));
}

TEST_CASE("a simulated network names its hosts itself", "[gateway][media]")
{
    MediaSettings settings;
    settings.any_host = true;
    settings.scheme = "http";
    auto hosts = named({"127.0.0.1:4000"});
    hosts.hosts[0].fallback_hostname.clear();
    CHECK(allowed_servers(hosts, settings).urls == Urls{"http://127.0.0.1:4000"});
    CHECK(server_policy(settings) == nullptr);
}

TEST_CASE("a host that the operator names replaces all others", "[gateway][media]")
{
    MediaSettings settings;
    settings.media_host = "http://10.0.0.1:80";
    CHECK(allowed_servers(named({"mmg.whatsapp.net"}), settings).urls == Urls{"http://10.0.0.1:80"});
    CHECK(server_policy(settings) == nullptr);
}
