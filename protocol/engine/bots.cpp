#include "protocol/engine/bots.hpp"

#include <algorithm>

namespace wagate::engine {

using binary::Node;
using stanza::BotReference;

namespace {

/// Those asked for with the persona that the list names, in the order asked for; one that is not on it has
/// none.
std::vector<BotReference> chosen(std::vector<Jid> const& wanted, std::vector<BotReference> listed)
{
    if (wanted.empty()) {
        listed.resize(std::min(listed.size(), Bots::most_profiles));
        return listed;
    }
    std::vector<BotReference> bots;
    for (auto const& jid : wanted) {
        auto const known = std::find_if(listed.begin(), listed.end(),
                                        [&](BotReference const& bot) { return bot.jid == jid.bare(); });
        bots.push_back(known == listed.end() ? BotReference{jid.bare(), {}} : *known);
        if (bots.size() == Bots::most_profiles) break;
    }
    return bots;
}

} // namespace

void Bots::list(Done<std::vector<BotReference>> done)
{
    core_.ask(stanza::bot_list_request(), [done = std::move(done)](Result<Node> reply) {
        if (!reply)
            done(reply.error());
        else
            done(stanza::parse_bot_list(*reply));
    });
}

void Bots::profiles(std::vector<Jid> const& of, Done<std::vector<stanza::BotProfile>> done)
{
    list([this, of, done = std::move(done)](Result<std::vector<BotReference>> listed) {
        if (!listed) {
            done(listed.error());
            return;
        }
        auto const bots = chosen(of, std::move(*listed));
        if (bots.empty()) {
            done(std::vector<stanza::BotProfile>{});
            return;
        }
        core_.ask(stanza::bot_profiles_request(bots), [done](Result<Node> reply) {
            if (!reply)
                done(reply.error());
            else
                done(stanza::parse_bot_profiles(*reply));
        });
    });
}

} // namespace wagate::engine
