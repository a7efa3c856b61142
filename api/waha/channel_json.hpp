#pragma once
// Channels as WAHA shows them.
#include "api/waha/media_url.hpp"
#include "protocol/channel/channel.hpp"

#include <boost/json/object.hpp>

namespace wagate::waha {

/// With the viewer's role, for channels that were asked for.
boost::json::object channel_json(channel::Channel const& channel);
/// Without role, for search results.
boost::json::object public_channel_json(channel::Channel const& channel);
boost::json::object channel_page_json(channel::ChannelPage const& page);
/// @param place for the link to its file; null: without
boost::json::object channel_post_json(channel::ChannelPost const& post, MediaPlace const* place = nullptr);

} // namespace wagate::waha
