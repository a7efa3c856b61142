#include "gateway/media/link_page.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

namespace wagate::gateway {
namespace {

constexpr std::size_t longest_title = 300;
constexpr std::size_t longest_description = 1'000;
constexpr std::size_t longest_reference = 4'096;
constexpr std::size_t longest_entity = 10;
constexpr char32_t replacement = 0xFFFD;

char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
    return out;
}

bool is_space(char c) noexcept
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

std::size_t find_tag(std::string_view html, std::string_view tag, std::size_t from)
{
    auto const same = [](char a, char b) { return lower(a) == b; };
    auto const found = std::search(html.begin() + static_cast<std::ptrdiff_t>(std::min(from, html.size())),
                                   html.end(), tag.begin(), tag.end(), same);
    return found == html.end() ? std::string_view::npos : static_cast<std::size_t>(found - html.begin());
}

void add_utf8(std::string& out, char32_t code)
{
    if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = replacement;
    if (code < 0x80) {
        out += static_cast<char>(code);
        return;
    }
    int const more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    constexpr std::array<unsigned, 4> leads{0, 0xC0, 0xE0, 0xF0};
    out += static_cast<char>(leads[static_cast<std::size_t>(more)] | (code >> (6 * more)));
    for (int i = more - 1; i >= 0; --i)
        out += static_cast<char>(0x80U | ((code >> (6 * i)) & 0x3FU));
}

/// Length of the UTF-8 sequence at the beginning; 0 when it is none.
std::size_t sequence_length(std::string_view text) noexcept
{
    auto const lead = static_cast<unsigned char>(text.front());
    std::size_t const length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (lead > 0xF4 || length == 0 || length > text.size()) return 0;
    char32_t code = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        auto const byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xC0U) != 0x80) return 0;
        code = code << 6 | (byte & 0x3FU);
    }
    constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    bool const is_surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < least[length] || code > 0x10FFFF || is_surrogate ? 0 : length;
}

/// What is no UTF-8 is read as Latin-1, as older pages are.
std::string as_utf8(std::string_view text)
{
    bool is_utf8 = true;
    for (auto rest = text; !rest.empty() && is_utf8;) {
        auto const length = sequence_length(rest);
        is_utf8 = length != 0;
        rest.remove_prefix(std::max<std::size_t>(length, 1));
    }
    if (is_utf8) return std::string(text);
    std::string out;
    for (auto const c : text)
        add_utf8(out, static_cast<unsigned char>(c));
    return out;
}

/// The character that `name` between & and ; means.
std::optional<char32_t> entity(std::string_view name)
{
    constexpr std::array<std::pair<std::string_view, char32_t>, 9> known{{{"amp", '&'},
                                                                          {"lt", '<'},
                                                                          {"gt", '>'},
                                                                          {"quot", '"'},
                                                                          {"apos", '\''},
                                                                          {"nbsp", ' '},
                                                                          {"ndash", 0x2013},
                                                                          {"mdash", 0x2014},
                                                                          {"hellip", 0x2026}}};
    for (auto const& [text, code] : known)
        if (name == text) return code;
    if (!name.starts_with('#')) return std::nullopt;
    name.remove_prefix(1);
    bool const is_hex = name.starts_with('x') || name.starts_with('X');
    if (is_hex) name.remove_prefix(1);
    std::uint32_t code = 0;
    auto const [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, is_hex ? 16 : 10);
    if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
    return code;
}

/// Text as it is shown: entities replaced, white space folded, cut between characters.
std::string shown_text(std::string_view raw, std::size_t longest)
{
    std::string decoded;
    auto const text = as_utf8(raw);
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const end = text[i] == '&' ? text.find(';', i) : std::string::npos;
        if (end != std::string::npos && end - i <= longest_entity) {
            if (auto const code = entity(std::string_view(text).substr(i + 1, end - i - 1))) {
                add_utf8(decoded, *code);
                i = end;
                continue;
            }
        }
        decoded += text[i];
    }
    std::string out;
    for (auto const c : decoded) {
        bool const is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
        if (!is_control && c != ' ')
            out += c;
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    if (out.size() > longest) {
        auto end = longest;
        while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80)
            --end;
        out.resize(end);
    }
    while (out.ends_with(' '))
        out.pop_back();
    return out;
}

