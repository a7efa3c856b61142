#include "protocol/stanza/bots.hpp"

#include "protocol/stanza/iq.hpp"

#include <algorithm>

namespace wagate::stanza {

using binary::Node;

namespace {

constexpr std::size_t most_bots = 1'000;
constexpr std::size_t most_entries = 100;
constexpr std::size_t longest_text = 4'096;

std::string text_of(Node const& node, std::string_view child)
{
    auto const* found = node.child(child);
    if (found == nullptr) return {};
    return to_text(found->bytes()).substr(0, longest_text);
}

/// `kept` and then `free` digits, which fill the text.
bool is_number_of(std::string_view text, std::string_view kept, std::size_t free)
{
    return text.size() == kept.size() + free && text.starts_with(kept) &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Runs `take` for the children of this name, up to the limit.
template <class Take>
void each(Node const* node, std::string_view name, Take&& take)
{
    if (node == nullptr) return;
    std::size_t count = 0;
    for (auto const& child : node->children())
        if (child.tag == name && count++ < most_entries) take(child);
}

} // namespace

// protocol.md 2.4
bool is_bot(Jid const& jid)
{
    if (jid.server == JidServer::bot) return !jid.user.empty();
    return jid.server == JidServer::user && jid.device == 0 &&
           (is_number_of(jid.user, "1313555", 4) || is_number_of(jid.user, "131655500", 2));
}

Node bot_list_request()
{
    return make_iq({}, IqType::get, "bot", {Node{"bot"}.set("v", "2")});
}

std::vector<BotReference> parse_bot_list(Node const& reply)
{
    std::vector<BotReference> bots;
    auto const* list = reply.child("bot");
    if (list == nullptr) return bots;
    for (auto const& section : list->children()) {
        if (section.tag != "section" || section.text("type") != "all") continue; // others pick from these
        for (auto const& bot : section.children()) {
            auto const jid = bot.jid("jid");
            if (bot.tag != "bot" || !jid || jid->user.empty()) continue;
            BotReference found{jid->bare(), bot.text("persona_id").substr(0, longest_text)};
            if (std::find(bots.begin(), bots.end(), found) != bots.end()) continue;
            bots.push_back(std::move(found));
            if (bots.size() == most_bots) return bots;
        }
    }
    return bots;
}

Node bot_profiles_request(std::vector<BotReference> const& bots)
{
    Node query{"query"};
    query.add(Node{"bot"}.add(Node{"profile"}.set("v", "1")));
    Node list{"list"};
    for (auto const& bot : bots) {
        Node user{"user"};
        user.set("jid", bot.jid.bare());
        user.add(Node{"bot"}.add(Node{"profile"}.set("persona_id", bot.persona_id)));
        list.add(std::move(user));
    }
    Node usync{"usync"};
    usync.set("sid", "bots").set("mode", "query").set("last", "true").set("index", "0");
    usync.set("context", "interactive");
    usync.add(std::move(query)).add(std::move(list));
    return make_iq({}, IqType::get, "usync", {std::move(usync)});
}

std::vector<BotProfile> parse_bot_profiles(Node const& reply)
{
    std::vector<BotProfile> profiles;
    auto const* list = reply.path({"usync", "list"});
    if (list == nullptr) return profiles;
    for (auto const& user : list->children()) {
        auto const jid = user.jid("jid");
        auto const* shown = user.path({"bot", "profile"});
        if (user.tag != "user" || !jid || shown == nullptr || profiles.size() == most_bots) continue;
        BotProfile profile;
        profile.jid = jid->bare();
        profile.persona_id = shown->text("persona_id").substr(0, longest_text);
        profile.name = text_of(*shown, "name");
        profile.attributes = text_of(*shown, "attributes");
        profile.description = text_of(*shown, "description");
        profile.category = text_of(*shown, "category");
        profile.is_default = shown->child("default") != nullptr;
        each(shown->child("prompts"), "prompt", [&](Node const& prompt) {
            profile.prompts.push_back({text_of(prompt, "emoji"), text_of(prompt, "text")});
        });
        auto const* commands = shown->child("commands");
        if (commands != nullptr) profile.commands_description = text_of(*commands, "description");
        each(commands, "command", [&](Node const& command) {
            profile.commands.push_back({text_of(command, "name"), text_of(command, "description")});
        });
        profiles.push_back(std::move(profile));
    }
    return profiles;
}

} // namespace wagate::stanza
