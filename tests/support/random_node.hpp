#pragma once
// Random stanzas that reach every encoding of binary XML, and what the wire makes of a stanza.
#include "protocol/base/random.hpp"
#include "protocol/binary/node.hpp"
#include "protocol/binary/tokens.hpp"

#include <array>

namespace wagate::testing {

struct NodeShape {
    std::size_t max_depth = 4;
    std::size_t max_attributes = 6;
    std::size_t max_children = 4;
};

inline bool chance(RandomSource& random, std::uint64_t one_in)
{
    return random.below(one_in) == 0;
}

inline std::string random_letters(RandomSource& random, std::string_view alphabet, std::size_t count)
{
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += alphabet[random.below(alphabet.size())];
    return text;
}

inline std::string random_token(RandomSource& random)
{
    if (chance(random, 2))
        return std::string{*binary::single_token(static_cast<std::uint8_t>(1 + random.below(235)))};
    auto const lead = static_cast<std::uint8_t>(236 + random.below(4));
    return std::string{*binary::double_token(lead, static_cast<std::uint8_t>(random.below(256)))};
}

/// A name for a tag or an attribute: starts with a letter, never empty.
inline std::string random_name(RandomSource& random)
{
    if (!chance(random, 4)) {
        auto token = random_token(random);
        if (token.front() >= 'a' && token.front() <= 'z' && token != "xmlstreamend") return token;
    }
    return "x" + random_letters(random, "abcdefghijklmnopqrstuvwxyz_-", random.below(12));
}

/// Text in every encoding: empty, token, both packed forms with their limits, raw of three length classes,
/// UTF-8. Contains no `@` outside tokens, so that clients which tell JIDs by that letter can carry it.
inline std::string random_text(RandomSource& random)
{
    constexpr std::string_view nibbles = "0123456789-.";
    constexpr std::string_view hex = "0123456789ABCDEF";
    constexpr std::string_view printable =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.:/+=\"<>&";
    constexpr std::array<std::string_view, 6> wide{"é", "ß", "日", "本", "🙂", "a"};
    switch (random.below(12)) {
    case 0: return {};
    case 1:
    case 2: return random_token(random);
    case 3: return random_letters(random, nibbles, 1 + random.below(20));
    case 4: return random_letters(random, nibbles, 125 + random.below(5));
    case 5: return random_letters(random, hex, 1 + random.below(20));
    case 6: return random_letters(random, hex, 125 + random.below(5));
    case 7: return random_letters(random, "0123456789abcdef", 1 + random.below(20));
    case 8: {
        std::string text;
        for (auto count = 1 + random.below(20); count > 0; --count)
            text += wide[random.below(wide.size())];
        return text;
    }
    case 9: return random_letters(random, printable, 250 + random.below(12));
    default: return random_letters(random, printable, 1 + random.below(40));
    }
}

inline Jid random_jid(RandomSource& random)
{
    Jid jid;
    jid.server = static_cast<JidServer>(random.below(12));
    if (chance(random, 10)) return jid;
    jid.user =
        random_letters(random, "123456789", 1) + random_letters(random, "0123456789", random.below(18));
    switch (jid.server) {
    case JidServer::user:
    case JidServer::lid:
    case JidServer::hosted:
    case JidServer::hosted_lid:
        if (!chance(random, 3)) jid.device = static_cast<std::uint16_t>(random.below(256));
        break;
    case JidServer::messenger: jid.device = static_cast<std::uint16_t>(random.below(65'536)); break;
    case JidServer::interop:
        jid.device = static_cast<std::uint16_t>(random.below(65'536));
        jid.integrator = static_cast<std::uint16_t>(random.below(65'536));
        break;
    case JidServer::broadcast:
        if (chance(random, 2)) jid.user = "status";
        break;
    case JidServer::group:
        if (chance(random, 3)) jid.user += "-1400000000";
        break;
    case JidServer::call: jid.user = random_letters(random, "abcdefXYZ0123", 22); break;
    default: break;
    }
    return jid;
}

inline binary::Node random_node(RandomSource& random, NodeShape const& shape = {}, std::size_t depth = 1)
{
    binary::Node node{random_name(random)};
    for (auto count = random.below(shape.max_attributes + 1); count > 0; --count) {
        if (chance(random, 3))
            node.set(random_name(random), random_jid(random));
        else
            node.set(random_name(random), std::string_view{random_text(random)});
    }
    switch (random.below(5)) {
    case 0: break;
    case 1:
        node.content = random.bytes(chance(random, 20) ? 65'536 + random.below(100) : random.below(300));
        break;
    case 2: node.content = random_text(random); break;
    default:
        if (depth >= shape.max_depth) break;
        auto& children = node.content.emplace<binary::Nodes>();
        for (auto count = random.below(shape.max_children + 1); count > 0; --count)
            children.push_back(random_node(random, shape, depth + 1));
    }
    return node;
}

/// True when the wire tells that content was text: as a token or packed. Written apart from the encoder on
/// purpose.
inline bool stays_text(std::string_view text)
{
    if (binary::find_token(text)) return true;
    if (text.empty() || text.size() > 127) return false;
    return text.find_first_not_of("0123456789-.") == std::string_view::npos ||
           text.find_first_not_of("0123456789ABCDEF") == std::string_view::npos;
}

/// What comes back when a node has crossed the wire: other text content has become bytes.
inline binary::Node normalised(binary::Node node)
{
    if (auto const* text = std::get_if<std::string>(&node.content); text != nullptr && !stays_text(*text))
        node.content = to_bytes(std::string_view{*text});
    if (auto* children = std::get_if<binary::Nodes>(&node.content)) {
        for (auto& child : *children)
            child = normalised(std::move(child));
    }
    return node;
}

} // namespace wagate::testing
