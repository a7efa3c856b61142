#include "protocol/appstate/index.hpp"

namespace wagate::appstate {
namespace {

constexpr std::size_t max_elements = 64;
constexpr std::size_t max_json_bytes = 65'536;

void write_string(std::string& out, std::string_view text)
{
    constexpr char digits[] = "0123456789abcdef";
    out += '"';
    for (char const c : text) {
        switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\b': out += "\\b"; break;
        case '\f': out += "\\f"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default: {
            auto const byte = static_cast<unsigned char>(c);
            if (byte >= 0x20) {
                out += c;
            } else {
                out += "\\u00";
                out += digits[byte >> 4];
                out += digits[byte & 15];
            }
        }
        }
    }
    out += '"';
}

void append_utf8(std::string& out, std::uint32_t point)
{
    auto const tail = [&](unsigned shift) { out += static_cast<char>(0x80 | (point >> shift & 0x3f)); };
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xc0 | point >> 6);
        tail(0);
    } else if (point < 0x10000) {
        out += static_cast<char>(0xe0 | point >> 12);
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xf0 | point >> 18);
        tail(12);
        tail(6);
        tail(0);
    }
}

class Parser {
public:
    explicit Parser(std::string_view json) : rest_{json} {}

    std::optional<Index> array()
    {
        Index index;
        if (!take('[')) return std::nullopt;
        if (!take(']')) {
            do {
                auto element = string();
                if (!element || index.size() == max_elements) return std::nullopt;
                index.push_back(std::move(*element));
            } while (take(','));
            if (!take(']')) return std::nullopt;
        }
        skip_space();
        if (!rest_.empty()) return std::nullopt;
        return index;
    }

private:
    void skip_space()
    {
        auto const first = rest_.find_first_not_of(" \t\r\n");
        rest_.remove_prefix(std::min(first, rest_.size()));
    }

    bool take(char expected)
    {
        skip_space();
        if (rest_.empty() || rest_.front() != expected) return false;
        rest_.remove_prefix(1);
        return true;
    }

    std::optional<char> next()
    {
        if (rest_.empty()) return std::nullopt;
        char const c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    std::optional<std::string> string()
    {
        if (!take('"')) return std::nullopt;
        std::string text;
        for (;;) {
            auto const c = next();
            if (!c || static_cast<unsigned char>(*c) < 0x20) return std::nullopt;
            if (*c == '"') return text;
            if (*c != '\\')
                text += *c;
            else if (!escape(text))
                return std::nullopt;
        }
    }

    bool escape(std::string& text)
    {
        auto const c = next();
        if (!c) return false;
        switch (*c) {
        case '"':
        case '\\':
        case '/': text += *c; return true;
        case 'b': text += '\b'; return true;
        case 'f': text += '\f'; return true;
        case 'n': text += '\n'; return true;
        case 'r': text += '\r'; return true;
        case 't': text += '\t'; return true;
        case 'u': return code_point(text);
        default: return false;
        }
    }

    std::optional<std::uint32_t> four_digits()
    {
        std::uint32_t value = 0;
        for (int i = 0; i < 4; ++i) {
            auto const c = next();
            if (!c) return std::nullopt;
            std::uint32_t digit = 0;
            if (*c >= '0' && *c <= '9')
                digit = static_cast<std::uint32_t>(*c - '0');
            else if (*c >= 'a' && *c <= 'f')
                digit = static_cast<std::uint32_t>(*c - 'a' + 10);
            else if (*c >= 'A' && *c <= 'F')
                digit = static_cast<std::uint32_t>(*c - 'A' + 10);
            else
                return std::nullopt;
            value = value << 4 | digit;
        }
        return value;
    }

    /// A surrogate without its other half is no text.
    bool code_point(std::string& text)
    {
        auto point = four_digits();
        if (!point) return false;
        if (*point >= 0xdc00 && *point < 0xe000) return false;
        if (*point >= 0xd800 && *point < 0xdc00) {
            if (next() != '\\' || next() != 'u') return false;
            auto const low = four_digits();
            if (!low || *low < 0xdc00 || *low >= 0xe000) return false;
            point = 0x10000 + ((*point - 0xd800) << 10) + (*low - 0xdc00);
        }
        append_utf8(text, *point);
        return true;
    }

    std::string_view rest_;
};

} // namespace

std::string write_index(Index const& index)
{
    std::string out{"["};
    for (auto const& element : index) {
        if (out.size() > 1) out += ',';
        write_string(out, element);
    }
    out += ']';
    return out;
}

std::optional<Index> parse_index(std::string_view json)
{
    if (json.size() > max_json_bytes) return std::nullopt;
    return Parser{json}.array();
}

} // namespace wagate::appstate
