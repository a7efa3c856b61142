#include "protocol/stanza/profiles.hpp"

#include "protocol/stanza/iq.hpp"

namespace wagate::stanza {

using binary::Node;
using binary::Nodes;

namespace {

constexpr std::size_t most_settings = 64;
constexpr std::size_t most_blocked = 20'000;
constexpr std::size_t longest_text = 4'096;
constexpr std::size_t most_websites = 10;
constexpr std::size_t most_days = 21; // three times a day

Node request(IqType type, std::string_view xmlns, Nodes children = {})
{
    return make_iq({}, type, xmlns, std::move(children));
}

std::string text_of(Node const& node, std::string_view child)
{
    auto const* found = node.child(child);
    if (found == nullptr) return {};
    return to_text(found->bytes()).substr(0, longest_text);
}

std::optional<BusinessHours> hours_in(Node const& profile)
{
    auto const* node = profile.child("business_hours");
    if (node == nullptr) return std::nullopt;
    BusinessHours hours;
    hours.timezone = node->text("timezone");
    for (auto const& day : node->children()) {
        if (day.tag != "business_hours_config" || hours.days.size() == most_days) continue;
        hours.days.push_back({day.text("day_of_week"), day.text("mode"), day.integer("open_time").value_or(0),
                              day.integer("close_time").value_or(0)});
    }
    return hours;
}

Node hours_node(BusinessHours const& hours)
{
    Node node{"business_hours"};
    node.set("timezone", hours.timezone);
    for (auto const& day : hours.days) {
        Node config{"business_hours_config"};
        config.set("day_of_week", day.day).set("mode", day.mode);
        if (day.mode == "specific_hours") config.set("open_time", day.open).set("close_time", day.close);
        node.add(std::move(config));
    }
    return node;
}

/// Children of <business_profile>: what changes, and nothing else.
Node business_mutation(Nodes changes)
{
    Node profile{"business_profile"};
    profile.set("v", "3").set("mutation_type", "delta");
    for (auto& change : changes)
        profile.add(std::move(change));
    return request(IqType::set, "w:biz", {std::move(profile)});
}

} // namespace

Node picture_request(Jid const& of, PictureSize size, std::optional<Bytes> const& token)
{
    Node picture{"picture"};
    picture.set("type", size == PictureSize::full ? "image" : "preview").set("query", "url");
    if (token) picture.add(Node{"tctoken"}.with_bytes(*token));
    return request(IqType::get, "w:profile:picture", {std::move(picture)}).set("target", of.bare());
}

std::optional<ProfilePicture> parse_picture(Node const& reply)
{
    auto const* picture = reply.child("picture");
    if (picture == nullptr) return std::nullopt;
    ProfilePicture found{picture->text("id"), picture->text("url")};
    if (found.url.empty() || found.url.size() > longest_text) return std::nullopt;
    return found;
}

Node picture_change(std::optional<Jid> const& of, std::optional<Bytes> const& jpeg)
{
    auto iq = request(IqType::set, "w:profile:picture");
    if (of) iq.set("target", of->bare());
    if (jpeg) iq.add(Node{"picture"}.set("type", "image").with_bytes(*jpeg));
    return iq;
}

Node about_change(std::string_view text)
{
    return request(IqType::set, "status", {Node{"status"}.with_text(text)});
}

Node about_request(Jid const& of, std::optional<Bytes> const& token)
{
    Node user{"user"};
    user.set("jid", of.bare());
    if (token) user.add(Node{"tctoken"}.with_bytes(*token));
    Node usync{"usync"};
    usync.set("sid", "about").set("mode", "query").set("last", "true").set("index", "0");
    usync.set("context", "interactive");
    usync.add(Node{"query"}.add(Node{"status"})).add(Node{"list"}.add(std::move(user)));
    return request(IqType::get, "usync", {std::move(usync)});
}

std::optional<std::string> parse_about(Node const& reply)
{
    auto const* status = reply.path({"usync", "list", "user", "status"});
    if (status == nullptr || status->integer("code").value_or(200) != 200 || status->bytes().empty())
        return std::nullopt;
    return to_text(status->bytes()).substr(0, longest_text);
}

Node business_request(Jid const& of)
{
    Node profile{"profile"};
    profile.set("jid", of.bare());
    return request(IqType::get, "w:biz", {Node{"business_profile"}.set("v", "244").add(std::move(profile))});
}

std::optional<BusinessProfile> parse_business(Node const& reply)
{
    auto const* profile = reply.path({"business_profile", "profile"});
    if (profile == nullptr) return std::nullopt;
    BusinessProfile found;
    found.description = text_of(*profile, "description");
    found.address = text_of(*profile, "address");
    found.email = text_of(*profile, "email");
    for (auto const& child : profile->children())
        if (child.tag == "website" && found.websites.size() < most_websites)
            found.websites.push_back(to_text(child.bytes()).substr(0, longest_text));
    if (!found.websites.empty()) found.website = found.websites.front();
    found.hours = hours_in(*profile);
    if (auto const* categories = profile->child("categories"))
        found.category = text_of(*categories, "category");
    return found;
}

Node business_change(BusinessChange const& change)
{
    Nodes changes;
    auto const say = [&](std::string_view tag, std::optional<std::string> const& text) {
        if (text) changes.push_back(Node{tag}.with_bytes(to_bytes(*text)));
    };
    say("address", change.address);
    say("email", change.email);
    say("description", change.description);
    if (change.websites)
        for (auto const& website : *change.websites)
            say("website", website);
    if (change.hours) changes.push_back(hours_node(*change.hours));
    return business_mutation(std::move(changes));
}

Node cover_photo_change(CoverPhoto const& photo)
{
    Node cover{"cover_photo"};
    cover.set("id", photo.id).set("op", "update").set("token", photo.token).set("ts", photo.time);
    return business_mutation({std::move(cover)});
}

Node cover_photo_removal(std::string_view id)
{
    Node cover{"cover_photo"};
    cover.set("op", "delete").set("id", id);
    return business_mutation({std::move(cover)});
}

Node privacy_request()
{
    return request(IqType::get, "privacy", {Node{"privacy"}});
}

Node privacy_change(PrivacySetting const& setting)
{
    Node category{"category"};
    category.set("name", setting.name).set("value", setting.value);
    return request(IqType::set, "privacy", {Node{"privacy"}.add(std::move(category))});
}

std::vector<PrivacySetting> parse_privacy(Node const& reply)
{
    std::vector<PrivacySetting> settings;
    auto const* list = reply.child("privacy");
    if (list == nullptr) return settings;
    for (auto const& category : list->children()) {
        if (category.tag != "category" || !category.has("name")) continue;
        settings.push_back({category.text("name"), category.text("value")});
        if (settings.size() == most_settings) break;
    }
    return settings;
}

Node default_expiration_change(std::chrono::seconds duration)
{
    Node mode{"disappearing_mode"};
    mode.set("duration", std::int64_t{duration.count()});
    return request(IqType::set, "disappearing_mode", {std::move(mode)});
}

Node blocklist_request()
{
    return request(IqType::get, "blocklist");
}

Node block_change(Jid const& lid, std::optional<Jid> const& phone, bool blocked)
{
    Node item{"item"};
    item.set("action", blocked ? "block" : "unblock").set("jid", lid.bare());
    if (blocked && phone) item.set("pn_jid", phone->bare());
    return request(IqType::set, "blocklist", {std::move(item)});
}

std::vector<BlockedPerson> parse_blocked(Node const& list)
{
    std::vector<BlockedPerson> people;
    for (auto const& item : list.children()) {
        auto const jid = item.jid("jid");
        if (item.tag != "item" || !jid || !jid->is_user()) continue;
        BlockedPerson person{jid->bare(), item.jid("pn_jid"), item.text("action")};
        people.push_back(std::move(person));
        if (people.size() == most_blocked) break;
    }
    return people;
}

} // namespace wagate::stanza
