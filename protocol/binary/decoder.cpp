#include "protocol/binary/codec.hpp"
#include "protocol/binary/compression.hpp"
#include "protocol/binary/tags.hpp"
#include "protocol/binary/tokens.hpp"

#include <algorithm>

namespace wagate::binary {

namespace {

constexpr std::size_t smallest_node_bytes = 3;      // list header, tag
constexpr std::size_t smallest_attribute_bytes = 2; // key, value

constexpr bool is_list(std::uint8_t lead) noexcept
{
    return lead == tag::list_empty || lead == tag::list_8 || lead == tag::list_16;
}

constexpr bool is_raw(std::uint8_t lead) noexcept
{
    return lead == tag::binary_8 || lead == tag::binary_20 || lead == tag::binary_32;
}

constexpr bool is_jid(std::uint8_t lead) noexcept
{
    return lead == tag::jid_pair || lead == tag::device_jid || lead == tag::messenger_jid ||
           lead == tag::interop_jid;
}

/// The characters that Jid::parse() admits: a separator inside the user would make two addresses look alike
/// once they are record keys or Signal addresses.
bool is_user_name(std::string_view text) noexcept
{
    return std::all_of(text.begin(), text.end(), [](char letter) {
        return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
               (letter >= 'A' && letter <= 'Z') || letter == '-';
    });
}

/// Reads values from the front of the input. Each reader returns false after it has noted the first error.
class Decoder {
public:
    Decoder(ByteView input, DecodeLimits const& limits) noexcept : rest_(input), limits_(limits) {}

    Result<Node> whole()
    {
        Node root;
        nodes_ = 1;
        if (!node(root, 1)) return make_error_code(error_);
        if (root.tag == "xmlstreamend") return make_error_code(CodecErrc::stream_end);
        if (!rest_.empty()) return make_error_code(CodecErrc::trailing_bytes);
        return root;
    }

private:
    bool fail(CodecErrc reason) noexcept
    {
        error_ = reason;
        return false;
    }

    bool byte(std::uint8_t& out) noexcept
    {
        if (rest_.empty()) return fail(CodecErrc::truncated);
        out = rest_.front();
        rest_ = rest_.subspan(1);
        return true;
    }

    bool slice(std::size_t count, ByteView& out) noexcept
    {
        if (count > rest_.size()) return fail(CodecErrc::truncated);
        out = rest_.first(count);
        rest_ = rest_.subspan(count);
        return true;
    }

    bool integer(std::size_t width, std::size_t& out) noexcept
    {
        ByteView digits;
        if (!slice(width, digits)) return false;
        out = static_cast<std::size_t>(read_big_endian(digits));
        return true;
    }

    bool short_integer(std::uint16_t& out) noexcept
    {
        std::size_t value = 0;
        if (!integer(2, value)) return false;
        out = static_cast<std::uint16_t>(value);
        return true;
    }

    bool list_size(std::uint8_t lead, std::size_t& out) noexcept
    {
        switch (lead) {
        case tag::list_empty: out = 0; return true;
        case tag::list_8: return integer(1, out);
        case tag::list_16: return integer(2, out);
        default: return fail(CodecErrc::bad_tag);
        }
    }

    bool raw(std::uint8_t lead, ByteView& out) noexcept
    {
        std::size_t size = 0;
        switch (lead) {
        case tag::binary_8:
            if (!integer(1, size)) return false;
            break;
        case tag::binary_20:
            if (!integer(3, size)) return false;
            size &= 0xF'FFFF; // the top four bits carry nothing
            break;
        default:
            if (!integer(4, size)) return false;
        }
        return slice(size, out);
    }

    bool packed(std::uint8_t lead, std::string& out)
    {
        constexpr std::string_view hex_letters = "0123456789ABCDEF";
        constexpr std::string_view nibble_letters = "0123456789-.";
        auto const letters = lead == tag::hex_8 ? hex_letters : nibble_letters;
        std::uint8_t header = 0;
        ByteView pairs;
        if (!byte(header) || !slice(header & 0x7Fu, pairs)) return false;
        bool const odd = (header & 0x80) != 0;
        if (odd && pairs.empty()) return fail(CodecErrc::bad_token);
        out.clear();
        out.reserve(pairs.size() * 2);
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            std::size_t const high = pairs[i] >> 4;
            std::size_t const low = pairs[i] & 0x0Fu;
            if (high >= letters.size()) return fail(CodecErrc::bad_token);
            out.push_back(letters[high]);
            if (odd && i + 1 == pairs.size()) break; // the last half is padding
            if (low >= letters.size()) return fail(CodecErrc::bad_token);
            out.push_back(letters[low]);
        }
        return true;
    }

    /// Any text that is not a JID. The three forms of the empty string all count.
    bool text(std::uint8_t lead, std::string& out)
    {
        if (lead == tag::list_empty) {
            out.clear();
            return true;
        }
        if (auto const word = single_token(lead)) {
            out.assign(*word);
            return true;
        }
        if (lead >= tag::dictionary_0 && lead <= tag::dictionary_3) {
            std::uint8_t index = 0;
            if (!byte(index)) return false;
            auto const word = double_token(lead, index);
            if (!word) return fail(CodecErrc::bad_token);
            out.assign(*word);
            return true;
        }
        if (is_raw(lead)) {
            ByteView bytes;
            if (!raw(lead, bytes)) return false;
            out.assign(text_view(bytes));
            return true;
        }
        if (lead == tag::hex_8 || lead == tag::nibble_8) return packed(lead, out);
        return fail(CodecErrc::bad_tag);
    }

