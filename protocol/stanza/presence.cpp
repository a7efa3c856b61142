#include "protocol/stanza/presence.hpp"

#include <charconv>

namespace wagate::stanza {

using binary::Node;

namespace {

constexpr std::int64_t end_of_time = 253'402'300'799; // the year 9999

std::optional<WallTime> last_seen_in(Node const& presence)
{
    // "deny", "none" and the like stand where people hide it.
    auto const seconds = presence.integer("last");
    if (!seconds || *seconds <= 0 || *seconds > end_of_time) return std::nullopt;
    return wall_from_seconds(*seconds);
}

std::optional<PresenceState> typing_in(Node const& chatstate)
{
    if (auto const* composing = chatstate.child("composing"))
        return composing->text("media") == "audio" ? PresenceState::recording : PresenceState::typing;
    if (chatstate.child("paused") != nullptr) return PresenceState::paused;
    return std::nullopt;
}

} // namespace

Node presence_subscribe(Jid const& to, std::optional<Bytes> const& token)
{
    Node presence{"presence"};
    presence.set("type", "subscribe").set("to", to.bare());
    if (token) presence.add(Node{"tctoken"}.with_bytes(*token));
    return presence;
}

Node chatstate(Jid const& to, PresenceState state)
{
    Node what{state == PresenceState::paused ? "paused" : "composing"};
    if (state == PresenceState::recording) what.set("media", "audio");
    Node stanza{"chatstate"};
    stanza.set("to", to.bare()).add(std::move(what));
    return stanza;
}

std::optional<PresenceNews> parse_presence(Node const& stanza)
{
    auto const from = stanza.jid("from");
    if (!from || from->user.empty()) return std::nullopt;
    PresenceNews news;
    news.chat = from->bare();
    if (from->is_user()) {
        news.participant = from->bare();
    } else {
        auto const participant = stanza.jid("participant");
        if (!participant || !participant->is_user()) return std::nullopt;
        news.participant = participant->bare();
    }
    if (stanza.tag == "chatstate") {
        auto const state = typing_in(stanza);
        if (!state) return std::nullopt;
        news.state = *state;
        return news;
    }
    if (stanza.tag != "presence") return std::nullopt;
    auto const type = stanza.text("type");
    if (!type.empty() && type != "available" && type != "unavailable") return std::nullopt;
    news.state = type == "unavailable" ? PresenceState::offline : PresenceState::online;
    news.last_seen = last_seen_in(stanza);
    return news;
}

} // namespace wagate::stanza
