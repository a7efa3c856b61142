#include "tools/sandbox/control/channel_control.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/message/compose.hpp"
#include "protocol/message/content.hpp"
#include "protocol/message/stanza_traits.hpp"
#include "tools/sandbox/control/media_json.hpp"
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
        auto const body = message::parse_body(message.content).body;
        if (auto const* media = std::get_if<message::Media>(&body)) {
            entry["text"] = media->caption;
            entry["kind"] = message::media_kind_name(media->kind);
            entry["encrypted"] = !media->file.key.reveal().empty();
        }
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
    json::array admins;
    for (auto const* admin : channel.admins)
        admins.emplace_back(admin->phone);
    out["admins"] = std::move(admins);
    out["picture"] = channel.picture_path;
    out["messages"] = std::move(messages);
    return out;
}

/// Open for everybody: the message names its hash and no key.
std::int64_t post_file(Network& network, ChannelState& channel, std::string const& id, OutgoingMedia media)
{
    auto& facts = media.facts;
    facts.file.sha256 = to_bytes(crypto::sha256(media.content));
    facts.file.length = media.content.size();
    auto const is_video = facts.kind == message::MediaKind::video;
    auto const type = is_video ? media::MediaType::video : media::MediaType::image;
    facts.file.direct_path = network.media().put(type, std::move(media.content));
    facts.file.url = "https://mmg.whatsapp.net" + facts.file.direct_path;
    auto const content = message::new_media(std::move(facts));
    auto const traits = message::stanza_traits(content, true);
    return post_to_channel(network, channel, id, message::build_message(content), traits.media_type);
}

std::optional<Following> following_of(std::string_view word)
{
    if (word == "follow") return Following::follow;
    if (word == "unfollow") return Following::unfollow;
    if (word == "mute") return Following::mute;
    if (word == "unmute") return Following::unmute;
    return std::nullopt;
}

HttpResponse file_of(Network& network, ChannelState const& channel, std::string_view id)
{
    for (auto const& message : channel.messages) {
        if (message.id != id) continue;
        auto const body = message::parse_body(message.content).body;
        auto const* media = std::get_if<message::Media>(&body);
        auto const* file = media == nullptr ? nullptr : network.media().find(media->file.sha256);
        if (file == nullptr) break;
        HttpResponse response;
        response.content_type = "application/octet-stream";
        response.body = to_text(*file);
        return response;
    }
    return json_error(404, "no such file");
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
    if (segments.size() == 2 && segments[1] == "admins" && method == "POST") {
        auto* account = network.find_phone(text_field(body, "phone").value_or(""));
        if (account == nullptr) return json_error(404, "no such account");
        channel.admins.insert(account);
        return json_response(200, channel_json(channel));
    }
    if (auto const what = segments.size() == 2 ? following_of(segments[1]) : std::nullopt;
        what && method == "POST") {
        auto* account = network.find_phone(text_field(body, "phone").value_or(""));
        if (account == nullptr) return json_error(404, "no such account");
        change_following(network, channel, *account, *what);
        return json_response(200, channel_json(channel));
    }
    if (segments.size() == 3 && segments[1] == "messages" && (method == "PUT" || method == "DELETE")) {
        auto const text = text_field(body, "text");
        if (method == "PUT" && !text) return json_error(400, "text is required");
        message::TextContent content;
        content.text = text.value_or("");
        bool const changed = method == "PUT"
                                 ? edit_in_channel(network, channel, segments[2], message::make_text(content))
                                 : delete_in_channel(network, channel, segments[2]);
        if (!changed) return json_error(404, "no such message");
        return json_response(200, channel_json(channel));
    }
    if (segments.size() == 4 && segments[1] == "messages" && segments[3] == "file" && method == "GET")
        return file_of(network, channel, segments[2]);
    if (segments.size() == 2 && segments[1] == "post" && method == "POST") {
        auto const text = text_field(body, "text");
        auto const* media = body.if_contains("media");
        if (!text && media == nullptr) return json_error(400, "text or media are required");
        auto const id = "3EB0" + hex_encode(network.random().bytes(9));
        json::object out;
        out["id"] = id;
        if (media != nullptr) {
            std::string error;
            auto outgoing = media_from_json(*media, error);
            if (!outgoing) return json_error(400, error);
            out["serverId"] = post_file(network, channel, id, std::move(*outgoing));
            return json_response(201, out);
        }
        message::TextContent content;
        content.text = *text;
        out["serverId"] = post_to_channel(network, channel, id, message::make_text(content));
        return json_response(201, out);
    }
    return json_error(404, "no such resource");
}

} // namespace wagate::sandbox
