#include "api/waha/json_parts.hpp"

#include "api/waha/chat_id.hpp"

namespace wagate::waha {

namespace json = boost::json;

json::value or_null(std::optional<std::string> const& text)
{
    json::value out;
    if (text && !text->empty()) out = *text;
    return out;
}

json::object addresses(Jid const& jid, std::optional<Jid> const& phone)
{
    json::object out;
    out["lid"] = nullptr;
    out["pn"] = nullptr;
    if (jid.is_lid()) out["lid"] = shown(jid);
    if (phone)
        out["pn"] = shown(*phone);
    else if (jid.is_phone())
        out["pn"] = shown(jid);
    return out;
}

bool has_participants(Jid const& chat) noexcept
{
    return chat.is_group() || chat.is_broadcast();
}

} // namespace wagate::waha
