#include "protocol/channel/channel.hpp"

#include <algorithm>

namespace wagate::channel {
namespace {

constexpr std::string_view link_marker = "/channel/";
constexpr std::size_t longest_code = 64;

bool is_code(std::string_view text)
{
    return !text.empty() && text.size() <= longest_code && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
               c == '_';
    });
}

} // namespace

std::string_view role_name(ChannelRole role) noexcept
{
    switch (role) {
    case ChannelRole::guest: return "GUEST";
    case ChannelRole::subscriber: return "SUBSCRIBER";
    case ChannelRole::admin: return "ADMIN";
    case ChannelRole::owner: return "OWNER";
    }
    return "GUEST";
}

std::optional<ChannelKey> parse_channel_key(std::string_view text)
{
    ChannelKey key;
    if (text.find('@') != std::string_view::npos) {
        key.jid = Jid::parse(text);
        if (!key.jid || !key.jid->is_newsletter() || key.jid->user.empty()) return std::nullopt;
        return key;
    }
    if (auto const link = text.find(link_marker); link != std::string_view::npos)
        text.remove_prefix(link + link_marker.size());
    if (!is_code(text)) return std::nullopt;
    key.invite = text;
    return key;
}

} // namespace wagate::channel