    bool text(std::string& out)
    {
        std::uint8_t lead = 0;
        return byte(lead) && text(lead, out);
    }

    /// Text inside a JID; another JID there makes none.
    bool jid_part(std::string& out)
    {
        std::uint8_t lead = 0;
        if (!byte(lead)) return false;
        return is_jid(lead) ? fail(CodecErrc::bad_jid) : text(lead, out);
    }

    bool user_part(std::string& out)
    {
        if (!jid_part(out)) return false;
        return (!out.empty() && is_user_name(out)) || fail(CodecErrc::bad_jid);
    }

    bool jid(std::uint8_t lead, AttributeValue& out)
    {
        if (lead == tag::jid_pair) return jid_pair(out);
        Jid address;
        auto const read = lead == tag::device_jid ? device_jid(address) : foreign_jid(lead, address);
        if (read) out = std::move(address);
        return read;
    }

    /// A server or a form of user that we do not know yet gives text: one new kind of address must not cost
    /// the whole frame.
    bool jid_pair(AttributeValue& out)
    {
        std::string user;
        std::string server;
        if (!jid_part(user) || !jid_part(server)) return false;
        if (server.empty()) return fail(CodecErrc::bad_jid);
        auto const known = server_from_name(server);
        if (!known || !is_user_name(user)) {
            out = user + '@' + server;
            return true;
        }
        Jid address;
        address.user = std::move(user);
        address.server = *known;
        out = std::move(address);
        return true;
    }

    bool device_jid(Jid& out)
    {
        std::uint8_t domain = 0;
        std::uint8_t device = 0;
        if (!byte(domain) || !byte(device) || !user_part(out.user)) return false;
        out.device = device;
        switch (domain) {
        case 1: out.server = JidServer::lid; break;
        case 128: out.server = JidServer::hosted; break;
        case 129: out.server = JidServer::hosted_lid; break;
        default: out.server = JidServer::user; // as both public clients do
        }
        return true;
    }

    /// Messenger and interop addresses name their server again, after the numbers.
    bool foreign_jid(std::uint8_t lead, Jid& out)
    {
        std::string server;
        out.server = lead == tag::interop_jid ? JidServer::interop : JidServer::messenger;
        if (!user_part(out.user) || !short_integer(out.device)) return false;
        if (lead == tag::interop_jid && !short_integer(out.integrator)) return false;
        if (!jid_part(server)) return false;
        return server == server_name(out.server) || fail(CodecErrc::bad_jid);
    }

    bool value(std::uint8_t lead, AttributeValue& out)
    {
        if (is_jid(lead)) return jid(lead, out);
        return text(lead, out.emplace<std::string>());
    }

    bool attributes(std::size_t count, std::vector<Attribute>& out)
    {
        if (count > rest_.size() / smallest_attribute_bytes) return fail(CodecErrc::truncated);
        attributes_ += count;
        if (attributes_ > limits_.max_attributes) return fail(CodecErrc::too_large);
        out.resize(count);
        for (auto& attribute : out) {
            std::uint8_t lead = 0;
            if (!text(attribute.key) || !byte(lead) || !value(lead, attribute.value)) return false;
        }
        return true;
    }

    bool children(std::uint8_t lead, Nodes& out, std::size_t depth)
    {
        std::size_t count = 0;
        if (!list_size(lead, count)) return false;
        if (count > rest_.size() / smallest_node_bytes) return fail(CodecErrc::truncated);
        nodes_ += count;
        if (nodes_ > limits_.max_nodes) return fail(CodecErrc::too_large);
        out.resize(count);
        for (auto& child : out) {
            if (!node(child, depth)) return false;
        }
        return true;
    }

    bool content(Content& out, std::size_t depth)
    {
        std::uint8_t lead = 0;
        if (!byte(lead)) return false;
        if (is_list(lead)) return children(lead, out.emplace<Nodes>(), depth + 1);
        if (is_raw(lead)) {
            ByteView bytes;
            if (!raw(lead, bytes)) return false;
            out = to_bytes(bytes);
            return true;
        }
        AttributeValue read;
        if (!value(lead, read)) return false;
        if (auto const* address = std::get_if<Jid>(&read))
            out = address->to_string();
        else
            out = std::move(std::get<std::string>(read));
        return true;
    }

    bool node(Node& out, std::size_t depth)
    {
        if (depth > limits_.max_depth) return fail(CodecErrc::too_deep);
        std::uint8_t lead = 0;
        std::size_t size = 0;
        if (!byte(lead) || !list_size(lead, size)) return false;
        if (size == 0) return fail(CodecErrc::bad_tag);
        if (!text(out.tag)) return false;
        if (out.tag.empty()) return fail(CodecErrc::bad_tag);
        if (!attributes((size - 1) / 2, out.attributes)) return false;
        return size % 2 != 0 || content(out.content, depth);
    }

    ByteView rest_;
    DecodeLimits const& limits_;
    CodecErrc error_ = CodecErrc::truncated;
    std::size_t nodes_ = 0;
    std::size_t attributes_ = 0;
};

} // namespace

Result<Node> decode(ByteView frame, DecodeLimits const& limits)
{
    if (frame.empty()) return make_error_code(CodecErrc::truncated);
    auto const body = frame.subspan(1);
    if ((frame.front() & tag::flag_compressed) == 0) return Decoder{body, limits}.whole();
    WAGATE_TRY(auto const plain, inflate_bounded(body, limits.max_inflated_bytes));
    return Decoder{plain, limits}.whole();
}

} // namespace wagate::binary
