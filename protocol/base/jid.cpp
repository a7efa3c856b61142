#include "protocol/base/jid.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace wagate {
namespace {

using namespace std::string_view_literals;

constexpr std::array server_names{
    std::pair{JidServer::user, "s.whatsapp.net"sv},
    std::pair{JidServer::lid, "lid"sv},
    std::pair{JidServer::hosted, "hosted"sv},
    std::pair{JidServer::hosted_lid, "hosted.lid"sv},
    std::pair{JidServer::group, "g.us"sv},
    std::pair{JidServer::broadcast, "broadcast"sv},
    std::pair{JidServer::newsletter, "newsletter"sv},
    std::pair{JidServer::bot, "bot"sv},
    std::pair{JidServer::messenger, "msgr"sv},
    std::pair{JidServer::interop, "interop"sv},
    std::pair{JidServer::call, "call"sv},
    std::pair{JidServer::legacy_user, "c.us"sv},
};

/// Groups, lists, channels and call links have no devices.
bool has_devices(JidServer server) noexcept
{
    return server != JidServer::group && server != JidServer::broadcast && server != JidServer::newsletter &&
           server != JidServer::call;
}

/// Digits without sign or leading zeros, so that every address has one spelling.
template <class Number>
std::optional<Number> parse_number(std::string_view text)
{
    if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    Number value{};
    auto const* const end = text.data() + text.size();
    auto const [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || rest != end) return std::nullopt;
    return value;
}

/// An underscore is no user character: Signal addresses use it as separator (protocol.md 5.1).
bool is_user_name(std::string_view text) noexcept
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    });
}

/// Splits off the text behind `separator`; nothing when there is none.
std::optional<std::string_view> cut_suffix(std::string_view& text, char separator)
{
    auto const at = text.find(separator);
    if (at == std::string_view::npos) return std::nullopt;
    auto const suffix = text.substr(at + 1);
    text = text.substr(0, at);
    return suffix;
}

} // namespace

std::string_view server_name(JidServer server) noexcept
{
    for (auto const& [known, name] : server_names) {
        if (known == server) return name;
    }
    return {};
}

std::optional<JidServer> server_from_name(std::string_view name) noexcept
{
    for (auto const& [server, known] : server_names) {
        if (known == name) return server;
    }
    return std::nullopt;
}

std::optional<Jid> Jid::parse(std::string_view text)
{
    auto user = text;
    auto const server_text = cut_suffix(user, '@');
    auto const server = server_from_name(server_text ? *server_text : text);
    if (!server) return std::nullopt;
    Jid jid{{}, *server};
    if (!server_text || user.empty()) return jid;

    if (auto const device_text = cut_suffix(user, ':')) {
        auto const number = parse_number<std::uint16_t>(*device_text);
        if (!number || !has_devices(*server)) return std::nullopt;
        jid.device = *number;
    }
    if (auto const agent_text = cut_suffix(user, '.')) {
        auto const number = parse_number<std::uint8_t>(*agent_text);
        if (!number || !has_devices(*server)) return std::nullopt;
        jid.agent = *number;
    }
    if (*server == JidServer::interop) {
        auto rest = user;
        if (auto const interop_user = cut_suffix(rest, '-')) {
            auto const number = parse_number<std::uint16_t>(rest);
            if (!number || *number == 0) return std::nullopt;
            jid.integrator = *number;
            user = *interop_user;
        }
    }
    if (!is_user_name(user)) return std::nullopt;
    jid.user = user;
    return jid;
}

std::string Jid::to_string() const
{
    std::string out;
    if (!user.empty()) {
        if (integrator > 0) out += std::to_string(integrator) + '-';
        out += user;
        if (device > 0) out += ':' + std::to_string(device);
        out += '@';
    }
    out += server_name(server);
    return out;
}

std::string Jid::ad_string() const
{
    std::string out = user;
    out += '.' + std::to_string(agent) + ':' + std::to_string(device) + '@';
    out += server_name(server);
    return out;
}

} // namespace wagate
