#pragma once
// WhatsApp's own bots: which there are, and what they say of themselves. Shapes as whatsmeow (user.go) and
// Baileys (getBotListV2, USyncBotProfileProtocol) know them.
#include "protocol/binary/node.hpp"

namespace wagate::stanza {

/// On the bots' own server, or one of the phone numbers that are kept for them.
bool is_bot(Jid const& jid);

struct BotReference {
    Jid jid;
    std::string persona_id; ///< may be empty
    bool operator==(BotReference const&) const = default;
};
binary::Node bot_list_request();
/// Each once, in the server's order.
std::vector<BotReference> parse_bot_list(binary::Node const& reply);

struct BotCommand {
    std::string name, description;
    bool operator==(BotCommand const&) const = default;
};
struct BotPrompt {
    std::string emoji, text;
    bool operator==(BotPrompt const&) const = default;
};
struct BotProfile {
    Jid jid;
    std::string persona_id;
    std::string name, attributes, description, category;
    bool is_default = false;
    std::vector<BotPrompt> prompts; ///< what one may ask to begin with
    std::string commands_description;
    std::vector<BotCommand> commands;
    bool operator==(BotProfile const&) const = default;
};
binary::Node bot_profiles_request(std::vector<BotReference> const& bots);
/// Of those that have one, in the server's order.
std::vector<BotProfile> parse_bot_profiles(binary::Node const& reply);

} // namespace wagate::stanza
