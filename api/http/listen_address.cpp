#include "api/http/listen_address.hpp"

#include "api/http/server.hpp"

#include <charconv>

namespace wagate::http {
namespace {

class ServerCategory final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "wagate.http"; }
    std::string message(int) const override
    {
        return "the listen address must be host:port with a numeric host";
    }
};

} // namespace

ErrorCode make_error_code(ServerErrc error)
{
    static ServerCategory const category;
    return {static_cast<int>(error), category};
}

Result<boost::asio::ip::tcp::endpoint> parse_listen_address(std::string_view address)
{
    auto const colon = address.rfind(':');
    if (colon == std::string_view::npos) return ServerErrc::bad_address;
    auto host = address.substr(0, colon);
    auto const port_text = address.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    std::uint16_t port = 0;
    auto const end = port_text.data() + port_text.size();
    auto const [rest, error] = std::from_chars(port_text.data(), end, port);
    if (error != std::errc{} || rest != end) return ServerErrc::bad_address;
    ErrorCode failure;
    auto const ip = boost::asio::ip::make_address(std::string(host), failure);
    if (failure) return ServerErrc::bad_address;
    return boost::asio::ip::tcp::endpoint(ip, port);
}

} // namespace wagate::http
