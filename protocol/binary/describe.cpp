#include "protocol/binary/node.hpp"

#include <algorithm>
#include <ostream>

namespace wagate::binary {

namespace {

constexpr std::size_t longest_attribute = 64;
constexpr std::size_t longest_content = 16;
constexpr std::size_t longest_description = 16'384;
constexpr std::size_t phone_digits = 7; // a shorter run of digits is no phone number
constexpr std::size_t shown_digits = 4;
constexpr std::string_view hex_letters = "0123456789abcdef";

bool is_digit(char letter) noexcept
{
    return letter >= '0' && letter <= '9';
}

/// Hides all but the last digits of anything that could be a phone number (invariant S3).
std::string masked(std::string text)
{
    for (std::size_t start = 0; start < text.size();) {
        auto end = start;
        while (end < text.size() && is_digit(text[end]))
            ++end;
        if (end - start >= phone_digits)
            std::fill(text.begin() + static_cast<std::ptrdiff_t>(start),
                      text.begin() + static_cast<std::ptrdiff_t>(end - shown_digits), '*');
        start = end + 1;
    }
    return text;
}

std::string printed(Jid const& jid)
{
    // Old group ids begin with the phone number of their creator.
    bool const old_group = jid.is_group() && jid.user.find('-') != std::string::npos;
    bool const has_phone = jid.is_phone() || jid.server == JidServer::legacy_user || old_group;
    return has_phone ? masked(jid.to_string()) : jid.to_string();
}

std::string printed(std::string const& text)
{
    if (text.find('@') != std::string::npos) {
        if (auto const jid = Jid::parse(text)) return printed(*jid);
    }
    if (text.size() > longest_attribute) return text.substr(0, longest_attribute) + "...";
    return text;
}

class Writer {
public:
    void node(Node const& node)
    {
        if (full()) return;
        out_ += '<';
        escaped(node.tag);
        for (auto const& attribute : node.attributes) {
            out_ += ' ';
            escaped(attribute.key);
            out_ += "=\"";
            std::visit([this](auto const& value) { escaped(printed(value)); }, attribute.value);
            out_ += '"';
        }
        if (std::holds_alternative<std::monostate>(node.content)) {
            out_ += "/>";
            return;
        }
        out_ += '>';
        content(node.content);
        out_ += "</";
        escaped(node.tag);
        out_ += '>';
    }

    std::string take()
    {
        if (full()) {
            out_.resize(longest_description);
            out_ += "...";
        }
        return std::move(out_);
    }

private:
    bool full() const noexcept { return out_.size() > longest_description; }

    void content(Content const& content)
    {
        if (auto const* children = std::get_if<Nodes>(&content)) {
            for (auto const& child : *children) {
                if (full()) return;
                node(child);
            }
        } else if (auto const* bytes = std::get_if<Bytes>(&content)) {
            out_ += "[" + std::to_string(bytes->size()) + " bytes]";
        } else if (auto const* text = std::get_if<std::string>(&content)) {
            if (text->size() > longest_content)
                out_ += "[" + std::to_string(text->size()) + " characters]";
            else
                escaped(masked(*text));
        }
    }

    /// Keeps one node on one line and the markup unambiguous.
    void escaped(std::string_view text)
    {
        for (char letter : text) {
            auto const code = static_cast<unsigned char>(letter);
            switch (letter) {
            case '<': out_ += "&lt;"; break;
            case '>': out_ += "&gt;"; break;
            case '&': out_ += "&amp;"; break;
            case '"': out_ += "&quot;"; break;
            default:
                if (code >= 0x20 && code != 0x7F) {
                    out_ += letter;
                } else {
                    out_ += "\\x";
                    out_ += hex_letters[code >> 4];
                    out_ += hex_letters[code & 0x0F];
                }
            }
        }
    }

    std::string out_;
};

} // namespace

std::string describe(Node const& node)
{
    Writer writer;
    writer.node(node);
    return writer.take();
}

std::ostream& operator<<(std::ostream& out, Node const& node)
{
    return out << describe(node);
}

} // namespace wagate::binary
