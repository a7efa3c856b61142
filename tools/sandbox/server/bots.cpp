#include "tools/sandbox/server/bots.hpp"

#include "tools/sandbox/server/stanzas.hpp"

#include <algorithm>
#include <array>

namespace wagate::sandbox {

using binary::Node;

namespace {

struct Bot {
    std::string_view jid;
    std::string_view persona;
    std::string_view name;
    std::string_view description;
    std::string_view category;
    std::string_view prompt;
    bool is_default = false;
};
constexpr std::array bots{
    Bot{"13135550002@s.whatsapp.net", "867051314767696$760019659443059", "Assistant",
        "Answers questions of all kinds", "assistant", "What can you do?", true},
    Bot{"13135551001@s.whatsapp.net", "1039471234567890$100200300400500", "Cook", "Knows what to cook today",
        "food", "Dinner for four", false},
    Bot{"718584497008509@bot", "718584497008509$1002003004005006", "Guide", "Knows the way", "travel",
        "A day in the mountains", false},
};

Jid jid_of(Bot const& bot)
{
    return Jid::parse(bot.jid).value_or(Jid{});
}

Node section(std::string_view type, std::string_view name, bool only_default)
{
    Node out{"section"};
    out.set("type", type).set("name", name);
    for (auto const& bot : bots)
        if (bot.is_default || !only_default)
            out.add(Node{"bot"}.set("jid", jid_of(bot)).set("persona_id", bot.persona));
    return out;
}

Node text_node(std::string_view tag, std::string_view text)
{
    return Node{tag}.with_bytes(to_bytes(text)); // clients read no tokens here
}

} // namespace

void handle_bots(Network&, Connection& connection, Node const& iq)
{
    auto const* asked = iq.child("bot");
    if (asked == nullptr || asked->text("v") != "2") return connection.send(iq_error(iq, 400, "bad-request"));
    Node list{"bot"};
    list.set("v", "2").add(section("featured", "Featured", true)).add(section("all", "All", false));
    connection.send(iq_result(iq).add(std::move(list)));
}

std::optional<Node> bot_profile_node(Node const& asked)
{
    auto const jid = asked.jid("jid");
    auto const* wanted = asked.path({"bot", "profile"});
    auto const persona = wanted == nullptr ? std::string{} : wanted->text("persona_id");
    auto const* const bot = std::find_if(bots.begin(), bots.end(), [&](Bot const& one) {
        return jid && jid_of(one) == jid->bare() && (persona.empty() || persona == one.persona);
    });
    if (bot == bots.end()) return std::nullopt;
    Node profile{"profile"};
    profile.set("persona_id", bot->persona);
    if (bot->is_default) profile.add(Node{"default"});
    profile.add(text_node("name", bot->name)).add(text_node("attributes", "none"));
    profile.add(text_node("description", bot->description)).add(text_node("category", bot->category));
    Node command{"command"};
    command.add(text_node("name", "/help")).add(text_node("description", "Says what it can do"));
    Node commands{"commands"};
    commands.add(text_node("description", "What it understands")).add(std::move(command));
    Node prompt{"prompt"};
    prompt.add(text_node("emoji", "\u2753")).add(text_node("text", bot->prompt));
    profile.add(std::move(commands)).add(Node{"prompts"}.add(std::move(prompt)));
    return Node{"bot"}.add(std::move(profile));
}

} // namespace wagate::sandbox
