#include "api/waha/channel_json.hpp"

#include "api/waha/message_json.hpp"

#include <boost/json/array.hpp>

namespace wagate::waha {
namespace {

namespace json = boost::json;

constexpr std::string_view link_prefix = "https://www.whatsapp.com/channel/";
constexpr std::string_view media_host = "https://mmg.whatsapp.net";

/// Pictures of channels are public: a path alone belongs to WhatsApp's media host.
json::value picture_url(std::string const& path)
{
    json::value out;
    if (path.starts_with('/'))
        out = std::string(media_host) + path;
    else if (!path.empty())
        out = path;
    return out;
}

json::value cursor_json(std::string const& cursor)
{
    json::value out;
    if (!cursor.empty()) out = cursor;
    return out;
}

} // namespace

json::object public_channel_json(channel::Channel const& channel)
{
    json::object out;
    out["id"] = channel.jid.to_string();
    out["name"] = channel.name;
    out["invite"] = channel.invite.empty() ? std::string() : std::string(link_prefix) + channel.invite;
    out["preview"] = picture_url(channel.preview);
    out["picture"] = picture_url(channel.picture);
    out["description"] = channel.description;
    out["verified"] = channel.verified;
    out["subscribersCount"] = channel.subscribers;
    return out;
}

json::object channel_json(channel::Channel const& channel)
{
    auto out = public_channel_json(channel);
    out["role"] = channel::role_name(channel.role);
    return out;
}

json::object channel_page_json(channel::ChannelPage const& page)
{
    json::object info;
    info["startCursor"] = cursor_json(page.start_cursor);
    info["endCursor"] = cursor_json(page.end_cursor);
    info["hasNextPage"] = page.has_next;
    info["hasPreviousPage"] = page.has_previous;
    json::array channels;
    for (auto const& channel : page.channels)
        channels.push_back(public_channel_json(channel));
    json::object out;
    out["page"] = std::move(info);
    out["channels"] = std::move(channels);
    return out;
}

json::object channel_post_json(channel::ChannelPost const& post, MediaPlace const* place)
{
    json::object reactions;
    for (auto const& [code, count] : post.reactions)
        reactions[code] = count;
    json::object out;
    out["reactions"] = std::move(reactions);
    out["message"] = message_json(post.message, place);
    out["viewCount"] = post.views;
    return out;
}

} // namespace wagate::waha
