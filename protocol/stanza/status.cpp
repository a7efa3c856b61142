#include "protocol/stanza/status.hpp"

#include "protocol/stanza/iq.hpp"

namespace wagate::stanza {

using binary::Node;

namespace {

constexpr std::size_t most_listed = 20'000;

} // namespace

std::string_view status_setting(StatusAudience audience) noexcept
{
    switch (audience) {
    case StatusAudience::allowlist: return "allowlist";
    case StatusAudience::denylist: return "denylist";
    case StatusAudience::contacts: break;
    }
    return "contacts";
}

Node status_privacy_request()
{
    return make_iq({}, IqType::get, "status", {Node{"privacy"}});
}

StatusPrivacy parse_status_privacy(Node const& reply)
{
    StatusPrivacy found;
    auto const* privacy = reply.child("privacy");
    if (privacy == nullptr) return found;
    // There may be several lists; the one in force is marked, or stands alone.
    Node const* chosen = nullptr;
    for (auto const& list : privacy->children()) {
        if (list.tag != "list") continue;
        if (chosen == nullptr || list.text("default") == "true") chosen = &list;
    }
    if (chosen == nullptr) return found;
    auto const type = chosen->text("type");
    if (type == "whitelist")
        found.audience = StatusAudience::allowlist;
    else if (type == "blacklist")
        found.audience = StatusAudience::denylist;
    else
        return found;
    for (auto const& user : chosen->children()) {
        auto const jid = user.jid("jid");
        if (user.tag == "user" && jid && found.list.size() < most_listed) found.list.push_back(jid->bare());
    }
    return found;
}

} // namespace wagate::stanza
