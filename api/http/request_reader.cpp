#include "api/http/request_reader.hpp"

#include <algorithm>
#include <charconv>

namespace wagate::http {
namespace {

constexpr std::size_t longest_method = 24;
constexpr std::size_t longest_host = 255;
constexpr std::size_t longest_number = 18; ///< digits, so that it fits into 64 bits
constexpr std::size_t longest_chunk_size = 8;

bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

bool is_alnum(char c) noexcept
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_token_char(char c) noexcept
{
    return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) noexcept
{
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

/// Anything printable, blanks and tabs, and bytes above ASCII.
bool is_value_char(char c) noexcept
{
    auto const byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7F);
}

bool is_target_char(char c) noexcept
{
    return c > ' ' && c <= '~' && c != '#';
}

std::string_view trimmed(std::string_view text) noexcept
{
    auto const is_blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

bool is_number(std::string_view text) noexcept
{
    return !text.empty() && text.size() <= longest_number && std::all_of(text.begin(), text.end(), is_digit);
}

int hex_value(char c) noexcept
{
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

} // namespace

bool lists_word(std::string_view list, std::string_view word) noexcept
{
    while (!list.empty()) {
        auto const comma = list.find(',');
        if (equal_ignoring_case(trimmed(list.substr(0, comma)), word)) return true;
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return false;
}

std::optional<std::string> host_name(std::string_view field)
{
    if (field.empty() || field.size() > longest_host) return std::nullopt;
    std::string_view host;
    if (field.front() == '[') {
        auto const end = field.find(']');
        if (end == std::string_view::npos || end < 3) return std::nullopt;
        host = field.substr(1, end - 1);
        field.remove_prefix(end + 1);
        if (!std::all_of(host.begin(), host.end(),
                         [](char c) { return hex_value(c) >= 0 || c == ':' || c == '.'; }))
            return std::nullopt;
    } else {
        host = field.substr(0, field.find(':'));
        field.remove_prefix(host.size());
        if (host.empty() || !std::all_of(host.begin(), host.end(), [](char c) {
                return is_alnum(c) || c == '-' || c == '.' || c == '_';
            }))
            return std::nullopt;
    }
    if (!field.empty() &&
        (field.front() != ':' || field.size() < 2 || field.size() > 6 || !is_number(field.substr(1))))
        return std::nullopt;
    std::string name(host);
    for (auto& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return name;
}

HeadReader::State HeadReader::look(std::string_view bytes)
{
    auto const end_with = [this](unsigned status) {
        status_ = status;
        return State::refused;
    };
    if (!bytes.empty() && !is_token_char(bytes.front())) return end_with(400);
    while (true) {
        auto const end = bytes.find('\n', scanned_);
        auto const seen = end == std::string_view::npos ? bytes.size() : end + 1;
        // Method, version and blanks beside the target.
        if (lines_ == 0 && seen > limits_.target_bytes + longest_method + 16) return end_with(414);
        if (seen > limits_.bytes) return end_with(431);
        scanned_ = seen;
        if (end == std::string_view::npos) return State::more;
        if (end == line_begin_ || bytes[end - 1] != '\r') return end_with(400);
        auto const line = bytes.substr(line_begin_, end - 1 - line_begin_);
        line_begin_ = end + 1;
        if (line.empty())
            return lines_ > 0 && finish() ? State::done : end_with(status_ != 0 ? status_ : 400);
        bool const is_first = lines_++ == 0;
        if (!(is_first ? request_line(line) : field(line))) return State::refused;
    }
}

bool HeadReader::request_line(std::string_view line)
{
    auto const blank = line.find(' ');
    auto const method = line.substr(0, blank);
    if (blank == std::string_view::npos || method.size() > longest_method || !is_token(method))
        return refuse();
    line.remove_prefix(blank + 1);
    auto const second = line.find(' ');
    if (second == std::string_view::npos) return refuse();
    auto const version = line.substr(second + 1);
    head_.request.method = std::string(method);
    head_.is_http10 = version == "HTTP/1.0";
    if (!head_.is_http10 && version != "HTTP/1.1") return refuse();
    return target(line.substr(0, second));
}

bool HeadReader::target(std::string_view text)
{
    if (text.size() > limits_.target_bytes) return refuse(414);
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_target_char)) return refuse();
    for (std::string_view const scheme : {"http://", "https://"}) {
        if (!equal_ignoring_case(text.substr(0, scheme.size()), scheme)) continue;
        text.remove_prefix(scheme.size());
        auto const end = std::min(text.find_first_of("/?"), text.size());
        authority_ = std::string(text.substr(0, end));
        is_absolute_ = true;
        text.remove_prefix(end);
        if (!host_name(authority_)) return refuse();
        break;
    }
    bool const is_whole_server = text == "*" && head_.request.method == "OPTIONS" && !is_absolute_;
    if (!is_absolute_ && !is_whole_server && !text.starts_with('/')) return refuse();
    auto const question = text.find('?');
    head_.request.path = std::string(text.substr(0, question));
    if (head_.request.path.empty()) head_.request.path = "/";
    if (question != std::string_view::npos) head_.request.query = std::string(text.substr(question + 1));
    return true;
}

bool HeadReader::field(std::string_view line)
{
    if (lines_ - 1 > limits_.fields) return refuse(431);
    auto const colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return refuse();
    auto const name = line.substr(0, colon);
    auto const value = trimmed(line.substr(colon + 1));
    if (!std::all_of(value.begin(), value.end(), is_value_char)) return refuse();
    if (!known_field(name, value)) return false;
    head_.request.headers.add(std::string(name), std::string(value));
    return true;
}

/// What decides where the request ends and whom it is for.
bool HeadReader::known_field(std::string_view name, std::string_view value)
{
    if (equal_ignoring_case(name, "Content-Length")) {
        if (std::exchange(has_length_, true) || !is_number(value)) return refuse();
        std::from_chars(value.data(), value.data() + value.size(), head_.length);
    } else if (equal_ignoring_case(name, "Transfer-Encoding")) {
        if (std::exchange(has_encoding_, true) || !equal_ignoring_case(value, "chunked")) return refuse();
    } else if (equal_ignoring_case(name, "Host")) {
        if (std::exchange(has_host_, true) || !host_name(value)) return refuse();
    } else if (equal_ignoring_case(name, "Connection")) {
        says_close_ = says_close_ || lists_word(value, "close");
        says_keep_alive_ = says_keep_alive_ || lists_word(value, "keep-alive");
    } else if (equal_ignoring_case(name, "Expect")) {
        if (!equal_ignoring_case(value, "100-continue")) return refuse(417);
        head_.expects_continue = !head_.is_http10;
    }
    return true;
}

bool HeadReader::finish()
{
    if (!has_host_ && !head_.is_http10) return refuse();
    if (has_encoding_ && (has_length_ || head_.is_http10)) return refuse();
    if (is_absolute_ && has_host_ && !equal_ignoring_case(authority_, head_.request.headers.find("Host")))
        return refuse();
    if (is_absolute_ && !has_host_) head_.request.headers.add("Host", authority_);
    if (has_encoding_) head_.body = BodyKind::chunked;
    if (has_length_ && head_.length > 0) head_.body = BodyKind::length;
    head_.keep_alive = !says_close_ && (!head_.is_http10 || says_keep_alive_);
    return true;
}

BodyReader::State BodyReader::take(std::string& bytes, std::string& body)
{
    if (kind_ == BodyKind::none) return State::done;
    if (kind_ == BodyKind::length) {
        if (left_ > most_ - std::min(most_, body.size())) return State::too_large;
        auto const part = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
        body.append(bytes, 0, part);
        bytes.erase(0, part);
        left_ -= part;
        return left_ == 0 ? State::done : State::more;
    }
    std::size_t used = 0;
    auto const state = take_chunks(bytes, used, body);
    bytes.erase(0, used);
    return state;
}

BodyReader::State BodyReader::take_chunks(std::string_view bytes, std::size_t& used, std::string& body)
{
    while (used < bytes.size()) {
        char const c = bytes[used];
        bool fits = true;
        switch (place_) {
        case Place::size:
            if (auto const digit = hex_value(c); digit >= 0 && digits_ < longest_chunk_size) {
                left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
                ++digits_;
            } else {
                fits = c == '\r' && digits_ > 0;
                place_ = Place::size_end;
            }
            break;
        case Place::size_end:
            fits = c == '\n';
            if (left_ > most_ - std::min(most_, body.size())) return State::too_large;
            place_ = left_ == 0 ? Place::last : Place::data;
            break;
        case Place::data: {
            auto const part = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - used));
            body.append(bytes.substr(used, part));
            used += part;
            left_ -= part;
            if (left_ == 0) place_ = Place::data_end;
            continue;
        }
        case Place::data_end:
            fits = c == '\r';
            place_ = Place::data_line_end;
            break;
        case Place::data_line_end:
            fits = c == '\n';
            place_ = Place::size;
            digits_ = 0;
            break;
        case Place::last:
            fits = c == '\r';
            place_ = Place::last_end;
            break;
        case Place::last_end:
            if (c != '\n') return State::malformed;
            ++used;
            return State::done;
        }
        if (!fits) return State::malformed;
        ++used;
    }
    return State::more;
}

} // namespace wagate::http
