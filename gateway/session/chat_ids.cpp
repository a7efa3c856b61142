#include "gateway/session/chat_ids.hpp"

#include <algorithm>
#include <cctype>

namespace wagate::gateway {
namespace {

constexpr std::size_t min_phone_digits = 5;
constexpr std::size_t max_phone_digits = 20; // E.164 allows 15; some test and machine numbers are longer
constexpr std::size_t max_message_id = 128;

std::optional<std::string> digits_of(std::string_view text)
{
    std::string digits;
    for (char const c : text) {
        if (c >= '0' && c <= '9')
            digits += c;
        else if (c != '+' && c != ' ' && c != '-' && c != '(' && c != ')')
            return std::nullopt;
    }
    if (digits.size() < min_phone_digits || digits.size() > max_phone_digits) return std::nullopt;
    return digits;
}

bool is_id_text(std::string_view text)
{
    if (text.empty() || text.size() > max_message_id) return false;
    return std::all_of(text.begin(), text.end(),
                       [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '.'; });
}

} // namespace

std::optional<Jid> parse_chat(std::string_view text)
{
    auto const at = text.find('@');
    if (at == std::string_view::npos) {
        auto const digits = digits_of(text);
        if (!digits) return std::nullopt;
        return Jid::phone(*digits);
    }
    auto const server = text.substr(at + 1);
    auto const user = text.substr(0, at);
    if (server == "c.us" || server == "s.whatsapp.net") {
        auto const digits = digits_of(user.substr(0, user.find(':')));
        if (!digits) return std::nullopt;
        return Jid::phone(*digits);
    }
    auto const jid = Jid::parse(text);
    if (!jid || jid->user.empty()) return std::nullopt;
    return jid->bare();
}

std::optional<FullMessageId> parse_full_id(std::string_view text)
{
    // {fromMe}_{chat}_{id}[_{participant}]
    auto const first = text.find('_');
    if (first == std::string_view::npos) return std::nullopt;
    auto const side = text.substr(0, first);
    if (side != "true" && side != "false") return std::nullopt;
    auto const second = text.find('_', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    auto const third = text.find('_', second + 1);
    auto const id = text.substr(second + 1, third == std::string_view::npos ? third : third - second - 1);
    auto const chat = parse_chat(text.substr(first + 1, second - first - 1));
    if (!chat || !is_id_text(id)) return std::nullopt;
    FullMessageId full{side == "true", *chat, MessageId{id}, std::nullopt};
    if (third != std::string_view::npos) {
        full.participant = parse_chat(text.substr(third + 1));
        if (!full.participant) return std::nullopt;
    }
    return full;
}

std::optional<MessageId> parse_message_id(std::string_view text)
{
    if (is_id_text(text)) return MessageId{text};
    // {fromMe}_{chat}_{id}[_{participant}]
    auto const first = text.find('_');
    if (first == std::string_view::npos ||
        (text.substr(0, first) != "true" && text.substr(0, first) != "false"))
        return std::nullopt;
    auto const second = text.find('_', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    auto const third = text.find('_', second + 1);
    auto const id = text.substr(second + 1, third == std::string_view::npos ? third : third - second - 1);
    if (!is_id_text(id)) return std::nullopt;
    return MessageId{id};
}

} // namespace wagate::gateway
