#include "tools/sandbox/server/channels.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/media/media_type.hpp"
#include "tools/sandbox/control/json.hpp"
#include "tools/sandbox/server/stanzas.hpp"

#include <algorithm>
#include <array>

namespace wagate::sandbox {

using binary::Node;

namespace {

constexpr int forbidden = 403;
constexpr int not_found = 404;
constexpr std::int64_t live_seconds = 300;

enum class Query {
    unknown,
    metadata,
    subscribed,
    create,
    remove,
    follow,
    unfollow,
    mute,
    unmute,
    update,
    demote,
    change_owner,
    admin_count,
    directory,
    search,
    time_lock,
    new_chats
};

/// Every id by which a public client asks for it.
Query query_of(std::string_view id)
{
    static constexpr std::array known{
        std::pair{std::string_view{"6563316087068696"}, Query::metadata},
        std::pair{std::string_view{"27456920720571478"}, Query::metadata},
        std::pair{std::string_view{"6388546374527196"}, Query::subscribed},
        std::pair{std::string_view{"25399611239711790"}, Query::subscribed},
        std::pair{std::string_view{"6234210096708695"}, Query::create},
        std::pair{std::string_view{"8823471724422422"}, Query::create},
        std::pair{std::string_view{"25149874324715067"}, Query::create},
        std::pair{std::string_view{"30062808666639665"}, Query::remove},
        std::pair{std::string_view{"9926858900719341"}, Query::follow},
        std::pair{std::string_view{"24404358912487870"}, Query::follow},
        std::pair{std::string_view{"6392786840836363"}, Query::unfollow},
        std::pair{std::string_view{"9767147403369991"}, Query::unfollow},
        std::pair{std::string_view{"6274038279359549"}, Query::mute},
        std::pair{std::string_view{"29766401636284406"}, Query::mute},
        std::pair{std::string_view{"6068417879924485"}, Query::unmute},
        std::pair{std::string_view{"9864994326891137"}, Query::unmute},
        std::pair{std::string_view{"24250201037901610"}, Query::update},
        std::pair{std::string_view{"7150902998257522"}, Query::update},
        std::pair{std::string_view{"6551828931592903"}, Query::demote},
        std::pair{std::string_view{"7341777602580933"}, Query::change_owner},
        std::pair{std::string_view{"7130823597031706"}, Query::admin_count},
        std::pair{std::string_view{"6190824427689257"}, Query::directory},
        std::pair{std::string_view{"26125047313831973"}, Query::directory},
        std::pair{std::string_view{"26301059626252132"}, Query::search},
        std::pair{std::string_view{"23983697327930364"}, Query::time_lock},
        std::pair{std::string_view{"24503548349331633"}, Query::new_chats},
    };
    for (auto const& [text, query] : known)
        if (text == id) return query;
    return Query::unknown;
}

std::string text_of(std::int64_t number)
{
    return std::to_string(number);
}

json::object named(std::string const& text)
{
    json::object out;
    out["text"] = text;
    out["id"] = "1";
    out["update_time"] = "1000000";
    return out;
}

char const* role_of(ChannelState const& channel, Account const& viewer)
{
    if (channel.owner == &viewer) return "OWNER";
    if (channel.admins.contains(const_cast<Account*>(&viewer))) return "ADMIN";
    return channel.followers.contains(const_cast<Account*>(&viewer)) ? "SUBSCRIBER" : "GUEST";
}

json::object describe(ChannelState const& channel, Account const& viewer)
{
    json::object state;
    state["type"] = "ACTIVE";
    json::object preview;
    preview["id"] = "0";
    preview["direct_path"] = channel.picture_path;
    preview["type"] = "PREVIEW";
    json::object codes;
    codes["value"] = "ALL";
    json::object settings;
    settings["reaction_codes"] = std::move(codes);
    json::object thread;
    thread["creation_time"] = text_of(channel.created);
    thread["invite"] = channel.invite;
    thread["name"] = named(channel.name);
    thread["description"] = named(channel.description);
    thread["subscribers_count"] = text_of(static_cast<std::int64_t>(channel.followers.size()));
    thread["verification"] = channel.verified ? "VERIFIED" : "UNVERIFIED";
    thread["preview"] = preview;
    thread["picture"] = std::move(preview);
    thread["settings"] = std::move(settings);
    json::object seen;
    seen["mute"] = channel.muted.contains(const_cast<Account*>(&viewer)) ? "ON" : "OFF";
    seen["role"] = role_of(channel, viewer);
    json::object out;
    out["id"] = channel.id + "@newsletter";
    out["state"] = std::move(state);
    out["thread_metadata"] = std::move(thread);
    out["viewer_metadata"] = std::move(seen);
    return out;
}

void answer(Connection& connection, Node const& iq, std::string_view field, json::value value)
{
    json::object data;
    data[field] = std::move(value);
    json::object body;
    body["data"] = std::move(data);
    Node result{"result"};
    result.with_bytes(to_bytes(json::serialize(body)));
    connection.send(iq_result(iq).add(std::move(result)));
}

void refuse(Connection& connection, Node const& iq, int code, std::string_view text)
{
    json::object extensions;
    extensions["error_code"] = code;
    extensions["is_retryable"] = false;
    extensions["severity"] = "CRITICAL";
    json::object error;
    error["message"] = text;
    error["extensions"] = std::move(extensions);
    json::array errors;
    errors.push_back(std::move(error));
    json::object body;
    body["data"] = nullptr;
    body["errors"] = std::move(errors);
    Node result{"result"};
    result.with_bytes(to_bytes(json::serialize(body)));
    connection.send(iq_result(iq).add(std::move(result)));
}

ChannelState* find_by_id(Network& network, std::string_view jid_text)
{
    auto const jid = Jid::parse(jid_text);
    if (!jid || !jid->is_newsletter()) return nullptr;
    auto const found = network.channels.find(jid->user);
    return found == network.channels.end() ? nullptr : &found->second;
}

ChannelState* find_by_invite(Network& network, std::string_view code)
{
    for (auto& [id, channel] : network.channels)
        if (channel.invite == code) return &channel;
    return nullptr;
}

bool contains_folded(std::string_view text, std::string_view part)
{
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::search(text.begin(), text.end(), part.begin(), part.end(),
                       [&](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

/// A page of all channels whose name contains `text`; the cursor is a position.
json::object page_of(Network& network, Account const& viewer, std::string_view text,
                     json::object const& input)
{
    auto const limit = number_field(input, "limit").value_or(50);
    auto const cursor = text_field(input, "start_cursor").value_or("");
    auto const start = cursor.empty() ? 0u : static_cast<unsigned>(std::strtoul(cursor.c_str(), nullptr, 10));
    json::array found;
    unsigned position = 0;
    bool more = false;
    for (auto const& [id, channel] : network.channels) {
        if (!contains_folded(channel.name, text) || position++ < start) continue;
        if (found.size() == limit) {
            more = true;
            break;
        }
        found.push_back(describe(channel, viewer));
    }
    json::object info;
    info["hasNextPage"] = more;
    info["hasPreviousPage"] = start > 0;
    info["startCursor"] = std::to_string(start);
    info["endCursor"] = std::to_string(start + found.size());
    json::object out;
    out["page_info"] = std::move(info);
    out["result"] = std::move(found);
    return out;
}

/// Every device of the owner, the administrators and the followers, but the one it comes from.
void deliver_to_followers(Network& network, ChannelState const& channel, Node const& stanza,
                          Origin const* from)
{
    auto const deliver = [&](Account& account) {
        for (auto const& [id, device] : account.devices) {
            if ((from != nullptr && from->account == &account && from->device == id)) continue;
            auto copy = stanza;
            if (from == nullptr ? channel.owner == &account : from->account == &account)
                copy.set("is_sender", "true");
            network.deliver(account, id, DeliveryKind::message, std::move(copy));
        }
    };
    if (channel.owner != nullptr) deliver(*channel.owner);
    for (auto* admin : channel.admins)
        if (!channel.followers.contains(admin)) deliver(*admin);
    for (auto* follower : channel.followers)
        deliver(*follower);
}

void add_counts(Node& out, ChannelMessage const& message)
{
    Node views{"views_count"};
    views.set("count", message.views);
    out.add(std::move(views));
    std::map<std::string, std::int64_t> counts;
    for (auto const& [account, code] : message.reactions)
        ++counts[code];
    Node reactions{"reactions"};
    for (auto const& [code, count] : counts) {
        Node reaction{"reaction"};
        reaction.set("code", code).set("count", count);
        reactions.add(std::move(reaction));
    }
    out.add(std::move(reactions));
}

/// Those who have asked for live updates learn what is counted for a message.
void tell_watchers(Network& network, ChannelState& channel, ChannelMessage const& message)
{
    std::erase_if(channel.watchers,
                  [&](auto const& watcher) { return watcher.second <= network.now_seconds(); });
    Node counted{"message"};
    counted.set("server_id", message.server_id)
        .set("id", message.id)
        .set("type", message.type)
        .set("t", message.time);
    add_counts(counted, message);
    Node live{"live_updates"};
    live.add(std::move(counted));
    for (auto const& [watcher, until] : channel.watchers) {
        auto notice = notification("newsletter", Jid{channel.id, JidServer::newsletter}, network.next_id(),
                                   network.now_seconds());
        notice.add(live);
        network.deliver(*watcher.first, watcher.second, DeliveryKind::notification, std::move(notice));
    }
}

bool may_post(ChannelState const& channel, Account* account)
{
    return channel.owner == account || channel.admins.contains(account);
}

Node delivery_of(ChannelState const& channel, ChannelMessage const& message)
{
    Node out{"message"};
    out.set("from", Jid{channel.id, JidServer::newsletter})
        .set("id", message.id)
        .set("server_id", message.server_id)
        .set("type", message.type)
        .set("t", message.time);
    Node plaintext{"plaintext"};
    if (!message.media_type.empty()) plaintext.set("mediatype", message.media_type);
    return out.add(std::move(plaintext).with_bytes(message.content));
}

Node listed(ChannelMessage const& message)
{
    Node out{"message"};
    out.set("id", message.id)
        .set("server_id", message.server_id)
        .set("type", message.type)
        .set("t", message.time);
    if (!message.content.empty()) {
        Node plaintext{"plaintext"};
        if (!message.media_type.empty()) plaintext.set("mediatype", message.media_type);
        out.add(std::move(plaintext).with_bytes(message.content));
    }
    add_counts(out, message);
    return out;
}

json::object time_lock_of(Network& network, Account const& account)
{
    auto const until = account.profile.time_lock_until;
    json::object lock;
    lock["is_active"] = until > network.now_seconds();
    lock["time_enforcement_ends"] = text_of(until);
    lock["enforcement_type"] = until > network.now_seconds() ? "BIZ_QUALITY" : "DEFAULT";
    return lock;
}

json::object new_chats_of(Network& network, Account const& account)
{
    constexpr std::int64_t cycle = 30 * 86'400;
    auto const& profile = account.profile;
    auto const begin = network.now_seconds() / cycle * cycle;
    json::object quota;
    quota["total_quota"] = profile.new_chats_total;
    quota["used_quota"] = profile.new_chats_used;
    quota["cycle_start_timestamp"] = text_of(begin);
    quota["cycle_end_timestamp"] = text_of(begin + cycle);
    quota["server_sent_timestamp"] = text_of(network.now_seconds());
    quota["ote_status"] = "NOT_ELIGIBLE";
    quota["mv_status"] = "NOT_ELIGIBLE";
    quota["capping_status"] =
        profile.new_chats_total > 0 && profile.new_chats_used >= profile.new_chats_total ? "CAPPED" : "NONE";
    return quota;
}

/// To the companions of an account, as JSON under a name.
void tell_by_mex(Network& network, Account& account, std::string_view operation, std::string_view field,
                 json::value value, std::optional<std::uint16_t> except = {})
{
    json::object data;
    data[field] = std::move(value);
    json::object body;
    body["data"] = std::move(data);
    Node update{"update"};
    update.set("op_name", operation).with_bytes(to_bytes(json::serialize(body)));
    auto notice = notification("mex", Jid::server_jid(), network.next_id(), network.now_seconds());
    notice.add(std::move(update));
    for (auto const& [id, device] : account.devices)
        if (id != 0 && id != except) network.deliver(account, id, DeliveryKind::notification, notice);
}

/// The changes that are given; null and missing ones are not.
void update_channel(Network& network, ChannelState& channel, json::object const& updates)
{
    if (auto name = text_field(updates, "name"); name && !name->empty()) channel.name = *name;
    if (auto const description = text_field(updates, "description")) channel.description = *description;
    auto const picture = text_field(updates, "picture");
    auto jpeg = picture ? base64_decode(*picture) : std::nullopt;
    if (!jpeg) return;
    channel.picture_path =
        jpeg->empty() ? std::string{} : network.media().put(media::MediaType::image, std::move(*jpeg));
}

} // namespace

void change_following(Network& network, ChannelState& channel, Account& account, Following what,
                      std::optional<std::uint16_t> by)
{
    switch (what) {
    case Following::follow:
        if (channel.owner == &account || !channel.followers.insert(&account).second) return;
        return tell_by_mex(network, account, "NotificationNewsletterJoin", "xwa2_notify_newsletter_on_join",
                           describe(channel, account), by);
    case Following::unfollow: {
        if (channel.followers.erase(&account) == 0) return;
        json::object left;
        left["id"] = channel.id + "@newsletter";
        left["role"] = "GUEST";
        return tell_by_mex(network, account, "NotificationNewsletterLeave", "xwa2_notify_newsletter_on_leave",
                           std::move(left), by);
    }
    case Following::mute:
    case Following::unmute: {
        auto const muted = what == Following::mute;
        if (muted)
            channel.muted.insert(&account);
        else
            channel.muted.erase(&account);
        json::object change;
        change["id"] = channel.id + "@newsletter";
        change["mute"] = muted ? "ON" : "OFF";
        return tell_by_mex(network, account, "NotificationNewsletterUserSettingChange",
                           "xwa2_notify_newsletter_on_mute_change", std::move(change), by);
    }
    }
}

void tell_time_lock(Network& network, Account& account)
{
    tell_by_mex(network, account, "NotificationUserReachoutTimelockUpdate",
                "xwa2_notify_account_reachout_timelock", time_lock_of(network, account));
}

void tell_new_chats(Network& network, Account& account)
{
    tell_by_mex(network, account, "MessageCappingInfoNotification",
                "xwa2_notify_new_chat_messages_capping_info_update", new_chats_of(network, account));
}

ChannelState& create_channel(Network& network, Account* owner, std::string name, std::string description)
{
    auto const number = 120363000000000000u + network.channels.size() + 1;
    ChannelState channel;
    channel.id = std::to_string(number);
    channel.name = std::move(name);
    channel.description = std::move(description);
    channel.invite = "0029Va" + hex_encode(network.random().bytes(8));
    channel.created = network.now_seconds();
    channel.owner = owner;
    return network.channels.emplace(channel.id, std::move(channel)).first->second;
}

std::int64_t post_to_channel(Network& network, ChannelState& channel, std::string const& id, ByteView content,
                             std::string_view media_type)
{
    ChannelMessage message;
    message.server_id = static_cast<std::int64_t>(channel.messages.size()) + 100;
    message.id = id;
    message.type = media_type.empty() ? "text" : "media";
    message.media_type = media_type;
    message.time = network.now_seconds();
    message.content = to_bytes(content);
    channel.messages.push_back(message);
    deliver_to_followers(network, channel, delivery_of(channel, message), nullptr);
    return message.server_id;
}

namespace {

/// @param edit as stanzas say it: 3 changed, 8 deleted
void change_message(Network& network, ChannelState const& channel, ChannelMessage& message, ByteView content,
                    std::string_view edit, Origin const* from)
{
    message.content = to_bytes(content);
    auto changed = delivery_of(channel, message);
    changed.set("edit", edit);
    deliver_to_followers(network, channel, changed, from);
}

ChannelMessage* find_message(ChannelState& channel, std::string_view id)
{
    for (auto& message : channel.messages)
        if (message.id == id) return &message;
    return nullptr;
}

} // namespace

bool edit_in_channel(Network& network, ChannelState& channel, std::string_view id, ByteView content)
{
    auto* message = find_message(channel, id);
    if (message != nullptr) change_message(network, channel, *message, content, "3", nullptr);
    return message != nullptr;
}

bool delete_in_channel(Network& network, ChannelState& channel, std::string_view id)
{
    auto* message = find_message(channel, id);
    if (message != nullptr) change_message(network, channel, *message, {}, "8", nullptr);
    return message != nullptr;
}

Node route_channel_message(Network& network, Origin const& origin, Node const& message)
{
    auto ack = ack_of(message);
    ack.set("t", network.now_seconds());
    auto const refusal = [&](int code) {
        ack.set("error", std::int64_t{code});
        return ack;
    };
    auto* channel = find_by_id(network, message.text("to"));
    if (channel == nullptr) return refusal(not_found);
    auto const find = [&](auto const& is_it) -> ChannelMessage* {
        auto const found = std::find_if(channel->messages.begin(), channel->messages.end(), is_it);
        return found == channel->messages.end() ? nullptr : &*found;
    };
    if (auto const* reaction = message.child("reaction")) {
        auto const number = message.integer("server_id").value_or(0);
        auto* target = find([&](ChannelMessage const& known) { return known.server_id == number; });
        if (target == nullptr) return refusal(not_found);
        if (reaction->text("code").empty())
            target->reactions.erase(origin.account);
        else
            target->reactions[origin.account] = reaction->text("code");
        tell_watchers(network, *channel, *target);
        return ack;
    }
    auto const* plaintext = message.child("plaintext");
    if (plaintext == nullptr) return refusal(400);
    if (!may_post(*channel, origin.account)) return refusal(forbidden);
    if (message.has("media_id")) network.count("channel_files_with_handle");
    auto const id = message.text("id");
    auto const edit = message.text("edit");
    auto* known = find([&](ChannelMessage const& other) { return other.id == id; });
    if (!edit.empty()) {
        if (known == nullptr) return refusal(not_found);
        change_message(network, *channel, *known, plaintext->bytes(), edit, &origin);
        return ack;
    }
    if (known == nullptr) {
        ChannelMessage posted;
        posted.server_id = static_cast<std::int64_t>(channel->messages.size()) + 100;
        posted.id = id;
        posted.type = message.text("type");
        posted.media_type = plaintext->text("mediatype");
        posted.time = network.now_seconds();
        posted.content = to_bytes(plaintext->bytes());
        channel->messages.push_back(posted);
        deliver_to_followers(network, *channel, delivery_of(*channel, posted), &origin);
        known = &channel->messages.back();
    }
    ack.set("server_id", known->server_id);
    return ack;
}

void handle_mex(Network& network, Connection& connection, Node const& iq)
{
    auto const* query = iq.child("query");
    auto const body = query == nullptr ? std::nullopt : parse_object(std::string(text_view(query->bytes())));
    auto const* variables = body ? body->if_contains("variables") : nullptr;
    if (variables == nullptr || !variables->is_object()) return refuse(connection, iq, 400, "bad request");
    auto const& values = variables->as_object();
    auto const* input_value = values.if_contains("input");
    if (input_value == nullptr) input_value = values.if_contains("newsletter_input");
    json::object const none;
    auto const& input = input_value && input_value->is_object() ? input_value->as_object() : none;
    auto& account = connection.account();
    auto* channel = find_by_id(network, text_field(values, "newsletter_id").value_or(""));
    auto const kind = query_of(query->text("query_id"));
    network.count("mex_queries");
    switch (kind) {
    case Query::metadata: {
        auto const key = text_field(input, "key").value_or("");
        channel = text_field(input, "type").value_or("") == "INVITE" ? find_by_invite(network, key)
                                                                     : find_by_id(network, key);
        if (channel == nullptr) return refuse(connection, iq, not_found, "no such channel");
        return answer(connection, iq, "xwa2_newsletter", describe(*channel, account));
    }
    case Query::subscribed: {
        json::array followed;
        for (auto const& [id, known] : network.channels)
            if (known.owner == &account || known.followers.contains(&account))
                followed.push_back(describe(known, account));
        return answer(connection, iq, "xwa2_newsletter_subscribed", std::move(followed));
    }
    case Query::create: {
        auto name = text_field(input, "name").value_or("");
        if (name.empty()) return refuse(connection, iq, 400, "a channel needs a name");
        auto& made =
            create_channel(network, &account, std::move(name), text_field(input, "description").value_or(""));
        update_channel(network, made, input);
        return answer(connection, iq, "xwa2_newsletter_create", describe(made, account));
    }
    case Query::directory:
        return answer(connection, iq, "xwa2_newsletters_directory_list",
                      page_of(network, account, "", input));
    case Query::search:
        return answer(connection, iq, "xwa2_newsletters_directory_search",
                      page_of(network, account, text_field(input, "search_text").value_or(""), input));
    case Query::time_lock:
        return answer(connection, iq, "xwa2_fetch_account_reachout_timelock", time_lock_of(network, account));
    case Query::new_chats:
        return answer(connection, iq, "xwa2_message_capping_info", new_chats_of(network, account));
    case Query::unknown: return refuse(connection, iq, 400, "unknown query");
    default: break;
    }
    if (channel == nullptr) return refuse(connection, iq, not_found, "no such channel");
    std::string_view field;
    auto const person_jid = Jid::parse(text_field(values, "user_id").value_or(""));
    auto* person = person_jid ? network.find(*person_jid) : nullptr;
    switch (kind) {
    case Query::update: {
        if (!may_post(*channel, &account))
            return refuse(connection, iq, forbidden, "only admins may do this");
        auto const* updates = values.if_contains("updates");
        if (updates != nullptr && updates->is_object())
            update_channel(network, *channel, updates->as_object());
        return answer(connection, iq, "xwa2_newsletter_update", describe(*channel, account));
    }
    case Query::admin_count: {
        if (!may_post(*channel, &account))
            return refuse(connection, iq, forbidden, "only admins may do this");
        json::object count;
        count["admin_count"] = channel->admins.size() + 1;
        return answer(connection, iq, "xwa2_newsletter_admin", std::move(count));
    }
    case Query::demote:
    case Query::change_owner:
        if (channel->owner != &account)
            return refuse(connection, iq, forbidden, "only the owner may do this");
        if (person == nullptr || !channel->admins.contains(person))
            return refuse(connection, iq, not_found, "no such administrator");
        channel->admins.erase(person);
        if (kind == Query::demote) {
            channel->followers.insert(person);
            field = "xwa2_newsletter_demote";
        } else {
            channel->followers.erase(person);
            channel->admins.insert(&account);
            channel->owner = person;
            field = "xwa2_newsletter_change_owner";
        }
        break;
    case Query::remove:
        if (channel->owner != &account)
            return refuse(connection, iq, forbidden, "only the owner may do this");
        answer(connection, iq, "xwa2_newsletter_delete_v2", describe(*channel, account));
        network.channels.erase(channel->id);
        return;
    case Query::follow:
        change_following(network, *channel, account, Following::follow, connection.device().id);
        field = "xwa2_newsletter_join_v2";
        break;
    case Query::unfollow:
        change_following(network, *channel, account, Following::unfollow, connection.device().id);
        field = "xwa2_newsletter_leave_v2";
        break;
    case Query::mute:
        change_following(network, *channel, account, Following::mute, connection.device().id);
        field = "xwa2_newsletter_mute_v2";
        break;
    default:
        change_following(network, *channel, account, Following::unmute, connection.device().id);
        field = "xwa2_newsletter_unmute_v2";
        break;
    }
    answer(connection, iq, field, describe(*channel, account));
}

void count_views(Network& network, Node const& receipt)
{
    auto* channel = find_by_id(network, receipt.text("to"));
    auto const* list = receipt.child("list");
    if (channel == nullptr || list == nullptr) return;
    for (auto const& item : list->children()) {
        auto const number = item.integer("server_id").value_or(0);
        for (auto& message : channel->messages) {
            if (message.server_id != number) continue;
            ++message.views;
            tell_watchers(network, *channel, message);
        }
    }
}

void handle_newsletter(Network& network, Connection& connection, Node const& iq)
{
    if (iq.child("live_updates") != nullptr) {
        auto* watched = find_by_id(network, iq.text("to"));
        if (watched == nullptr) return connection.send(iq_error(iq, not_found, "item-not-found"));
        watched->watchers[{&connection.account(), connection.device().id}] =
            network.now_seconds() + live_seconds;
        Node live{"live_updates"};
        live.set("duration", live_seconds);
        return connection.send(iq_result(iq).add(std::move(live)));
    }
    auto const* asked = iq.child("messages");
    auto const* updates = iq.child("message_updates");
    if (asked == nullptr && updates == nullptr) return connection.send(iq_error(iq, 400, "bad-request"));
    auto const by_invite = asked != nullptr && asked->text("type") == "invite";
    auto* channel = by_invite ? find_by_invite(network, asked->text("key"))
                              : find_by_id(network, asked != nullptr ? asked->text("jid") : iq.text("to"));
    if (channel == nullptr) return connection.send(iq_error(iq, not_found, "item-not-found"));
    auto const& question = asked != nullptr ? *asked : *updates;
    auto const count =
        static_cast<std::size_t>(std::max<std::int64_t>(question.integer("count").value_or(50), 0));
    auto const before = question.integer("before").value_or(0);
    auto const after = question.integer("after").value_or(0);
    Node messages{"messages"};
    messages.set("jid", Jid{channel->id, JidServer::newsletter}).set("t", network.now_seconds());
    std::size_t listed_count = 0;
    for (auto at = channel->messages.rbegin(); at != channel->messages.rend() && listed_count < count; ++at) {
        if ((before > 0 && at->server_id >= before) || at->server_id <= after) continue;
        ++at->views;
        messages.add(listed(*at));
        ++listed_count;
    }
    if (asked != nullptr) return connection.send(iq_result(iq).add(std::move(messages)));
    connection.send(iq_result(iq).add(Node{"message_updates"}.add(std::move(messages))));
}

} // namespace wagate::sandbox
