#include "protocol/binary/codec.hpp"
#include "protocol/binary/compression.hpp"
#include "protocol/binary/tags.hpp"
#include "protocol/binary/tokens.hpp"

#include <stdexcept>

namespace wagate::binary {

namespace {

constexpr int not_packable = -1;

constexpr int nibble_value(char letter) noexcept
{
    if (letter >= '0' && letter <= '9') return letter - '0';
    if (letter == '-') return 10;
    if (letter == '.') return 11;
    return not_packable;
}

constexpr int hex_value(char letter) noexcept
{
    if (letter >= '0' && letter <= '9') return letter - '0';
    if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
    return not_packable;
}

template <class ValueOf>
bool packable(std::string_view text, ValueOf value_of) noexcept
{
    if (text.empty() || text.size() > tag::packed_max) return false;
    return std::all_of(text.begin(), text.end(),
                       [&](char letter) { return value_of(letter) != not_packable; });
}

/// Domain byte of a device JID (protocol.md 2.4); nullopt for servers without one.
std::optional<std::uint8_t> domain_of(JidServer server) noexcept
{
    switch (server) {
    case JidServer::user: return std::uint8_t{0};
    case JidServer::lid: return std::uint8_t{1};
    case JidServer::hosted: return std::uint8_t{128};
    case JidServer::hosted_lid: return std::uint8_t{129};
    default: return std::nullopt;
    }
}

class Encoder {
public:
    explicit Encoder(Bytes& out) noexcept : out_(out) {}

    void node(Node const& node)
    {
        bool const has_content = !std::holds_alternative<std::monostate>(node.content);
        list_header(1 + 2 * node.attributes.size() + (has_content ? 1 : 0));
        text(node.tag);
        for (auto const& attribute : node.attributes) {
            text(attribute.key);
            if (auto const* address = std::get_if<Jid>(&attribute.value))
                jid(*address);
            else
                text(std::get<std::string>(attribute.value));
        }
        if (auto const* children = std::get_if<Nodes>(&node.content)) {
            list_header(children->size());
            for (auto const& child : *children)
                this->node(child);
        } else if (auto const* bytes = std::get_if<Bytes>(&node.content)) {
            raw(*bytes);
        } else if (auto const* words = std::get_if<std::string>(&node.content)) {
            text(*words);
        }
    }

private:
    void byte(std::size_t value) { out_.push_back(static_cast<std::uint8_t>(value)); }

    void integer(std::uint64_t value, std::size_t width)
    {
        while (width-- > 0)
            byte(value >> (8 * width));
    }

    void list_header(std::size_t count)
    {
        if (count == 0) {
            byte(tag::list_empty);
        } else if (count < 256) {
            byte(tag::list_8);
            byte(count);
        } else if (count <= UINT16_MAX) {
            byte(tag::list_16);
            integer(count, 2);
        } else {
            throw std::length_error{"a binary XML list holds at most 65535 items"};
        }
    }

    void raw(ByteView bytes)
    {
        if (bytes.size() < 256) {
            byte(tag::binary_8);
            byte(bytes.size());
        } else if (bytes.size() < 1u << 20) {
            byte(tag::binary_20);
            integer(bytes.size(), 3);
        } else if (bytes.size() <= INT32_MAX) {
            byte(tag::binary_32);
            integer(bytes.size(), 4);
        } else {
            throw std::length_error{"a binary XML value holds at most 2 GiB"};
        }
        append(out_, bytes);
    }

    template <class ValueOf>
    void packed(std::uint8_t kind, std::string_view text, ValueOf value_of)
    {
        constexpr int pad = 15;
        bool const odd = text.size() % 2 != 0;
        byte(kind);
        byte((text.size() + 1) / 2 | (odd ? 0x80u : 0u));
        for (std::size_t i = 0; i < text.size(); i += 2) {
            int const low = i + 1 < text.size() ? value_of(text[i + 1]) : pad;
            byte(static_cast<std::size_t>(value_of(text[i]) << 4 | low));
        }
    }

    /// Order as public clients have it: token, nibble, hex, raw (protocol.md 2.3).
    void text(std::string_view text)
    {
        if (auto const token = find_token(text)) {
            if (token->lead != 0) byte(token->lead);
            byte(token->index);
        } else if (packable(text, nibble_value)) {
            packed(tag::nibble_8, text, nibble_value);
        } else if (packable(text, hex_value)) {
            packed(tag::hex_8, text, hex_value);
        } else {
            raw(view(text));
        }
    }

    void jid(Jid const& jid)
    {
        auto const domain = domain_of(jid.server);
        if (jid.user.empty()) {
            pair(jid);
        } else if (jid.server == JidServer::messenger) {
            byte(tag::messenger_jid);
            text(jid.user);
            integer(jid.device, 2);
            text(server_name(jid.server));
        } else if (jid.server == JidServer::interop) {
            byte(tag::interop_jid);
            text(jid.user);
            integer(jid.device, 2);
            integer(jid.integrator, 2);
            text(server_name(jid.server));
        } else if (!domain || (jid.device == 0 && !jid.is_hosted())) {
            pair(jid);
        } else if (jid.device > UINT8_MAX) {
            // The tag has one byte for the device. Text cannot reach another device by mistake.
            raw(view(jid.to_string()));
        } else {
            byte(tag::device_jid);
            byte(*domain);
            byte(jid.device);
            text(jid.user);
        }
    }

    void pair(Jid const& jid)
    {
        byte(tag::jid_pair);
        if (jid.user.empty())
            byte(tag::list_empty);
        else
            text(jid.user);
        text(server_name(jid.server));
    }

    Bytes& out_;
};

} // namespace

Bytes encode(Node const& node)
{
    Bytes frame;
    frame.reserve(256);
    frame.push_back(0);
    Encoder{frame}.node(node);
    return frame;
}

Bytes encode_compressed(Node const& node)
{
    Bytes plain;
    Encoder{plain}.node(node);
    Bytes frame{tag::flag_compressed};
    deflate_onto(frame, plain);
    return frame;
}

} // namespace wagate::binary
