#include "api/waha/chat_id.hpp"

namespace wagate::waha {

std::string shown(Jid const& jid)
{
    if (jid.user.empty()) return {};
    if (jid.is_phone()) return jid.user + "@c.us";
    if (jid.is_lid()) return jid.user + "@lid";
    return jid.bare().to_string();
}

std::string shown(Jid const& jid, std::optional<Jid> const& phone)
{
    return shown(phone ? *phone : jid);
}

std::string message_id(bool from_me, std::string_view chat, MessageId const& id,
                       std::optional<std::string> const& participant)
{
    std::string text = from_me ? "true_" : "false_";
    text.append(chat).append("_").append(id.value);
    if (participant) text.append("_").append(*participant);
    return text;
}

} // namespace wagate::waha