/// The attributes of one tag, by lower-case name; `place` is behind the tag's name, and afterwards behind the
/// tag.
std::map<std::string, std::string> attributes(std::string_view html, std::size_t& place)
{
    std::map<std::string, std::string> found;
    while (place < html.size() && html[place] != '>') {
        if (is_space(html[place]) || html[place] == '/') {
            ++place;
            continue;
        }
        auto const start = place;
        while (place < html.size() && !is_space(html[place]) && html[place] != '=' && html[place] != '>')
            ++place;
        auto name = lower(html.substr(start, place - start));
        while (place < html.size() && is_space(html[place]))
            ++place;
        if (place >= html.size() || html[place] != '=') continue;
        ++place;
        while (place < html.size() && is_space(html[place]))
            ++place;
        if (place >= html.size()) break;
        auto const quote = html[place];
        std::size_t first = place;
        std::size_t end = place;
        if (quote == '"' || quote == '\'') {
            first = place + 1;
            end = std::min(html.find(quote, first), html.size());
            place = std::min(end + 1, html.size());
        } else {
            while (end < html.size() && !is_space(html[end]) && html[end] != '>')
                ++end;
            place = end;
        }
        found.emplace(std::move(name), html.substr(first, end - first));
    }
    return found;
}

} // namespace

std::optional<std::string> first_link(std::string_view text)
{
    for (std::size_t i = find_tag(text, "http", 0); i != std::string_view::npos;
         i = find_tag(text, "http", i + 4)) {
        auto const rest = text.substr(i);
        auto const begins = lower(rest.substr(0, 8));
        std::size_t const scheme = begins == "https://" ? 8 : begins.starts_with("http://") ? 7 : 0;
        if (scheme == 0) continue;
        auto const is_end = [](char c) {
            return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '<' || c == '>' || c == 0x7F;
        };
        auto link = rest.substr(
            0, static_cast<std::size_t>(std::find_if(rest.begin(), rest.end(), is_end) - rest.begin()));
        while (link.size() > scheme &&
               std::string_view(".,;:!?'*_~").find(link.back()) != std::string_view::npos)
            link.remove_suffix(1);
        // A bracket belongs to the link when it was opened in it.
        for (auto const& [open, close] : {std::pair{'(', ')'}, std::pair{'[', ']'}})
            if (link.ends_with(close) && link.find(open) == std::string_view::npos) link.remove_suffix(1);
        if (link.size() > scheme && link.size() <= longest_reference) return std::string(link);
    }
    return std::nullopt;
}

LinkPage read_page(std::string_view html)
{
    std::map<std::string, std::string> tags;
    for (auto place = find_tag(html, "<meta", 0); place != std::string_view::npos;
         place = find_tag(html, "<meta", place)) {
        place += 5;
        auto const found = attributes(html, place);
        auto const content = found.find("content");
        if (content == found.end()) continue;
        for (auto const* key : {"property", "name"})
            if (auto const named = found.find(key); named != found.end())
                tags.emplace(lower(named->second), content->second); // the first one counts
    }
    auto const first_of = [&](std::initializer_list<char const*> names) -> std::string_view {
        for (auto const* name : names)
            if (auto const tag = tags.find(name); tag != tags.end() && !tag->second.empty())
                return tag->second;
        return {};
    };
    LinkPage page;
    page.title = shown_text(first_of({"og:title", "twitter:title"}), longest_title);
    if (page.title.empty()) {
        auto const open = find_tag(html, "<title", 0);
        auto const start = open == std::string_view::npos ? open : html.find('>', open);
        if (start != std::string_view::npos) {
            auto const end = std::min(html.find('<', start), html.size());
            page.title = shown_text(html.substr(start + 1, end - start - 1), longest_title);
        }
    }
    page.description =
        shown_text(first_of({"og:description", "description", "twitter:description"}), longest_description);
    page.image = shown_text(first_of({"og:image:secure_url", "og:image", "og:image:url", "twitter:image"}),
                            longest_reference);
    return page;
}

} // namespace wagate::gateway
