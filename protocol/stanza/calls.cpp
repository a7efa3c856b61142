#include "protocol/stanza/calls.hpp"

#include <algorithm>

namespace wagate::stanza {

using binary::Node;

namespace {

constexpr std::size_t longest_id = 128;
constexpr std::size_t longest_reason = 64;

CallNews news_of(std::string_view tag)
{
    if (tag == "offer" || tag == "offer_notice") return CallNews::offered;
    if (tag == "accept") return CallNews::accepted;
    if (tag == "reject") return CallNews::rejected;
    if (tag == "terminate") return CallNews::terminated;
    return CallNews::other;
}

} // namespace

std::optional<CallStanza> parse_call(Node const& stanza)
{
    auto const from = stanza.jid("from");
    if (stanza.tag != "call" || !from || stanza.children().size() != 1) return std::nullopt;
    auto const& what = stanza.children().front();
    CallStanza call;
    call.news = news_of(what.tag);
    call.id = what.text("call-id");
    if (call.id.empty() || call.id.size() > longest_id) return std::nullopt;
    call.from = *from;
    call.creator = what.jid("call-creator").value_or(*from);
    call.creator_other = what.jid(call.creator.is_lid() ? "caller_pn" : "caller_lid");
    if (auto const group = what.jid("group-jid"); group && group->is_group()) call.group = group->bare();
    call.is_video = what.child("video") != nullptr || what.text("media") == "video";
    constexpr std::int64_t end_of_time = 253'402'300'799; // the year 9999
    call.timestamp =
        wall_from_seconds(std::clamp<std::int64_t>(stanza.integer("t").value_or(0), 0, end_of_time));
    call.reason = what.text("reason").substr(0, longest_reason);
    return call;
}

Node reject_call(std::string_view id, Jid const& own, Jid const& caller, std::string_view call_id)
{
    Node reject{"reject"};
    reject.set("call-id", call_id).set("call-creator", caller.bare()).set("count", "0");
    Node call{"call"};
    call.set("id", id).set("from", own.bare()).set("to", caller.bare()).add(std::move(reject));
    return call;
}

} // namespace wagate::stanza
