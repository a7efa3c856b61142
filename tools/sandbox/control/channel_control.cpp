#include "tools/sandbox/control/channel_control.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/message/content.hpp"
#include "tools/sandbox/server/channels.hpp"

namespace wagate::sandbox {

namespace {

json::object channel_json(ChannelState const& channel)
{
    json::array messages;
    for (auto const& message : channel.messages) {
        json::object entry;
        entry["id"] = message.id;
        entry["serverId"] = message.server_id;
        entry["type"] = message.type;
        entry["deleted"] = message.content.empty();
        auto const content = message::parse_content(message.content);
        entry["text"] = content ? content->text : "";
        entry["views"] = message.views;
        json::object reactions;
        for (auto const& [account, code] : message.reactions)
            reactions[account->phone] = code;
        entry["reactions"] = std::move(reactions);
        messages.push_back(std::move(entry));
    }
    json::object out;
    out["id"] = channel.id + "@newsletter";
    out["name"] = channel.name;
    out["description"] = channel.description;
    out["invite"] = channel.invite;
    out["owner"] = nullptr;
    if (channel.owner != nullptr) out["owner"] = channel.owner->phone;
    json::array followers;
    for (auto const* follower : channel.followers)
        followers.emplace_back(follower->phone);
    out["followers"] = std::move(followers);
    out["messages"] = std::move(messages);
    return out;
}

} // namespace

HttpResponse control_channels(Network& network, std::string_view method,
                              std::vector<std::string_view> const& segments, json::object const& body)
{
    if (segments.empty() && method == "GET") {
        json::array out;
        for (auto const& [id, channel] : network.channels)
            out.push_back(channel_json(channel));
        return json_response(200, out);
    }
    if (segments.empty() && method == "POST") {
        auto name = text_field(body, "name").value_or("");
        if (name.empty()) return json_error(400, "name is required");
        Account* owner = nullptr;
        if (auto const phone = text_field(body, "owner")) {
            owner = network.find_phone(*phone);
            if (owner == nullptr) return json_error(404, "no such owner");
        }
        auto& made =
            create_channel(network, owner, std::move(name), text_field(body, "description").value_or(""));
        made.verified = flag_field(body, "verified").value_or(false);
        return json_response(201, channel_json(made));
    }
    if (segments.empty()) return json_error(404, "no such resource");
    auto const jid = Jid::parse(segments[0]);
    auto const found = network.channels.find(jid ? jid->user : std::string(segments[0]));
    if (found == network.channels.end()) return json_error(404, "no such channel");
    auto& channel = found->second;
    if (segments.size() == 1 && method == "GET") return json_response(200, channel_json(channel));
    if (segments.size() == 2 && segments[1] == "post" && method == "POST") {
        auto const text = text_field(body, "text");
        if (!text) return json_error(400, "text is required");
        message::TextContent content;
        content.text = *text;
        auto const id = "3EB0" + hex_encode(network.random().bytes(9));
        json::object out;
        out["id"] = id;
        out["serverId"] = post_to_channel(network, channel, id, message::make_text(content));
        return json_response(201, out);
    }
    return json_error(404, "no such resource");
}

} // namespace wagate::sandbox
