#include "protocol/channel/queries.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/stanza/iq.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>

namespace wagate::channel {

namespace json = boost::json;
using binary::Node;

namespace {

// Ids of persisted queries, which WhatsApp replaces now and then (10.2).
constexpr std::string_view metadata_id = "6563316087068696";
constexpr std::string_view subscribed_id = "6388546374527196";
constexpr std::string_view create_id = "8823471724422422";
constexpr std::string_view delete_id = "30062808666639665";
constexpr std::string_view follow_id = "24404358912487870";
constexpr std::string_view unfollow_id = "9767147403369991";
constexpr std::string_view mute_id = "29766401636284406";
constexpr std::string_view unmute_id = "9864994326891137";
constexpr std::string_view update_id = "24250201037901610";
constexpr std::string_view demote_id = "6551828931592903";
constexpr std::string_view change_owner_id = "7341777602580933";
constexpr std::string_view admin_count_id = "7130823597031706";
constexpr std::string_view directory_id = "6190824427689257";
constexpr std::string_view search_id = "26301059626252132";

Node mex(std::string_view query_id, json::object variables)
{
    json::object body;
    body["variables"] = std::move(variables);
    Node query{"query"};
    query.set("query_id", query_id).with_bytes(to_bytes(json::serialize(body)));
    return stanza::make_iq("", stanza::IqType::get, "w:mex", {std::move(query)});
}

Node about(std::string_view query_id, Jid const& channel)
{
    json::object variables;
    variables["newsletter_id"] = channel.to_string();
    return mex(query_id, std::move(variables));
}

Node about(std::string_view query_id, Jid const& channel, Jid const& person)
{
    json::object variables;
    variables["newsletter_id"] = channel.to_string();
    variables["user_id"] = person.bare().to_string();
    return mex(query_id, std::move(variables));
}

json::array texts(std::vector<std::string> const& values)
{
    json::array out;
    for (auto const& value : values)
        out.emplace_back(value);
    return out;
}

// ---- reading

json::object const* object_at(json::object const& in, std::string_view key)
{
    auto const* value = in.if_contains(key);
    return value ? value->if_object() : nullptr;
}

std::string text_at(json::object const& in, std::string_view key)
{
    auto const* value = in.if_contains(key);
    if (!value || !value->is_string()) return {};
    return std::string(value->get_string().c_str());
}

/// Numbers come as numbers or as text.
std::int64_t number_at(json::object const& in, std::string_view key)
{
    auto const* value = in.if_contains(key);
    if (!value) return 0;
    if (value->is_int64()) return value->get_int64();
    if (!value->is_string()) return 0;
    auto const& text = value->get_string();
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

bool flag_at(json::object const& in, std::string_view key)
{
    auto const* value = in.if_contains(key);
    return value && value->is_bool() && value->get_bool();
}

bool says(std::string const& text, std::string_view word)
{
    return text.size() == word.size() &&
           std::equal(text.begin(), text.end(), word.begin(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

std::string picture_at(json::object const& thread, std::string_view key)
{
    auto const* picture = object_at(thread, key);
    if (!picture) return {};
    auto path = text_at(*picture, "direct_path");
    return path.empty() ? text_at(*picture, "url") : path;
}

std::string inner_text(json::object const& thread, std::string_view key)
{
    auto const* text = object_at(thread, key);
    return text ? text_at(*text, "text") : text_at(thread, key);
}

ChannelRole role_of(std::string const& text)
{
    if (says(text, "owner")) return ChannelRole::owner;
    if (says(text, "admin")) return ChannelRole::admin;
    if (says(text, "subscriber")) return ChannelRole::subscriber;
    return ChannelRole::guest;
}

std::optional<Channel> read_channel(json::object const& in)
{
    auto const jid = Jid::parse(text_at(in, "id"));
    if (!jid || !jid->is_newsletter()) return std::nullopt;
    Channel channel;
    channel.jid = *jid;
    if (auto const* state = object_at(in, "state")) {
        auto const type = text_at(*state, "type");
        channel.active = type.empty() || says(type, "active");
    }
    if (auto const* thread = object_at(in, "thread_metadata")) {
        channel.name = inner_text(*thread, "name");
        channel.description = inner_text(*thread, "description");
        channel.invite = text_at(*thread, "invite");
        channel.preview = picture_at(*thread, "preview");
        channel.picture = picture_at(*thread, "picture");
        channel.verified = says(text_at(*thread, "verification"), "verified");
        channel.subscribers = number_at(*thread, "subscribers_count");
        if (auto const created = number_at(*thread, "creation_time");
            created > 0 && created < 253'402'300'799)
            channel.created = wall_from_seconds(created);
    }
    if (auto const* viewer = object_at(in, "viewer_metadata")) {
        channel.role = role_of(text_at(*viewer, "role"));
        auto const mute = text_at(*viewer, "mute");
        if (!mute.empty()) channel.muted = says(mute, "on");
    }
    return channel;
}

void read_list(json::array const& in, std::vector<Channel>& out)
{
    for (auto const& entry : in)
        if (auto const* object = entry.if_object())
            if (auto channel = read_channel(*object)) out.push_back(std::move(*channel));
}

/// `{page_info, result: [channel …]}`
void read_page(json::object const& in, ChannelPage& page)
{
    if (auto const* info = object_at(in, "page_info")) {
        page.start_cursor = text_at(*info, "startCursor");
        page.end_cursor = text_at(*info, "endCursor");
        page.has_next = flag_at(*info, "hasNextPage");
        page.has_previous = flag_at(*info, "hasPreviousPage");
    }
    if (auto const* result = in.if_contains("result"); result && result->is_array())
        read_list(result->get_array(), page.channels);
}

int error_in(json::object const& body)
{
    auto const* errors = body.if_contains("errors");
    if (!errors || !errors->is_array() || errors->get_array().empty()) return 0;
    auto const* first = errors->get_array().front().if_object();
    auto const* extensions = first ? object_at(*first, "extensions") : nullptr;
    auto const code = extensions ? number_at(*extensions, "error_code") : 0;
    return code > 0 && code < 1'000 ? static_cast<int>(code) : 400;
}

} // namespace

Node info_query(ChannelKey const& key)
{
    json::object input;
    input["key"] = key.jid ? key.jid->to_string() : key.invite;
    input["type"] = key.jid ? "JID" : "INVITE";
    json::object variables;
    variables["fetch_creation_time"] = true;
    variables["fetch_full_image"] = true;
    variables["fetch_viewer_metadata"] = true;
    variables["input"] = std::move(input);
    return mex(metadata_id, std::move(variables));
}

Node subscribed_query()
{
    return mex(subscribed_id, {});
}

Node create_query(std::string_view name, std::string_view description, ByteView picture)
{
    json::object input;
    input["name"] = name;
    input["description"] = nullptr;
    if (!description.empty()) input["description"] = description;
    if (!picture.empty()) input["picture"] = base64_encode(picture);
    json::object variables;
    variables["input"] = std::move(input);
    return mex(create_id, std::move(variables));
}

Node delete_query(Jid const& channel)
{
    return about(delete_id, channel);
}

Node follow_query(Jid const& channel)
{
    return about(follow_id, channel);
}

Node unfollow_query(Jid const& channel)
{
    return about(unfollow_id, channel);
}

Node mute_query(Jid const& channel, bool mute)
{
    return about(mute ? mute_id : unmute_id, channel);
}

Node update_query(Jid const& channel, ChannelChange const& change)
{
    json::object updates;
    if (change.name) updates["name"] = *change.name;
    if (change.description) updates["description"] = *change.description;
    if (change.picture) updates["picture"] = base64_encode(*change.picture);
    updates["settings"] = nullptr;
    json::object variables;
    variables["newsletter_id"] = channel.to_string();
    variables["updates"] = std::move(updates);
    return mex(update_id, std::move(variables));
}

Node demote_query(Jid const& channel, Jid const& person)
{
    return about(demote_id, channel, person);
}

Node change_owner_query(Jid const& channel, Jid const& person)
{
    return about(change_owner_id, channel, person);
}

Node admin_count_query(Jid const& channel)
{
    return about(admin_count_id, channel);
}

Node live_updates_query(Jid const& channel)
{
    return stanza::make_iq("", stanza::IqType::set, "newsletter", {Node{"live_updates"}}).set("to", channel);
}

std::chrono::seconds read_live_updates(Node const& reply)
{
    auto const* live = reply.child("live_updates");
    return std::chrono::seconds{live != nullptr ? live->integer("duration").value_or(0) : 0};
}

Node view_receipt(Jid const& channel, std::string_view id, std::vector<std::int64_t> const& posts)
{
    Node list{"list"};
    for (auto const post : posts)
        list.add(Node{"item"}.set("server_id", post));
    Node receipt{"receipt"};
    receipt.set("to", channel).set("type", "view").set("id", id);
    return receipt.add(std::move(list));
}

Node search_query(std::string_view text, std::vector<std::string> const& categories, int limit,
                  std::string_view cursor)
{
    json::object input;
    input["search_text"] = text;
    input["categories"] = texts(categories);
    input["limit"] = limit;
    if (!cursor.empty()) input["start_cursor"] = cursor;
    json::object variables;
    variables["input"] = std::move(input);
    variables["fetch_status_metadata"] = false;
    return mex(search_id, std::move(variables));
}

Node directory_query(std::string_view view, std::vector<std::string> const& countries,
                     std::vector<std::string> const& categories, int limit, std::string_view cursor)
{
    json::object filters;
    filters["country_codes"] = texts(countries);
    if (!categories.empty()) filters["categories"] = texts(categories);
    json::object input;
    input["view"] = view;
    input["limit"] = limit;
    input["filters"] = std::move(filters);
    if (!cursor.empty()) input["start_cursor"] = cursor;
    json::object variables;
    variables["input"] = std::move(input);
    return mex(directory_id, std::move(variables));
}

Node accept_terms()
{
    Node notice{"notice"};
    notice.set("id", "20601218").set("stage", "5");
    return stanza::make_iq("", stanza::IqType::set, "tos", {std::move(notice)});
}

Node messages_query(ChannelKey const& key, int count, std::int64_t before)
{
    Node messages{"messages"};
    if (key.jid)
        messages.set("type", "jid").set("jid", *key.jid);
    else
        messages.set("type", "invite").set("key", key.invite);
    messages.set("count", std::int64_t{count});
    if (before > 0) messages.set("before", before);
    return stanza::make_iq("", stanza::IqType::get, "newsletter", {std::move(messages)});
}

Answer read_answer(Node const& reply)
{
    Answer answer;
    auto const* result = reply.child("result");
    if (result == nullptr) return answer;
    boost::system::error_code failure;
    auto const parsed = json::parse(text_view(result->bytes()), failure);
    auto const* body = failure ? nullptr : parsed.if_object();
    if (!body) {
        answer.error = 400;
        return answer;
    }
    answer.error = error_in(*body);
    auto const* data = object_at(*body, "data");
    if (!data) return answer;
    for (auto const& [key, value] : *data) {
        if (value.is_array()) {
            read_list(value.get_array(), answer.channels);
        } else if (auto const* object = value.if_object()) {
            if (object->contains("result") && object->at("result").is_array())
                read_page(*object, answer.page);
            else if (auto channel = read_channel(*object))
                answer.channel = std::move(channel);
            if (object->contains("admin_count")) answer.admins = number_at(*object, "admin_count");
        }
    }
    return answer;
}

std::vector<ChannelPostCounted> read_counts(Node const& notification)
{
    std::vector<ChannelPostCounted> counts;
    auto const from = notification.jid("from");
    auto const* live = notification.child("live_updates");
    if (!from || live == nullptr) return counts;
    if (auto const* messages = live->child("messages")) live = messages;
    for (auto const& child : live->children()) {
        if (child.tag != "message") continue;
        ChannelPostCounted counted;
        counted.chat = from->bare();
        counted.server_id = child.integer("server_id").value_or(0);
        counted.id = MessageId{child.text("id")};
        if (auto const* views = child.child("views_count")) counted.views = views->integer("count");
        if (auto const* reactions = child.child("reactions"))
            for (auto const& reaction : reactions->children())
                if (auto const code = reaction.text("code"); !code.empty())
                    counted.reactions.emplace_back(code, reaction.integer("count").value_or(0));
        std::sort(counted.reactions.begin(), counted.reactions.end());
        counts.push_back(std::move(counted));
    }
    return counts;
}

std::vector<ChannelPost> read_posts(Node const& reply, Jid const& chat)
{
    std::vector<ChannelPost> posts;
    auto const* messages = reply.child("messages");
    if (messages == nullptr) return posts;
    auto const channel = messages->jid("jid").value_or(chat);
    for (auto const& child : messages->children()) {
        if (child.tag != "message") continue;
        ChannelPost post;
        post.message.chat = channel;
        post.message.sender = channel;
        post.message.id = MessageId{child.text("id")};
        post.message.server_id = child.integer("server_id").value_or(0);
        post.message.timestamp = wall_from_seconds(child.integer("t").value_or(0));
        post.message.ack = Ack::server;
        if (auto const* plaintext = child.child("plaintext"))
            post.message.content = to_bytes(plaintext->bytes());
        if (auto const* views = child.child("views_count")) post.views = views->integer("count").value_or(0);
        if (auto const* reactions = child.child("reactions"))
            for (auto const& reaction : reactions->children())
                if (auto const code = reaction.text("code"); !code.empty())
                    post.reactions[code] = reaction.integer("count").value_or(0);
        posts.push_back(std::move(post));
    }
    std::stable_sort(posts.begin(), posts.end(), [](ChannelPost const& a, ChannelPost const& b) {
        return a.message.server_id < b.message.server_id;
    });
    return posts;
}

} // namespace wagate::channel
